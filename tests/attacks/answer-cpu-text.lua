-- error: nor one with this name.
local function attack (p, host)
  return { affinity = "0-99999999999999999999" }
end
