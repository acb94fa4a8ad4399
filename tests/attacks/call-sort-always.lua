-- nothing: a comparison that says yes to everything sorts somehow, and ends.
local function attack (p, host)
  local t = { }
  for i = 1, 500 do t[i] = i % 7 end
  table.sort (t, function () return true end)
end
