-- error or spent: sixty thousand wishes are not weighed one by one.
local function attack (p, host)
  local t = { }
  for i = 1, 5000 do t["wish " .. i] = i end
  return t
end
