-- error: what repeats is not there, by any road.
local function attack (p, host)
  return ("x"):rep (1 << 62)
end
