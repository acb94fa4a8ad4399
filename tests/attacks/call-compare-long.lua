-- spent: one instruction compares a long way: the clock ends that.
local one, other = "a", "a"
for _ = 1, 16 do one, other = one .. one, other .. other end
one, other = one .. "x", other .. "y"

local function attack (p, host)
  local n = 0
  while true do
    if one < other then n = n + 1 end
  end
end
