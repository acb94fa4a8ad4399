-- error: it is no answer.
local function attack (p, host)
  return p
end
