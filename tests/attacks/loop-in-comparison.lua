-- spent: what sort calls is on the same budget.
local function attack (p, host)
  table.sort ({ 3, 2, 1 }, function () while true do end end)
end
