-- spent: so is one that tests at its end.
local function attack (p, host)
  repeat until false
end
