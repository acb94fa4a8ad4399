-- nothing or memory: a little more each time hurts nobody else either.
local kept = { }

local function attack (p, host)
  for i = 1, 2000 do kept[#kept + 1] = { i } end
end
