-- error: rules are made when a file is read, not later.
local function attack (p, host)
  rule "late" { match = process { name = "x" }, want = { nice = 1 } }
end
