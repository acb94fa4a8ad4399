-- error: or a process.
local function attack (p, host)
  error (p)
end
