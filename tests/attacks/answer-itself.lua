-- error: a function is no answer.
local attack_again = function () while true do end end

local function attack (p, host)
  return attack_again
end
