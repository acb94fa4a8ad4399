-- refused: tables in tables as well.
return
--* 60000 "{"
--* 60000 "}"
