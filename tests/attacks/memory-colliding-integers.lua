-- memory or spent: the same with whole numbers.
local function attack (p, host)
  local t = { }
  for i = 1, 60000 do t[i * 65535 * 32767] = i end
end
