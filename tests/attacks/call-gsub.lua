-- error: nor has anything else.
local function attack (p, host)
  return ("x"):gsub (".", "xx")
end
