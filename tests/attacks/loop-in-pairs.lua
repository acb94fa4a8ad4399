-- spent: a walk that begins again and again is a loop.
local function attack (p, host)
  while true do
    for _ in pairs { a = 1, b = 2 } do end
  end
end
