-- error: nor is there room for one more.
local function attack (p, host)
  string.evil = function () return "evil" end
end
