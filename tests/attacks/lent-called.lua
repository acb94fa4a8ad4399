-- error: it is no function.
local function attack (p, host)
  return p ()
end
