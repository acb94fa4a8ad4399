-- nothing or refused or memory: as many constants as a file can hold.
local t
--* 20000 "t = %d.5;"

local function attack () end
