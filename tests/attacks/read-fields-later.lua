-- refused: and where it would be run only when asked.
local x = { }
x.a = x

local function attack (p, host)
  return x
  --* 30000 ".a"
  .b.c
end
