-- memory: no single block is large, whatever the sum.
local function attack (p, host)
  local t = { }
  for i = 1, 1e6 do t[i] = i end
end
