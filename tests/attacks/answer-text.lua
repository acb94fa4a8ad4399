-- error: a text is not read as a number.
local function attack (p, host)
  return { nice = " 0x10 " }
end
