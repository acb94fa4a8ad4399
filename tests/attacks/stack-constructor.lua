-- memory or error: a table that is being made waits on the stack.
local function nest ()
  return { nest () }
end

local function attack (p, host)
  return nest ()
end
