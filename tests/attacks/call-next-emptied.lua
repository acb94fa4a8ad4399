-- spent: a walk over a table that was emptied passes all its holes.
local t = { }
for i = 1, 6000 do t["k" .. i] = i end
for i = 1, 6000 do t["k" .. i] = nil end

local function attack (p, host)
  while true do next (t) end
end
