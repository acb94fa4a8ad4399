/* test_process_identity.c -- script, container and app, from texts alone. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "process/identity.h"

#include "suite.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Bars end elements: "a|b|" is the list of a and b. */
static struct identity_list list_of(const char *bars)
{
	static char texts[4][512];
	static int  next;
	char       *text = texts[next++ % 4];
	size_t      n = strlen(bars);

	ck_assert_uint_lt(n, sizeof texts[0]);
	memcpy(text, bars, n + 1);
	for (size_t i = 0; i < n; i++)
		if (text[i] == '|')
			text[i] = '\0';
	return (struct identity_list){ text, n };
}

static const struct {
	const char *name, *args, *script;
} scripts[] = {
	{ "python3.11", "python3|/usr/bin/meld|a|b|", "meld" },
	{ "python3.11", "python|-m|http.server|8000|", "http.server" },
	{ "python3.11", "python|-umhttp.server|", "http.server" },
	{ "python3.11", "python|-Im|pip|install|x|", "pip" },
	{ "python2.7", "python|-W|ignore|-X|dev|-u|./run.py|-c|", "run.py" },
	{ "python3", "python3|-Wignore|run.py|", "run.py" },
	{ "python3", "python3|--check-hash-based-pycs|never|a.py|", "a.py" },
	{ "python3", "python3|-c|import x|run.py|", NULL },
	{ "python3", "python3|-uc|import x|", NULL },
	{ "python3", "python3|-|run.py|", NULL },
	{ "python3", "python3|--|-odd.py|", "-odd.py" },
	{ "python3", "python3|", NULL },
	{ "python3", "python3|-m|", NULL },
	{ "python3", "", NULL },
	{ "python3", "python3|/a/folder/|", NULL },
	{ "pypy3", "pypy3|x.py|", "x.py" },
	{ "perl", "perl|/usr/bin/exiftool|-a|", "exiftool" },
	{ "perl5.36.0", "perl|-w|-I|lib|-T|tool.pl|", "tool.pl" },
	{ "perl", "perl|-Ilib|-MList::Util|-i.bak|tool.pl|", "tool.pl" },
	{ "perl", "perl|-lne|print|file|", NULL },
	{ "perl", "perl|-0777pe|s/a/b/|file|", NULL },
	{ "ruby3.1", "ruby|-w|-I|lib|-r|set|bin/rails|server|", "rails" },
	{ "ruby", "ruby|-W0|--disable=gems|x.rb|", "x.rb" },
	{ "ruby", "ruby|--disable|gems|x.rb|", "x.rb" },
	{ "ruby", "ruby|-rset|-e|puts 1|", NULL },
	{ "node", "node|--max-old-space-size=4096|/srv/server.js|--port|1|",
	  "server.js" },
	{ "node", "node|-r|ts-node/register|--import|./x.mjs|main.ts|",
	  "main.ts" },
	{ "nodejs", "nodejs|--inspect|-e|1|", NULL },
	{ "node", "node|--eval|1|x.js|", NULL },
	{ "node", "node|--eval=1|x.js|", NULL },
	{ "java", "java|-Xmx1G|-cp|a.jar:b.jar|-Dx=y|org.example.Main|arg|",
	  "org.example.Main" },
	{ "java", "/usr/bin/java|-server|-jar|/opt/x/minecraft.jar|nogui|",
	  "minecraft.jar" },
	{ "java", "java|--add-opens|java.base/java.lang=ALL-UNNAMED|-p|m|"
	  "-m|app/org.example.Main|", "org.example.Main" },
	{ "java", "java|--module=app|", "app" },
	{ "java", "java|@options|-cp|x|Main|", "Main" },
	{ "java", "java|--version|", NULL },
	{ "dash", "sh|/usr/bin/startup.sh|", "startup.sh" },
	{ "bash", "bash|-euxo|pipefail|./build.sh|", "build.sh" },
	{ "bash", "bash|+x|-O|extglob|--norc|a|", "a" },
	{ "bash", "bash|--rcfile|rc|--login|a.sh|", "a.sh" },
	{ "bash", "-bash|", NULL },
	{ "dash", "sh|-c|exec ./x.sh|x|", NULL },
	{ "dash", "sh|-s|arg|", NULL },
	{ "bash", "bash|-xec|./x.sh|", NULL },
	{ "zsh", "zsh|x.zsh|", "x.zsh" },
	{ "ruby-3.2", "ruby|x.rb|", "x.rb" },
	/* No interpreters, whatever they look like. */
	{ "pythonista", "pythonista|x.py|", NULL },
	{ "gcc", "gcc|x.c|", NULL }, { "", "|x|", NULL },
	{ "3.11", "3.11|x|", NULL }, { "sh-", "sh-|x|", NULL },
};

