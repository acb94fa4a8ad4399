-- spent or memory or nothing: a list whose length is a lie is as long as it says.
local function attack (p, host)
  local t, i = { }, 1
  while i > 0 do
    t[i] = 1
    i = i << 1
  end
  table.insert (t, 1, 0)
end
