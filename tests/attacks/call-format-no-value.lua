-- error: a value that is not there is not read.
local function attack (p, host)
  return string.format ("%s %s %s", "one")
end
