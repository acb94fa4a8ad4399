-- spent: a number of a hundred thousand digits is none.
local digits = "1"
for _ = 1, 16 do digits = digits .. digits end

local function attack (p, host)
  while true do tonumber (digits) end
end
