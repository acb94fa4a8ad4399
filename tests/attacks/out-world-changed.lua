-- error: the world has no room for new words.
local function attack (p, host)
  local world = _ENV
  world.evil = true
end
