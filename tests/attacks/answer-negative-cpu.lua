-- error: there is no processor before the first.
local function attack (p, host)
  return { affinity = { -1 } }
end
