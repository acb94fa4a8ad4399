-- refused: half as long it only stalls, in C.
local x = { }
x.a = x
return x
--* 30000 ".a"
.b.c
