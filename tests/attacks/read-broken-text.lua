-- refused: an escape that is none.
local s = "\u{ffffffffff} \400 \xzz"
