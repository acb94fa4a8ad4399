-- error: a number alone says nothing.
local function attack (p, host)
  return 7
end
