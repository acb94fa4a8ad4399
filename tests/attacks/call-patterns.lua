-- error: patterns backtrack without end; find has none.
local function attack (p, host)
  return ("aaaaaaaaaaaaaaaaaaaaaaaa"):find ("(a*)*b")
end
