-- error: to fail every time costs nothing but one's own voice.
local function attack (p, host)
  error ("no, " .. tostring (p))
end
