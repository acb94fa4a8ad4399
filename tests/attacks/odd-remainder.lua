-- error: and leaves no remainder.
local function attack (p, host)
  return 1 % 0
end
