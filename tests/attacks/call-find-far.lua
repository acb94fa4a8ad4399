-- spent: looking for what is not there costs the length of both.
local long, almost = "a", "a"
for _ = 1, 16 do long = long .. long end
for _ = 1, 15 do almost = almost .. almost end
almost = almost .. "b"

local function attack (p, host)
  while true do long:find (almost, 1, true) end
end
