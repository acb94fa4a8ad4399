-- error: or a table, which nobody prints.
local function attack (p, host)
  error { "a", text = "b" }
end
