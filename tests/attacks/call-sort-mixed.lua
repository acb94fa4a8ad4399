-- error: what cannot be compared is an error.
local function attack (p, host)
  table.sort { 1, "a", { }, true }
end
