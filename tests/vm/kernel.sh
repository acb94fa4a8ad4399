#!/bin/sh
# kernel.sh FOLDER: puts the kernel that this system packages for virtual
# machines into FOLDER/vmlinuz, unpacked and not installed.
#
#   VM_KERNEL=/path  a kernel image of one's own
set -eu
folder=$1

[ ! -s "$folder/vmlinuz" ] || exit 0
mkdir -p "$folder"
if [ -n "${VM_KERNEL:-}" ]; then
	cp "$VM_KERNEL" "$folder/vmlinuz"
	exit 0
fi

package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
    sed -n 's/.*Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
[ -n "$package" ] || { echo "no package linux-image-cloud-amd64 here" >&2; exit 1; }
cd "$folder"
apt-get download -q "$package" >download.log 2>&1 ||
    { echo "cannot download $package" >&2; exit 1; }
dpkg -x "$package"_*.deb unpacked
mv unpacked/boot/vmlinuz-* vmlinuz
rm -rf unpacked "$package"_*.deb
