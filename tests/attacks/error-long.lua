-- error: or a long text, which is cut.
local long = "x"
for _ = 1, 17 do long = long .. long end

local function attack (p, host)
  error (long)
end
