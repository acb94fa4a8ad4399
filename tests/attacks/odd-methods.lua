-- error: a number has no methods.
local function attack (p, host)
  return (5):upper ()
end
