#!/bin/sh
# run.sh FOLDER TEST...: boots the kernel in FOLDER with the static programs that
# lie there and busybox, under emulation, runs each test in it, and fails when one
# failed or was not heard of.
set -eu
. tests/vm/image.sh
folder=$1 root=$1/plain
shift

rm -rf "$root"
mkdir -p "$root/bin" "$root/etc" "$root/root"
cp "$(command -v busybox)" "$root/bin/busybox"
install -m 755 tests/vm/init "$root/init"
# Tests start copies of these under names of their own, which busybox's do not
# bear.
put_programs "$root" /bin/true /bin/sleep
put_users "$root" /tmp /tmp
put_tests "$folder" "$root" "$@"
cp -r rules examples lua docs "$root/pqs/"
mkdir -p "$root/pqs/tests" && cp -r tests/fixtures "$root/pqs/tests/"

echo "test-vm: booting $# test programs under emulation; the console is in $folder/plain.console"
sh tests/vm/boot.sh "$folder" plain
all_went_well "$folder/plain.console" "$@"
