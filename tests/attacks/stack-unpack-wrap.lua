-- nothing: from the last integer to the first there is nothing.
local function attack (p, host)
  return table.unpack ({ }, math.maxinteger - 5, math.mininteger)
end
