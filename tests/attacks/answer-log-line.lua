-- error: a line of its own in the log is not to be had.
local function attack (p, host)
  return { ["nice\nroot: forged"] = 1 }
end
