-- error: an error may be nothing at all.
local function attack (p, host)
  error (nil)
end
