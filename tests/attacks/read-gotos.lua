-- refused: as many jumps to nowhere.
do
--* 20000 "goto a%d;"
end
