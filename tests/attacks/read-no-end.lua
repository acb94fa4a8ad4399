-- refused: a text that does not end is a mistake.
local s = [==[ and on and on ]=]
