-- spent: an empty loop is ended by its instructions.
local function attack (p, host)
  while true do end
end
