-- error: or a function, which nobody calls.
local function attack (p, host)
  error (function () while true do end end)
end
