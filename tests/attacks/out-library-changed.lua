-- error: a function of the library too.
local function attack (p, host)
  table.sort = function () end
end
