#!/bin/sh
# run.sh FOLDER TEST...: boots the kernel in FOLDER with the static programs that
# lie there, under emulation, runs each test in it, and fails when one failed or
# was not heard of.
set -eu
folder=$1 tree=$(pwd)
shift
root=$folder/root

rm -rf "$root"
mkdir -p "$root/bin" "$root/etc" "$root/root" "$root/pqs/build/tests"
cp "$(command -v busybox)" "$root/bin/busybox"
install -m 755 tests/vm/init "$root/init"
# Tests start copies of these under names of their own, which busybox's do not
# bear.
for program in true sleep; do
	cp "/bin/$program" "$root/bin/$program"
	for library in $(ldd "/bin/$program" | grep -o '/[^ ]*'); do
		install -D "$library" "$root$library"
	done
done
cp "$folder/pqs" "$folder/pqs-rules" "$root/pqs/build/"
for name in "$@"; do
	cp "$folder/tests/$name" "$root/pqs/build/tests/"
done
cp -r rules examples lua docs "$root/pqs/"
mkdir -p "$root/pqs/tests" && cp -r tests/fixtures "$root/pqs/tests/"
printf '%s\n' "$@" >"$root/pqs/tests.list"
echo "${VM_TEST_SECONDS:-300}" >"$root/pqs/seconds"
cat >"$root/etc/passwd" <<'END'
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/:/bin/false
nobody:x:65534:65534:nobody:/:/bin/false
ann:x:1000:1000:ann:/tmp:/bin/sh
ben:x:1001:1001:ben:/tmp:/bin/sh
END
cat >"$root/etc/group" <<'END'
root:x:0:
daemon:x:1:
nogroup:x:65534:
ann:x:1000:
ben:x:1001:
END
(cd "$root" && find . | cpio -o -H newc -R 0:0 2>/dev/null | gzip -1) >"$folder/initrd.gz"

echo "test-vm: booting $# test programs under emulation; the console is in $folder/console"
timeout -k 10 "${VM_SECONDS:-1500}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 \
    -m 1024 -nodefaults -no-user-config -display none -serial stdio -no-reboot \
    -kernel "$folder/vmlinuz" -initrd "$folder/initrd.gz" \
    -append "console=ttyS0 quiet psi=1 cgroup_no_v1=all panic=-1" \
    </dev/null 2>&1 | tr -d '\r' >"$folder/console" || echo "test-vm: the machine ended badly"

sed -n '/^vm: /,$p' "$folder/console"
cd "$tree"
grep -q '^vm: done' "$folder/console" || { echo "test-vm: it did not come to its end"; exit 1; }
for name in "$@"; do
	grep -q "^vm: ok $name" "$folder/console" || exit 1
done
