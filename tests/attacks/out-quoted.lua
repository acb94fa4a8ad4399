-- error: nor quoted.
local function attack (p, host)
  return string.format ("%q", error)
end
