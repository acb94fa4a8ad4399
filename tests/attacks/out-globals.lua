-- error: _G is not there, and asking for it is an error.
local function attack (p, host)
  local world = _ENV
  return world._G
end
