#!/bin/sh
# run.sh PROGRAM...: runs each test program, says how it went, and fails when
# one failed or none ran.
set -u
ran=0 failed=
for program in "$@"; do
	name=$(basename "$program")
	log=$program.log
	timeout -k 10 "${TEST_SECONDS:-300}" "$program" >"$log" 2>&1
	status=$?
	summary=$(grep -a '^[0-9]*%: Checks:' "$log" | tail -n 1)
	if [ $status -eq 0 ]; then
		echo "ok      $name  ${summary:-}"
	else
		failed="$failed $name"
		echo "FAILED  $name  (exit $status)  ${summary:-}"
		grep -av ':P:' "$log" | tail -n 60 | sed 's/^/        /'
	fi
	ran=$((ran + 1))
done
echo "$ran test programs$([ -n "$failed" ] && echo ", failed:$failed")"
[ -z "$failed" ] && [ $ran -gt 0 ]
