-- nothing or error: what was lent for one question is dead at the next.
local kept

local function attack (p, host)
  if kept then return { nice = kept.pid } end
  kept = p
end
