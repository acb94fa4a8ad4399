-- error: its fields are not listed.
local function attack (p, host)
  for _ in pairs (p) do end
end
