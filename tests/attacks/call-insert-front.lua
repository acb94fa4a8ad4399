-- spent: everything is moved one on, each time.
local function attack (p, host)
  local t = { }
  while true do table.insert (t, 1, 0) end
end
