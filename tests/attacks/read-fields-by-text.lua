-- refused: the same in another spelling.
local x = { }
x.a = x
return x
--* 30000 "["a"]"
.b.c
