-- error: too many flags are too many.
local function attack (p, host)
  return string.format ("%-+ #0-+ #0-+ #05.5d", 1)
end
