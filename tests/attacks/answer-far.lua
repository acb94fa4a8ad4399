-- error: nor one far outside.
local function attack (p, host)
  return { nice = 1 << 62 }
end
