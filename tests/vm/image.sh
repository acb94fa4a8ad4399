# image.sh: what the images of both machines are made with; to be sourced.

# ROOT PROGRAM...: the libraries that these need, at the same places there.
put_libraries() {
	put_root=$1
	shift
	for put_library in $(ldd "$@" 2>/dev/null | grep -o '/[^ :]*\.so[^ :]*' | sort -u); do
		[ -e "$put_root$put_library" ] || install -D "$put_library" "$put_root$put_library"
	done
}

# ROOT PROGRAM...: at the same places there, with their libraries.
put_programs() {
	put_libraries "$@"
	shift
	for put_file in "$@"; do
		install -D "$put_file" "$put_root$put_file"
	done
}

# ROOT ANN BEN: those whom tests start programs as, the last two with these homes.
put_users() {
	cat >"$1/etc/passwd" <<-END
	root:x:0:0:root:/root:/bin/sh
	daemon:x:1:1:daemon:/:/bin/false
	messagebus:x:100:100:messagebus:/:/bin/false
	nobody:x:65534:65534:nobody:/:/bin/false
	ann:x:1000:1000:ann:$2:/bin/sh
	ben:x:1001:1001:ben:$3:/bin/sh
	END
	cat >"$1/etc/group" <<-'END'
	root:x:0:
	daemon:x:1:
	messagebus:x:100:
	nogroup:x:65534:
	ann:x:1000:
	ben:x:1001:
	END
}

# FOLDER ROOT TEST...: the tests, and what runs them one after the other.
put_tests() {
	put_from=$1 put_root=$2
	shift 2
	mkdir -p "$put_root/pqs/build/tests"
	cp "$put_from/pqs" "$put_from/pqs-rules" "$put_root/pqs/build/"
	for put_name in "$@"; do
		cp "$put_from/tests/$put_name" "$put_root/pqs/build/tests/"
	done
	install -m 755 tests/vm/each.sh "$put_root/pqs/each.sh"
	printf '%s\n' "$@" >"$put_root/pqs/tests.list"
	echo "${VM_TEST_SECONDS:-600}" >"$put_root/pqs/seconds"
}

# CONSOLE TEST...: fails unless each was heard of, and well.
all_went_well() {
	put_console=$1
	shift
	grep -q '^vm: done' "$put_console" || { echo "test-vm: it did not come to its end"; return 1; }
	for put_name in "$@"; do
		grep -q "^vm: ok $put_name" "$put_console" || return 1
	done
}
