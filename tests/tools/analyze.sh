#!/bin/sh
# analyze.sh FILE... -- FLAG...: clang-tidy and cppcheck; fails on any finding.
set -eu

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

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# clang-tidy takes its flags from compile_flags.txt, one a line and as if that
# lay beside the sources.  cppcheck is shown our own headers only.
flags= left=$#
while [ $left -gt 0 ]; do
	word=$1 left=$((left - 1))
	shift
	case $flags$word in
	--)      flags=yes ;;
	yes-I/*) echo "$word" >> "$work/compile_flags.txt" ;;
	yes-I*)  echo "-I$PWD/${word#-I}" >> "$work/compile_flags.txt"
	         set -- "$@" "$word" ;;
	yes-D*)  echo "$word" >> "$work/compile_flags.txt"
	         set -- "$@" "$word" ;;
	yes*)    echo "$word" >> "$work/compile_flags.txt" ;;
	*)       echo "$word" >> "$work/files" ;;
	esac
done

# One file a process: in a second one, clang-tidy takes every va_list for wrong.
if ! xargs -a "$work/files" -P "$(nproc)" -n 1 sh -c '
	out=$(clang-tidy --quiet --warnings-as-errors="*" -p "$0" "$@" 2>&1) || {
		printf "%s\n" "$out" | grep -v "warnings generated"
		exit 1
	}' "$work"; then
	echo "clang-tidy: not clean" >&2
	exit 1
fi
echo "clang-tidy: clean ($(wc -l < "$work/files") files)"

cppcheck --quiet --std=c11 --enable=warning,performance,portability \
	--inline-suppr --suppressions-list=tests/tools/cppcheck.txt \
	--library=tests/tools/uthash.cfg --error-exitcode=1 -j "$(nproc)" \
	--file-list="$work/files" "$@"
echo "cppcheck: clean"
