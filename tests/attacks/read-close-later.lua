-- error: in a function too.
local function attack (p, host)
  local x <close> = p
end
