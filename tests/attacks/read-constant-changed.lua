-- refused: a constant stays what it is.
local x <const> = 1
x = 2
