-- nothing: what is no key of a table is passed.
local function attack (p, host)
  local t = { a = 1, b = 2 }
  assert (next (t, "aa") == "b" and next (t, "z") == nil)
end
