-- nothing: the smallest number has no positive; no signal is raised.
local function attack (p, host)
  local m = math.mininteger
  assert (m // -1 == m and m % -1 == 0 and math.fmod (m, -1) == 0)
  assert (-m == m and math.abs (m) == m and m * -1 == m)
  assert (1 << 64 == 0 and 1 >> -64 == 0 and 1 << m == 0)
end
