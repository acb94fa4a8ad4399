-- refused: and so is what binds to the right.
return 2
--* 60000 "^2"
