#!/bin/sh
# fuzz.sh FOLDER SECONDS NAME...: lets each FOLDER/fuzz_NAME make up inputs, for
# its share of so many seconds.  It begins with those in tests/fuzz/corpus and
# with what FOLDER/seed makes of the rule files here; what it finds is kept in
# FOLDER/found.  Ends at the first input that is not survived.
set -eu
folder=$1 seconds=$2
shift 2
share=$((seconds / $#))
[ "$share" -gt 0 ] || share=1
rm -rf "$folder/seeds"
mkdir -p "$folder/seeds/config"
"$folder/seed" "$folder/seeds" rules/*.lua examples/*/*.lua $(ls tests/attacks/*.lua 2>/dev/null)
for name in "$@"; do
	mkdir -p "$folder/found/$name" "$folder/seeds/$name" "$folder/crashes"
	words=tests/fuzz/$name.dict
	log=$folder/$name.log
	if ! "$folder/fuzz_$name" -max_total_time=$share -timeout=20 -rss_limit_mb=1024 \
	    -max_len=16384 -print_final_stats=1 -artifact_prefix="$folder/crashes/$name-" \
	    $([ -f "$words" ] && echo "-dict=$words") \
	    "$folder/found/$name" "tests/fuzz/corpus/$name" "$folder/seeds/$name" >"$log" 2>&1; then
		tail -n 60 "$log"
		echo "fuzz: $name failed; the input is in $folder/crashes"
		exit 1
	fi
	echo "ok      fuzz_$name  $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in ${share}s," \
	    "$(grep -ao 'cov: [0-9]*' "$log" | tail -n 1)"
done
