-- memory: a text that doubles is refused the block.
local function attack (p, host)
  local s = "x"
  while true do s = s .. s end
end
