#!/bin/sh
# embed.sh FILE...: the files as C arrays, with a table of them at the end.
set -eu
echo "/* Made from lua/ by the Makefile. */"
for file in "$@"; do
	name=$(basename "$file" .lua)
	echo "static const unsigned char lua_$name[] = {"
	od -An -v -tx1 "$file" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
	echo "0x00 };"
done
echo "static const struct { const char *name; const unsigned char *source; unsigned long bytes; } lua_embedded[] = {"
for file in "$@"; do
	name=$(basename "$file" .lua)
	echo "	{ \"$name\", lua_$name, sizeof lua_$name - 1 },"
done
echo "	{ 0, 0, 0 }"
echo "};"
