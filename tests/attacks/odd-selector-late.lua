-- error: so is what rules are made of.
local function attack (p, host)
  return process { name = glob "{a,b}{c,d}" }
end
