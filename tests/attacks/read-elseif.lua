-- refused or nothing: each branch is tied to all before it.
local a = 1
if a == 0 then
--* 11000 "elseif a == 9 then "
end

local function attack () end
