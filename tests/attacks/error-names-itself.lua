-- error: the name of what is not there may be long.
local long, x = "x", { }
for _ = 1, 16 do long = long .. long end

local function attack (p, host)
  return x[long].y
end
