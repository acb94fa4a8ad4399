-- memory: a table grows as far as the whole may.
local function attack (p, host)
  local t = { }
  while true do t[#t + 1] = { } end
end
