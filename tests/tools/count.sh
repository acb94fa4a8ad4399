#!/bin/sh
# count.sh PROGRAM...: how many instructions one more turn of each takes, as
# callgrind counts them: the same in every run.
set -eu

instructions() { # PROGRAM TIMES
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
	    "$1" --repeat "$2" 2>&1 >/dev/null | sed -n 's/.*Collected : //p'
}

for program; do
	few=$(instructions "$program" 1000)
	many=$(instructions "$program" 11000)
	echo "$(basename "$program"): $(((many - few) / 10000)) instructions a turn"
done
