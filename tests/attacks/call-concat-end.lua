-- error: nor at the very end, where counting would go round.
local function attack (p, host)
  return table.concat ({ }, "", math.maxinteger, math.maxinteger)
end
