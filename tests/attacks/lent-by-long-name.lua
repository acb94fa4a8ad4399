-- error: nor is a text of a hundred thousand bytes.
local long = "x"
for _ = 1, 17 do long = long .. long end

local function attack (p, host)
  return p[long]
end
