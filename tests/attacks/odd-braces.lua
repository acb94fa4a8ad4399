-- error: a pattern has only so many spellings.
local braces = ""
for _ = 1, 12 do braces = braces .. "{a,b,c,d}" end

local function attack (p, host)
  return glob (braces)
end
