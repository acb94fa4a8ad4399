-- memory: many small ones are refused the sum.
local function attack (p, host)
  local t = { }
  for i = 1, 1e6 do t[i % 1000 + #t + 1] = "text " .. i end
end
