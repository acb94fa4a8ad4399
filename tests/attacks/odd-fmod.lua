-- error: nor in the library.
local function attack (p, host)
  return math.fmod (1, 0)
end
