-- nothing: one name of 200 KB is still a name.
local
--* 200000 "a"
= 1

local function attack () end
