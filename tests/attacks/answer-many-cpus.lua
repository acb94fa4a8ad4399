-- error: a list of processors has an end.
local function attack (p, host)
  local t = { }
  for i = 1, 6000 do t[i] = i % 2 end
  t[6001] = 99999999
  return { affinity = t }
end
