-- refused: a chain of signs is recursion in disguise.
return
--* 60000 "not "
true
