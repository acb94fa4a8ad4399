-- memory or error: what waits to be joined is on the stack too.
local function grow ()
  return "x" .. grow ()
end

local function attack (p, host)
  return grow ()
end