START_TEST(the_script_is_the_first_argument_that_is_no_option)
{
	const char *script = identity_script(scripts[_i].name,
	                                     list_of(scripts[_i].args));

	if (scripts[_i].script == NULL)
		ck_assert_msg(script == NULL, "%s: %s", scripts[_i].args,
		              script);
	else
		ck_assert_msg(script != NULL &&
		              strcmp(script, scripts[_i].script) == 0,
		              "%s: %s", scripts[_i].args,
		              script == NULL ? "none" : script);
}
END_TEST

#define ID "4c01db0b339c8e7f2a5d6c7b8a99f0e1d2c3b4a5968778695a4b3c2d1e0f9a8b"

static const struct {
	const char *cgroup, *name;
} places[] = {
	{ "/system.slice/docker-" ID ".scope", "docker/4c01db0b339c" },
	{ "/docker/" ID, "docker/4c01db0b339c" },
	{ "/docker/" ID "/init.scope", "docker/4c01db0b339c" },
	{ "/machine.slice/libpod-" ID ".scope/container",
	  "podman/4c01db0b339c" },
	{ "/libpod_parent/libpod-" ID, "podman/4c01db0b339c" },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/"
	  "libpod-" ID ".scope", "podman/4c01db0b339c" },
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2"
	  ".slice/cri-containerd-" ID ".scope", "k8s/4c01db0b339c" },
	{ "/kubepods.slice/x.slice/crio-" ID ".scope", "k8s/4c01db0b339c" },
	{ "/kubepods/besteffort/pod0e2f8a0c-1111-2222-3333-444455556666/" ID,
	  "k8s/4c01db0b339c" },
	{ "/kubepods/besteffort/pod0e2f8a0c-1111-2222-3333-444455556666",
	  NULL },
	{ "/system.slice/nerdctl-" ID ".scope", "containerd/4c01db0b339c" },
	{ "/lxc/web1", "lxc/web1" },
	{ "/lxc.payload.web1/system.slice/nginx.service", "lxc/web1" },
	{ "/lxc.payload/web1/init.scope", "lxc/web1" },
	{ "/machine.slice/machine-lxc\\x2d77\\x2dweb.scope", "lxc/77-web" },
	{ "/machine.slice/systemd-nspawn@build.service/payload/init.scope",
	  "nspawn/build" },
	{ "/machine.slice/machine-my\\x2ddebian.scope/payload",
	  "nspawn/my-debian" },
	{ "/lxc.payload.u1/docker/" ID, "docker/4c01db0b339c" },
	/* Beside a container, or only named like one. */
	{ "/machine.slice/systemd-nspawn@build.service/supervisor", NULL },
	{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", NULL },
	{ "/lxc.monitor.web1", NULL }, { "/lxc.monitor/web1", NULL },
	{ "/machine.slice/libpod-conmon-" ID ".scope", NULL },
	{ "/system.slice/docker.service", NULL },
	{ "/system.slice/docker-proxy.scope", NULL },
	{ "/docker/buildkit", NULL }, { "/docker", NULL },
	{ "/system.slice/containerd.service", NULL },
	{ "/user.slice/user-1000.slice/session-2.scope", NULL },
	{ "/", NULL }, { "", NULL },
};

START_TEST(a_container_is_known_by_its_group)
{
	char name[128] = "";
	int  r = identity_container(places[_i].cgroup, name, sizeof name);

	ck_assert_msg(r == (places[_i].name == NULL ? -ENODATA : 0), "%s: %s",
	              places[_i].cgroup, name);
	if (r == 0)
		ck_assert_str_eq(name, places[_i].name);
}
END_TEST

