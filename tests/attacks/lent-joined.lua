-- error: it is no text.
local function attack (p, host)
  return p .. host
end
