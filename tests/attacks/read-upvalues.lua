-- refused: more than one can reach outside of itself.
--* 150 "local a%d;"
local function inner ()
--* 150 "local b%d;"
  return function () return 0
--* 150 "+ a%d"
--* 150 "+ b%d"
  end
end
