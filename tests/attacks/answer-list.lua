-- error: it is one value.
local function attack (p, host)
  return { nice = { 1, 2, 3 } }
end
