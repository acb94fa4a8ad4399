-- error: or one that would take a terminal over.
local function attack (p, host)
  error "\27[2J\27]0;evil\7\r\nroot: all is well\0\8\127"
end
