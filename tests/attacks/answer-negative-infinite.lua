-- error: nor is minus infinite.
local function attack (p, host)
  return { nice = -math.huge }
end
