-- error: nor does a text.
local function attack (p, host)
  return "nice = 7"
end