static const struct {
	const char *name, *exe, *unit, *args, *env, *app;
} apps[] = {
	{ "wine64-preloader", "/usr/lib/wine/wine64-preloader", "",
	  "Z:\\games\\Some Game\\Game.exe|-fullscreen|", "", "Game.exe|" },
	{ "wine-preloader", "/usr/bin/wine-preloader", "",
	  "wine|/home/u/setup.EXE|", "", "setup.EXE|" },
	{ "wine", "/usr/bin/wine", "", "wine|a.exe|b.exe|", "", "a.exe|" },
	{ "wineserver", "/usr/bin/wineserver", "", "wineserver|", "", "" },
	{ "python3.11", "/usr/bin/python3.11", "",
	  "python3|proton|waitforexitandrun|/x/game.exe|", "", "" },
	{ "firefox", "/usr/lib/firefox/firefox",
	  "app-gnome-firefox-1234.scope", "firefox|", "", "firefox|" },
	{ "gnome-terminal-server", "/usr/libexec/gnome-terminal-server",
	  "app-gnome-org.gnome.Terminal-55.scope", "x|", "",
	  "org.gnome.Terminal|" },
	{ "x", "/usr/bin/x", "app-gnome-google\\x2dchrome-7.scope", "x|", "",
	  "google-chrome|" },
	{ "konsole", "/usr/bin/konsole", "app-org.kde.konsole-a1b2.scope",
	  "konsole|", "", "org.kde.konsole|" },
	{ "dolphin", "/usr/bin/dolphin", "app-org.kde.dolphin@f00.service",
	  "dolphin|", "", "org.kde.dolphin|" },
	{ "x", "/usr/bin/x", "app-x@autostart.service", "x|", "", "x|" },
	{ "nautilus", "/usr/bin/nautilus",
	  "dbus-:1.2-org.gnome.Nautilus@0.service", "nautilus|", "",
	  "org.gnome.Nautilus|" },
	{ "obs", "/app/bin/obs",
	  "app-flatpak-com.obsproject.Studio-4.scope", "obs|",
	  "FLATPAK_ID=com.obsproject.Studio|", "com.obsproject.Studio|" },
	{ "obs", "/app/bin/obs", "session-2.scope", "obs|",
	  "FLATPAK_ID=com.obsproject.Studio|", "com.obsproject.Studio|" },
	{ "firefox", "/snap/firefox/2987/usr/lib/firefox/firefox",
	  "snap.firefox.firefox-2c1f.scope", "firefox|", "", "firefox|" },
	{ "daemon", "/snap/lxd/24/bin/daemon", "snap.lxd.daemon.service",
	  "d|", "", "lxd|" },
	{ "code", "/var/lib/snapd/snap/code/1/code", "", "code|", "",
	  "code|" },
	{ "python3", "/snap/core20/1/usr/bin/python3", "", "p|", "", "" },
	{ "snap", "/snap/snapd/1/usr/bin/snap", "", "snap|", "", "" },
	{ "krita", "/tmp/.mount_kritaAbC/usr/bin/krita", "", "krita|",
	  "APPIMAGE=/home/u/krita-5.2.AppImage|APPDIR=/tmp/.mount_kritaAbC|",
	  "krita-5.2.AppImage|" },
	{ "krita-5.2.AppImage", "/home/u/krita-5.2.AppImage", "", "k|", "",
	  "krita-5.2.AppImage|" },
	{ "xdg-open", "/usr/bin/xdg-open", "", "xdg-open|",
	  "APPIMAGE=/home/u/krita-5.2.AppImage|APPDIR=/tmp/.mount_kritaAbC|",
	  "" },
	{ "gimp", "/usr/bin/gimp", "", "gimp|",
	  "GIO_LAUNCHED_DESKTOP_FILE=/usr/share/applications/gimp.desktop|"
	  "GIO_LAUNCHED_DESKTOP_FILE_PID=77|", "gimp|" },
	{ "child", "/usr/bin/child", "", "child|",
	  "GIO_LAUNCHED_DESKTOP_FILE=/usr/share/applications/gimp.desktop|"
	  "GIO_LAUNCHED_DESKTOP_FILE_PID=76|", "" },
	{ "firefox", "/usr/lib/firefox", "app-gnome-firefox-1.scope", "f|",
	  "GIO_LAUNCHED_DESKTOP_FILE=/x/firefox-esr.desktop|"
	  "GIO_LAUNCHED_DESKTOP_FILE_PID=77|", "firefox|firefox-esr|" },
	{ "cron", "/usr/sbin/cron", "cron.service", "cron|", "", "" },
	{ "x", "/usr/bin/x", "app-x.scope", "x|", "", "" },
};

START_TEST(an_app_is_all_that_it_is_known_as)
{
	const struct identity_clues c = {
		.pid = 77, .name = apps[_i].name, .exe = apps[_i].exe,
		.unit = apps[_i].unit, .args = list_of(apps[_i].args),
		.env = list_of(apps[_i].env),
	};
	struct identity_list expected = list_of(apps[_i].app);
	char                 list[256] = "";
	size_t               n = identity_app(&c, list, sizeof list);

	ck_assert_msg(n == expected.bytes &&
	              memcmp(list, expected.text, n) == 0, "%d: %s", _i, list);
}
END_TEST

START_TEST(names_that_find_no_room_are_left_out_whole)
{
	const struct identity_clues c = {
		.pid = 1, .name = "x", .exe = "/snap/second/1/x",
		.unit = "app-gnome-first-1.scope",
		.args = { "", 0 }, .env = { "", 0 },
	};
	char   list[32];
	size_t all = identity_app(&c, list, sizeof list);

	ck_assert_uint_eq(all, 13);
	for (size_t size = 0; size < all; size++) {
		memset(list, 'x', sizeof list);
		ck_assert_uint_eq(identity_app(&c, list, size),
		                  size < 6 ? 0 : 6);
		ck_assert_int_eq(list[size], 'x');
	}
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("identity");

	tcase_add_loop_test(t,
	        the_script_is_the_first_argument_that_is_no_option, 0,
	        COUNT(scripts));
	tcase_add_loop_test(t, a_container_is_known_by_its_group, 0,
	                    COUNT(places));
	tcase_add_loop_test(t, an_app_is_all_that_it_is_known_as, 0,
	                    COUNT(apps));
	tcase_add_test(t, names_that_find_no_room_are_left_out_whole);
	return run_case(t, "process: identity");
}
