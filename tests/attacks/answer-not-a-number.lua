-- error: nor what is no number.
local function attack (p, host)
  return { nice = 0 / 0 }
end
