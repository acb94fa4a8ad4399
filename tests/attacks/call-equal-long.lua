-- spent: and whether long texts are equal.
local one, other = "a", "a"
for _ = 1, 16 do one, other = one .. one, other .. other end
one, other = one .. "x", other .. "y"

local function attack (p, host)
  while true do
    if one == other then return end
  end
end
