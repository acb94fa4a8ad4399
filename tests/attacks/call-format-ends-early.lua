-- error: a conversion without its letter is a mistake.
local function attack (p, host)
  return string.format ("%5.5", 1)
end
