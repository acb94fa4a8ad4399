-- memory or error or spent: sort in the comparison of sort goes only so deep.
local function attack (p, host)
  local function less ()
    table.sort ({ 2, 1 }, less)
  end
  less ()
end
