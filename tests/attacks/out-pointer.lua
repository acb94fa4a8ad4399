-- error: not even when it is asked for.
local function attack (p, host)
  return string.format ("%p", { })
end
