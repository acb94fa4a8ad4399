-- error: no world has none either.
local function attack (p, host)
  local _ENV = nil
  return x
end
