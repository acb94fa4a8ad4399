-- nothing: what has no whole number gives none.
local function attack (p, host)
  assert (not math.tointeger (2.0 ^ 63) and not math.tointeger (0 / 0))
  assert (math.floor (2.0 ^ 70) and math.ceil (-math.huge))
end
