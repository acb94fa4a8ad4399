-- error: nil is no key.
local function attack (p, host)
  local t = { }
  t[nil] = 1
end
