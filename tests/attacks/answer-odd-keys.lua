-- error: a key is the name of a setting.
local function attack (p, host)
  return { [1] = 1, [true] = 2, [p] = 3, [1.5] = 4 }
end
