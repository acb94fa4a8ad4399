-- refused: the name of what is wrong at the end of this is a call deep for each.
local x = { }
x.a = x
return x
--* 60000 ".a"
.b.c
