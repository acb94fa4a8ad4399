-- error: nothing is divided by nothing.
local function attack (p, host)
  return 1 // 0
end
