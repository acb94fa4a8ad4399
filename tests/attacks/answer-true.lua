-- error: nor does yes.
local function attack (p, host)
  return true
end
