#!/bin/sh
# deps.sh: finds what pqs needs to build and test, and installs what is missing.
#
#   LUA=/path   a Lua 5.4 of one's own: none is looked for or installed
#   FUZZ=1      also what make fuzz needs: clang with libFuzzer
#   BENCH=1     also what make bench compares with: psutil
#   VM=1        also what make test-vm needs: an emulator, busybox, systemd
#   DEPS=check  only says what is missing (exit 1), installs nothing
set -eu

missing=

need() { # NAME COMMAND...: notes NAME when the command fails
	name=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $name"
}

has_program() { command -v "$1"; }

has_header() {
	printf '#include <%s>\n' "$1" | "${CC:-cc}" -E -x c - 
}

has_fuzzer() {
	printf 'int LLVMFuzzerTestOneInput(const char *b, long n) { return !b && n; }' |
	    clang -fsanitize=fuzzer,address,undefined -x c -o /dev/null -
}

has_static_busybox() { ! ldd "$(command -v busybox)"; }

has_systemd() { [ -x /lib/systemd/systemd ] && command -v dbus-daemon; }

has_psutil() {
	python3 -c 'import psutil' || /usr/bin/python3 -c 'import psutil'
}

has_package() { # any of the pkg-config names will do
	for package in "$@"; do
		pkg-config --exists "$package" && return 0
	done
	return 1
}

need pkg-config has_program pkg-config
[ -n "${LUA:-}" ] || need lua has_package "lua5.4 >= 5.4" "lua-5.4 >= 5.4" "lua >= 5.4"
need libyaml has_package yaml-0.1
need libseccomp has_package libseccomp
need pcre2 has_package libpcre2-8
need check has_package check
need uthash has_header uthash.h
[ -z "${FUZZ:-}" ] || need libfuzzer has_fuzzer
[ -z "${BENCH:-}" ] || need psutil has_psutil
if [ -n "${VM:-}" ]; then
	need qemu has_program qemu-system-x86_64
	need busybox has_static_busybox
	need cpio has_program cpio
	need systemd has_systemd
	need libsystemd has_package libsystemd
fi

[ -n "$missing" ] || exit 0
# pqs does without, but for the units of systemd and a faster start: no reason to
# install anything.
[ "${DEPS:-install}" = check ] || [ "$(uname)" != Linux ] || {
	need libsystemd has_package libsystemd
	need libbpf has_package libbpf
}
if [ "${DEPS:-install}" = check ]; then
	echo "deps: missing:$missing" >&2
	exit 1
fi

# The runtime of the version that "clang" stands for, as clang only recommends it.
apt_clang_rt() {
	apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/libclang-rt-\1-dev/p'
}

package_of() { # MANAGER NAME
	case $1:$2 in
	apt:lua) echo liblua5.4-dev ;;         apt:libyaml) echo libyaml-dev ;;
	apt:libseccomp) echo libseccomp-dev ;; apt:uthash) echo uthash-dev ;;
	apt:libsystemd) echo libsystemd-dev ;; dnf:libsystemd) echo systemd-devel ;;
	pacman:libsystemd) echo systemd-libs ;;
	apt:systemd) echo systemd dbus ;;
	apt:libbpf) echo libbpf-dev ;;         dnf:libbpf) echo libbpf-devel ;;
	apt:libfuzzer) echo clang "$(apt_clang_rt)" ;;
	apt:qemu) echo qemu-system-x86 ;;      apt:busybox) echo busybox-static ;;
	dnf:qemu) echo qemu-system-x86-core ;; pacman:qemu) echo qemu-system-x86 ;;
	dnf:libfuzzer) echo clang compiler-rt ;; pacman:libfuzzer) echo clang compiler-rt ;;
	brew:libfuzzer) echo llvm ;;
	apt:psutil|dnf:psutil) echo python3-psutil ;; pacman:psutil) echo python-psutil ;;
	apt:pcre2) echo libpcre2-dev ;;        dnf:pcre2) echo pcre2-devel ;;
	dnf:lua) echo lua-devel ;;             dnf:libyaml) echo libyaml-devel ;;
	dnf:libseccomp) echo libseccomp-devel ;; dnf:uthash) echo uthash-devel ;;
	dnf:check) echo check-devel ;;         dnf:pkg-config) echo pkgconf-pkg-config ;;
	pacman:lua) echo lua54 ;;              pacman:pkg-config) echo pkgconf ;;
	brew:lua) echo lua@5.4 ;;              brew:pkg-config) echo pkgconf ;;
	*) echo "$2" ;;
	esac
}

for try in apt-get:apt dnf:dnf pacman:pacman brew:brew; do
	program=${try%%:*} manager=${try##*:}
	has_program "$program" >/dev/null && break
	manager=
done
if [ -z "$manager" ]; then
	echo "deps: missing:$missing; no apt, dnf, pacman or brew here to install them with" >&2
	exit 1
fi

packages=
for name in $missing; do
	packages="$packages $(package_of $manager "$name")"
done

root=
if [ "$(id -u)" != 0 ] && [ $manager != brew ]; then
	root=sudo
	has_program sudo >/dev/null || {
		echo "deps: missing:$missing; as root, install:$packages" >&2
		exit 1
	}
fi

echo "deps: installing with $manager:$packages"
# shellcheck disable=SC2086
case $manager in
apt)
	$root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
	$root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages >/dev/null
	;;
dnf) $root dnf install -q -y $packages ;;
pacman) $root pacman -S --noconfirm --needed $packages ;;
brew) brew install -q $packages ;;
esac
