-- error: texts are not numbers, so none are read by the way.
local digits = "1"
for _ = 1, 16 do digits = digits .. digits end

local function attack (p, host)
  return digits + 1
end
