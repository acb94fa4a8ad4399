-- error: no text is taken apart into memory.
local function attack (p, host)
  return ("").pack ("j", 1)
end
