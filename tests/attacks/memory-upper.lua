-- memory: a copy that the library makes is drawn like any other.
local long = "x"
for _ = 1, 16 do long = long .. long end

local function attack (p, host)
  while true do long:upper () end
end
