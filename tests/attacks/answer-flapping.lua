-- want: another answer each time is an answer each time.
local n = 0

local function attack (p, host)
  n = n + 1
  return { nice = n % 2 == 0 and 0 or 19 }
end
