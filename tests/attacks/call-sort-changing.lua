-- nothing or error: one that empties the list meanwhile does no more harm.
local function attack (p, host)
  local t = { }
  for i = 1, 200 do t[i] = i end
  table.sort (t, function (a, b)
    t[#t] = nil
    return (a or 0) < (b or 0)
  end)
end
