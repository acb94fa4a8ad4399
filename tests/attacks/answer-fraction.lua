-- error: nor a fraction.
local function attack (p, host)
  return { nice = 1.5 }
end
