-- spent: 2^63 turns are not made.
local function attack (p, host)
  for _ = 1, math.maxinteger do end
end
