-- spent: a float that never reaches its limit counts like any step.
local function attack (p, host)
  for _ = 1, math.huge do end
end
