-- error: nobody can want what is no setting.
local function attack (p, host)
  return { nice = 1, password = "root" }
end
