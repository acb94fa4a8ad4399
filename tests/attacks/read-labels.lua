-- refused or nothing: each label is compared with all before it.
do
--* 20000 "::a%d::"
end

local function attack () end
