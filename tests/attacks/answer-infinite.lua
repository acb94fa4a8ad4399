-- error: infinite is no nice value.
local function attack (p, host)
  return { nice = math.huge }
end
