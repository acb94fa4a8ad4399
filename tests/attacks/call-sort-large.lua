-- spent: sorting is paid for comparison by comparison.
local t = { }
for i = 1, 8000 do t[i] = i * 7919 % 8009 end

local function attack (p, host)
  while true do table.sort (t) end
end
