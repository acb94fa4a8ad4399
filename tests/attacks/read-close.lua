-- refused: what is closed later would run when nobody counts.
local x <close> = process { }
error "now"
