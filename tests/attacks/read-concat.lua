-- refused: joined from the right, all at once.
return "a"
--* 50000 ".."a""
