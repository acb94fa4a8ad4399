-- error: a chain of calls is one after the other.
local x = 5

local function attack (p, host)
  return x
  --* 200 "()"
end
