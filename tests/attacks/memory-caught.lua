-- error: running out cannot be caught, as nothing can be.
local kept = { }

local function attack (p, host)
  local e = _ENV
  while true do
    e.pcall (function ()
      while true do kept[#kept + 1] = { } end
    end)
  end
end
