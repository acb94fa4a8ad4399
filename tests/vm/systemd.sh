#!/bin/sh
# systemd.sh FOLDER TEST...: boots the kernel in FOLDER under emulation with this
# system's own systemd as its first process, and with what 'make install' has put
# into FOLDER/systemd/root; runs each test in it, and fails when one failed or was
# not heard of.
set -eu
. tests/vm/image.sh
folder=$1 image=$1/systemd
root=$image/root units=/lib/systemd/system
shift

# What lies in the root is the machine's; this only leads to it.
put_way_in() {
	mkdir -p "$image/bin"
	cp "$(command -v busybox)" "$image/bin/busybox"
	install -m 755 tests/vm/systemd-init "$image/init"
}

put_folders() {
	for name in bin sbin lib lib64; do
		mkdir -p "$root/usr/$name"
		ln -s "usr/$name" "$root/$name"
	done
	for name in proc sys dev run root home/ann home/ben tmp var/tmp etc/systemd/system; do
		mkdir -p "$root/$name"
	done
	ln -s ../run "$root/var/run"
}

# Of all its units none is wanted at a start but these.
put_systemd() {
	put_programs "$root" /lib/systemd/systemd /lib/systemd/systemd-journald \
	    /lib/systemd/systemd-shutdown /bin/systemctl /bin/journalctl \
	    /bin/systemd-tty-ask-password-agent /usr/bin/systemd-run \
	    /usr/bin/systemd-analyze /usr/bin/dbus-daemon
	cp -r $units "$root/lib/systemd/"
	cp -r /usr/lib/systemd/user "$root/usr/lib/systemd/"
	rm -rf "$root$units"/*.wants
	mkdir "$root$units/basic.target.wants"
	for name in systemd-journald.service systemd-journald.socket \
	    systemd-journald-dev-log.socket dbus.socket; do
		ln -s "../$name" "$root$units/basic.target.wants/"
	done
	mkdir -p "$root/usr/share/dbus-1"
	cp -r /usr/share/dbus-1/system.conf "$root/usr/share/dbus-1/"
	cp -r /usr/share/dbus-1/system.d "$root/usr/share/dbus-1/"
}

# A user's own systemd without logins, which nobody does here.
put_user_manager() {
	sed -e '/^PAMName=/d; /^[A-Z][a-z]*=user-runtime-dir/d' \
	    -e 's|^User=.*|&\nRuntimeDirectory=user/%i\nEnvironment=XDG_RUNTIME_DIR=/run/user/%i|' \
	    "$units/user@.service" >"$root/etc/systemd/system/user@.service"
}

put_settings() {
	put_users "$root" /home/ann /home/ben
	cp /etc/os-release /etc/login.defs "$root/etc/"
	touch "$root/etc/fstab"
	echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
	cp tests/vm/tests.service "$root/etc/systemd/system/"
}

put_way_in
put_folders
put_systemd
put_user_manager
put_settings
put_programs "$root" /bin/true /bin/sleep /usr/bin/nice
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in $(busybox --list); do
	[ -e "$root/bin/$applet" ] || [ -e "$root/sbin/$applet" ] || ln -s busybox "$root/bin/$applet"
done
put_libraries "$root" "$root"/usr/local/bin/pqs "$root"/usr/local/libexec/pqs/*
put_tests "$folder" "$root" "$@"

echo "test-vm: booting $# test programs under systemd; the console is in $image.console"
sh tests/vm/boot.sh "$folder" systemd systemd.unit=tests.service systemd.show_status=no
all_went_well "$image.console" "$@"
