-- error: a word of the world keeps its meaning.
local function attack (p, host)
  local world = _ENV
  world.pairs = function () return error end
end
