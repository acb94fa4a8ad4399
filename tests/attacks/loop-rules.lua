-- error: more rules than all may have are not taken, and not looked at for ever.
local function attack (p, host)
  for i = 1, 1e9 do
    rule ("r" .. i) { mtach = 1, wnat = 2, tga = 3 }
  end
end
