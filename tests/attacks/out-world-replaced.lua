-- error: an empty world has no words at all.
local function attack (p, host)
  local _ENV = { }
  return x.y
end
