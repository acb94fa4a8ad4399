-- error: a table that holds itself is looked at once.
local function attack (p, host)
  local t = { }
  t.nice = t
  return t
end
