-- error: a process is only looked at.
local function attack (p, host)
  p.uid = 0
end
