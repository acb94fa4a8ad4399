-- error: nor is nil.
local function attack (p, host)
  return p[nil]
end
