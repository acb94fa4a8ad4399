-- memory or error: a byte each of a long text is a long list of values.
local long = "x"
for _ = 1, 17 do long = long .. long end

local function attack (p, host)
  return (long:byte (1, -1))
end
