-- error: it has no length.
local function attack (p, host)
  return #p
end
