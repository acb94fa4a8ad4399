-- memory: a long piece of a long text is a copy.
local long = "x"
for _ = 1, 16 do long = long .. long end

local function attack (p, host)
  while true do long:sub (2) end
end
