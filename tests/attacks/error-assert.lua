-- error: a message that is no text is not looked at.
local function attack (p, host)
  assert (false, { })
end
