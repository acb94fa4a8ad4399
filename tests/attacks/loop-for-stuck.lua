-- spent: adding 1 to 2^60 as a float changes nothing, so this ends by its budget alone.
local function attack (p, host)
  for _ = 2.0 ^ 60, 2.0 ^ 60 + 10 do end
end
