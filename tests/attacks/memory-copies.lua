-- memory: what was drawn counts, also when it was given back.
local long = "x"
for _ = 1, 16 do long = long .. long end

local function attack (p, host)
  while true do
    local copy = long .. "!"
    if copy == "" then return end
  end
end
