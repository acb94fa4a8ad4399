-- error: nor is what does not equal itself.
local function attack (p, host)
  local t = { }
  t[0 / 0] = 1
end
