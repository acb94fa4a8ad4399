-- spent or memory or nothing: the other way round too.
local function attack (p, host)
  local t, i = { }, 1
  while i > 0 do
    t[i] = 1
    i = i << 1
  end
  t[5] = 1
  table.remove (t, 1)
end
