-- memory or error: recursion ends with the stack that it may have.
local function dig ()
  return 1 + dig ()
end

local function attack (p, host)
  return dig ()
end
