-- refused: the first line of a program is no Lua.
#!/bin/sh
