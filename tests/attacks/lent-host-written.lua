-- error: so is the machine.
local function attack (p, host)
  host.on_battery = false
end
