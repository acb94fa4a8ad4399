-- spent: and one without a loop statement.
local function attack (p, host)
  ::again::
  goto again
end
