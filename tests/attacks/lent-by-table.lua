-- error: a table is no name of a field.
local function attack (p, host)
  return p[{ }]
end
