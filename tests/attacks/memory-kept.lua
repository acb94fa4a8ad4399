-- memory: what is kept from question to question is in the same eight megabytes.
local kept = { }

local function attack (p, host)
  while true do
    kept[#kept + 1] = tostring (#kept) .. " is kept"
  end
end
