-- error: three digits of width are not taken.
local function attack (p, host)
  return string.format ("%999999999d", 1)
end
