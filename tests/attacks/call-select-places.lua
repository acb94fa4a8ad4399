-- error: no value lies that far back.
local function attack (p, host)
  return select (math.mininteger, 1, 2)
end
