-- nothing: the world shows itself empty.
local function attack (p, host)
  for k in pairs (_ENV) do error (k) end
end
