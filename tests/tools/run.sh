#!/bin/sh
# run.sh PROGRAM... [-- PROGRAM...]: runs each test program, says how it went, and
# fails when one failed or none ran.  Those after "--" run beside the others: the
# end-to-end tests mostly wait, but not for each other, so they are one row.
set -u

run_one() { # PROGRAM: one line, or the end of its output
	name=$(basename "$1")
	log=$1.log
	timeout -k 10 "${TEST_SECONDS:-300}" "$1" >"$log" 2>&1
	status=$?
	summary=$(grep -a '^[0-9]*%: Checks:' "$log" | tail -n 1)
	if [ $status -eq 0 ]; then
		echo "ok      $name  ${summary:-}"
	else
		echo "FAILED  $name  (exit $status)  ${summary:-}"
		grep -av ':P:' "$log" | tail -n 60 | sed 's/^/        /'
	fi
}

run_row() {
	for program in "$@"; do
		run_one "$program"
	done
}

both() { # the first row stands here, the second after "--"
	first=
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		first="$first $1"
		shift
	done
	[ $# -eq 0 ] || shift
	# shellcheck disable=SC2086
	run_row $first &
	run_row "$@"
	wait
}

all=$(mktemp) || exit 1
trap 'rm -f "$all"' EXIT
both "$@" | tee "$all"
ran=$(grep -c '^ok \|^FAILED ' "$all")
failed=$(sed -n 's/^FAILED  \([^ ]*\).*/ \1/p' "$all" | tr -d '\n')
asked=0
for program in "$@"; do
	[ "$program" = -- ] || asked=$((asked + 1))
done
echo "$ran test programs${failed:+, failed:$failed}"
[ -z "$failed" ] && [ "$ran" -gt 0 ] && [ "$ran" -eq $asked ]
