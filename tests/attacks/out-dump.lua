-- error: not by the road of texts either.
local function attack (p, host)
  return ("").dump
end
