-- refused: functions in functions as well.
local f =
--* 10000 "function () return "
1
--* 10000 " end"
