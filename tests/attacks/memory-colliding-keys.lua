-- memory or spent: keys that all fall into one slot: the block is refused before the rehash hurts.
local function attack (p, host)
  local t = { }
  for i = 1, 60000 do t[i * (2 ^ 31 - 1)] = i end
end
