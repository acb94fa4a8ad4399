-- spent: two that call each other are no different.
local odd

local function even (n)
  return odd (n + 1)
end

function odd (n)
  return even (n + 1)
end

local function attack (p, host)
  return even (1)
end
