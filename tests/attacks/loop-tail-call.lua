-- spent: a tail call takes no stack, so only instructions bound it.
local function turn ()
  return turn ()
end

local function attack (p, host)
  return turn ()
end
