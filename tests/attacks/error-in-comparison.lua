-- error: from inside of the library.
local function attack (p, host)
  table.sort ({ 2, 1 }, function () error "here" end)
end
