-- memory: a function is memory like anything else.
local function attack (p, host)
  local t = { }
  while true do t[#t + 1] = function () return t end end
end
