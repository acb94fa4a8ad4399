-- error: from here to the end of the integers there are no texts.
local function attack (p, host)
  return table.concat ({ "a" }, "", 1, math.maxinteger)
end
