-- memory: the parts are small and their sum is not.
local part = "x"
for _ = 1, 13 do part = part .. part end

local function attack (p, host)
  local t = { }
  for i = 1, 200 do t[i] = part end
  return #table.concat (t)
end
