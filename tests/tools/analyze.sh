#!/bin/sh
# analyze.sh FLAGS FILE...: clang-tidy and cppcheck; fails on any finding.
set -eu
flags=$1
shift
for program in clang-tidy cppcheck; do
	command -v $program >/dev/null || {
		echo "analyze: installing $program"
		if command -v apt-get >/dev/null; then
			apt-get update -q >/dev/null
			DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $program >/dev/null
		else
			echo "analyze: $program is not installed" >&2
			exit 1
		fi
	}
done
# shellcheck disable=SC2086
printf "%s\n" "$@" | xargs -P "$(nproc)" -n 1 sh -c '
	flags=$1; shift
	out=$(clang-tidy --quiet --warnings-as-errors="*" "$@" -- $flags 2>&1) || {
		printf "%s\n" "$out" | grep -v "warnings generated" >&2
		exit 255
	}' sh "$flags"
echo "clang-tidy: clean"
# shellcheck disable=SC2086
cppcheck --quiet --std=c11 --enable=warning,performance,portability \
	--inline-suppr --suppressions-list=tests/tools/cppcheck.txt \
	--error-exitcode=1 -j "$(nproc)" \
	$(printf '%s\n' $flags | grep '^-[ID]') "$@"
echo "cppcheck: clean"
