-- error: a step of nothing goes nowhere.
local function attack (p, host)
  for _ = 1, 10, 0 do end
end
