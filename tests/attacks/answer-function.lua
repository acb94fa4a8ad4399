-- error: a function is not called for it.
local function attack (p, host)
  return { nice = function () return 1 end }
end
