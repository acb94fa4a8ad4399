-- refused: a name that is not there is found before it is run.
local function attack (p, host)
  return pcall (load, "return 1")
end
