-- error: what makes it work is no field of it.
local function attack (p, host)
  return p["__" .. "index"]
end
