-- error: no call gets more values than the stack should hold.
local function attack (p, host)
  return table.unpack ({ }, 1, 1 << 40)
end
