-- spent or nothing: to look is paid for.
local function attack (p, host)
  for _ = 1, 1e7 do
    if p.pid == host then return end
  end
end
