#!/bin/sh
# boot.sh FOLDER IMAGE [WORD...]: packs what lies in FOLDER/IMAGE, boots the kernel
# in FOLDER with it and those words under emulation, and prints what the machine
# said from the first line of ours on; all of it is left in FOLDER/IMAGE.console.
set -eu
folder=$1 image=$1/$2
shift 2

(cd "$image" && find . | cpio -o -H newc -R 0:0 2>/dev/null | gzip -1) >"$image.gz"
timeout -k 10 "${VM_SECONDS:-1500}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 \
    -m 1024 -nodefaults -no-user-config -display none -serial stdio -no-reboot \
    -kernel "$folder/vmlinuz" -initrd "$image.gz" \
    -append "console=ttyS0 quiet psi=1 cgroup_no_v1=all panic=-1 $*" \
    </dev/null 2>&1 | tr -d '\r' >"$image.console" || echo "test-vm: the machine ended badly"
sed -n '/^vm: /,$p' "$image.console"
