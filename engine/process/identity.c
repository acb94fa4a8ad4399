/* identity.c -- which container and which application a task belongs to. */

#include "process/identity.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"

#define ID_SHOWN 12                     /* as the runtimes' own lists do      */

/* A part of a longer text. */
struct piece {
	const char *at;
	size_t      n;
};

static bool begins(struct piece p, const char *with)
{
	size_t n = strlen(with);

	return p.n > n && memcmp(p.at, with, n) == 0;
}

static bool ends(struct piece p, const char *with)
{
	size_t n = strlen(with);

	return p.n > n && memcmp(p.at + p.n - n, with, n) == 0;
}

static bool is(struct piece p, const char *what)
{
	return p.n == strlen(what) && memcmp(p.at, what, p.n) == 0;
}

static struct piece without(struct piece p, size_t before, size_t after)
{
	return (struct piece){ p.at + before, p.n - before - after };
}

static bool is_id(struct piece p)
{
	for (size_t i = 0; i < p.n; i++)
		if (!isxdigit((unsigned char)p.at[i]))
			return false;
	return p.n >= ID_SHOWN;
}

/* The group of a container is named after it in one of a few ways.  What
 * watches over a container ("libpod-conmon-", "lxc.monitor.") is outside. */
static const struct {
	const char *runtime, *before, *after;
	bool        by_id;
} groups[] = {
	{ "docker",     "docker-",         ".scope",   true },
	{ "podman",     "libpod-",         ".scope",   true },
	{ "podman",     "libpod-",         "",         true },
	{ "containerd", "cri-containerd-", ".scope",   true },
	{ "containerd", "nerdctl-",        ".scope",   true },
	{ "crio",       "crio-",           ".scope",   true },
	{ "lxc",        "lxc.payload.",    "",         false },
	{ "lxc",        "machine-lxc\\x2d", ".scope",  false },
	{ "nspawn",     "systemd-nspawn@", ".service", false },
};

#define GROUPS (sizeof groups / sizeof *groups)

/* The same where the name of the runtime is a group of its own. */
static const struct {
	const char *above, *runtime;
	bool        by_id;
} folders[] = {
	{ "docker",        "docker", true },
	{ "libpod_parent", "podman", true },
	{ "lxc",           "lxc",    false },
	{ "lxc.payload",   "lxc",    false },
};

#define FOLDERS (sizeof folders / sizeof *folders)

struct container {
	const char  *runtime;           /* NULL: none                         */
	struct piece name;
	bool         by_id;
};

/* Virtual machines are called machine-qemu by those who make them. */
static bool is_machine(struct piece p)
{
	return begins(p, "machine-") && ends(p, ".scope") &&
	       !begins(p, "machine-qemu") && !begins(p, "machine-lxc\\x2d");
}

static struct container container_of_group(struct piece p)
{
	for (size_t i = 0; i < GROUPS; i++) {
		struct piece name;

		if (!begins(p, groups[i].before) ||
		    (groups[i].after[0] != '\0' && !ends(p, groups[i].after)))
			continue;
		name = without(p, strlen(groups[i].before),
		               strlen(groups[i].after));
		if (!groups[i].by_id || is_id(name))
			return (struct container){ groups[i].runtime, name,
			                           groups[i].by_id };
	}
	if (is_machine(p))
		return (struct container){ "nspawn", without(p, 8, 6), false };
	return (struct container){ .runtime = NULL };
}

static struct container container_in_folder(struct piece above, struct piece p)
{
	for (size_t i = 0; i < FOLDERS; i++)
		if (is(above, folders[i].above) &&
		    (!folders[i].by_id || is_id(p)))
			return (struct container){ folders[i].runtime, p,
			                           folders[i].by_id };
	return (struct container){ .runtime = NULL };
}

/* Below "kubepods" every container is one of its pods', whoever runs it; the
 * groups of pods themselves are not named by an id alone. */
static struct container container_at(struct piece above, struct piece p,
                                     bool kubernetes)
{
	struct container c = container_of_group(p);

	if (c.runtime == NULL)
		c = container_in_folder(above, p);
	if (kubernetes && (c.by_id || (c.runtime == NULL && is_id(p))))
		return (struct container){ "k8s", c.by_id ? c.name : p, true };
	return c;
}

/* systemd escapes what a unit's name cannot hold as "\x2d". */
static void unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at != '\0'; at++) {
		char hex[3] = "";

		if (at[0] == '\\' && at[1] == 'x' &&
		    isxdigit((unsigned char)at[2]) &&
		    isxdigit((unsigned char)at[3])) {
			memcpy(hex, at + 2, 2);
			*to++ = (char)strtol(hex, NULL, 16);
			at += 3;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
}

/* The innermost container counts.  Its supervisor stays beside it. */
int identity_container(const char *cgroup, char *ret_name, size_t size)
{
	struct container found = { .runtime = NULL };
	struct piece     above = { "", 0 };
	bool             kubernetes = false;
	int              shown;

	while (*(cgroup += strspn(cgroup, "/")) != '\0') {
		struct piece     p = { cgroup, strcspn(cgroup, "/") };
		struct container c = container_at(above, p, kubernetes);

		if (c.runtime != NULL)
			found = c;
		else if (is(p, "supervisor") && found.runtime != NULL)
			found.runtime = NULL;
		kubernetes |= begins(p, "kubepods") || is(p, "kubepods");
		above = p;
		cgroup += p.n;
	}
	if (found.runtime == NULL)
		return -ENODATA;
	shown = found.by_id ? ID_SHOWN : (int)found.name.n;
	(void)snprintf(ret_name, size, "%s/%.*s", found.runtime, shown,
	               found.name.at);
	unescape(ret_name);
	return 0;
}

struct list {
	char  *text;
	size_t bytes, size;
};

static bool list_has(const struct list *l, const char *text)
{
	for (size_t at = 0; at < l->bytes; at += strlen(l->text + at) + 1)
		if (strcmp(l->text + at, text) == 0)
			return true;
	return false;
}

static void list_add(struct list *l, struct piece p)
{
	char text[NAME_KEEP];

	if (p.n == 0 || p.n >= sizeof text)
		return;
	(void)text_copy_bytes(text, sizeof text, p.at, p.n);
	unescape(text);
	if (list_has(l, text) || strlen(text) + 1 > l->size - l->bytes)
		return;
	(void)text_copy(l->text + l->bytes, l->size - l->bytes, text);
	l->bytes += strlen(text) + 1;
}

static struct piece whole(const char *text)
{
	return (struct piece){ text, strlen(text) };
}

static const char *env_value(struct identity_list env, const char *name)
{
	size_t n = strlen(name);

	for (size_t at = 0; at < env.bytes; at += strlen(env.text + at) + 1)
		if (strncmp(env.text + at, name, n) == 0 &&
		    env.text[at + n] == '=')
			return env.text + at + n + 1;
	return "";
}

/* Where a program for Windows runs, an argument is that program; its path is
 * written either way. */
static void add_exe(struct list *l, const struct identity_clues *c)
{
	if (strncmp(c->name, "wine", 4) != 0)
		return;
	for (size_t at = 0; at < c->args.bytes;) {
		struct piece p = whole(c->args.text + at);

		at += p.n + 1;
		if (p.n <= 4 || strncasecmp(p.at + p.n - 4, ".exe", 4) != 0)
			continue;
		for (size_t i = p.n; i > 0; i--)
			if (p.at[i - 1] == '\\' || p.at[i - 1] == '/') {
				p = without(p, i, 0);
				break;
			}
		list_add(l, p);
		return;
	}
}

/* Up to the first of these bytes. */
static struct piece until(struct piece p, char end)
{
	const char *at = memchr(p.at, end, p.n);

	return at == NULL ? p : (struct piece){ p.at, (size_t)(at - p.at) };
}

/* After the last one, or all. */
static struct piece after_last(struct piece p, char mark)
{
	for (size_t i = p.n; i > 0; i--)
		if (p.at[i - 1] == mark)
			return without(p, i, 0);
	return p;
}

/* "snap.firefox.firefox-1234.scope" */
static void add_snap_unit(struct list *l, struct piece unit)
{
	if (begins(unit, "snap."))
		list_add(l, until(without(unit, 5, 0), '.'));
}

/* "app[-launcher]-ID-1234.scope", "app[-launcher]-ID[@1234].service"; of a name
 * on the bus "dbus-:1.2-ID@0.service".  A dash in any part is escaped. */
static void add_desktop_unit(struct list *l, struct piece unit)
{
	bool app = begins(unit, "app-");

	if (!app && !begins(unit, "dbus-"))
		return;
	if (app && ends(unit, ".scope")) {
		size_t random = after_last(unit, '-').n;

		if (unit.n - random <= strlen("app-"))
			return;                 /* no random part: no id      */
		list_add(l, after_last(without(unit, 4, random + 1), '-'));
	} else if (ends(unit, ".service")) {
		list_add(l, after_last(until(without(unit, 4, 8), '@'), '-'));
	}
}

/* What every program of a snap is mounted under; some names there are not those
 * of applications. */
static void add_snap_exe(struct list *l, const char *exe)
{
	static const char *const roots[] = { "/snap/",
	                                     "/var/lib/snapd/snap/" };

	for (size_t i = 0; i < 2; i++) {
		size_t       n = strlen(roots[i]);
		struct piece name;

		if (strncmp(exe, roots[i], n) != 0)
			continue;
		name = until(whole(exe + n), '/');
		if (!is(name, "bin") && !is(name, "snapd") &&
		    !is(name, "core") && !(begins(name, "core") &&
		                           isdigit((unsigned char)name.at[4])))
			list_add(l, name);
	}
}

/* Children elsewhere inherit the variables: only what lies in the image's own
 * folder belongs to it.  The image itself is a program, too. */
static void add_appimage(struct list *l, const struct identity_clues *c)
{
	const char *image = env_value(c->env, "APPIMAGE");
	const char *folder = env_value(c->env, "APPDIR");
	size_t      n = strlen(folder);

	if (ends(whole(c->name), ".AppImage"))
		list_add(l, whole(c->name));
	if (n > 0 && strncmp(c->exe, folder, n) == 0 && c->exe[n] == '/')
		list_add(l, whole(text_base_name(image)));
}

/* Inherited too: it is about the process that it names alone. */
static void add_desktop_file(struct list *l, const struct identity_clues *c)
{
	const char  *of = env_value(c->env, "GIO_LAUNCHED_DESKTOP_FILE_PID");
	struct piece p = whole(text_base_name(
		env_value(c->env, "GIO_LAUNCHED_DESKTOP_FILE")));
	int64_t      pid;

	if (text_number(of, &pid) == 0 && pid == c->pid && ends(p, ".desktop"))
		list_add(l, without(p, 0, 8));
}

size_t identity_app(const struct identity_clues *c, char *ret_list,
                    size_t size)
{
	struct list l = { ret_list, 0, size };

	add_exe(&l, c);
	add_desktop_unit(&l, whole(c->unit));
	add_snap_unit(&l, whole(c->unit));
	add_snap_exe(&l, c->exe);
	list_add(&l, whole(env_value(c->env, "FLATPAK_ID")));
	add_appimage(&l, c);
	add_desktop_file(&l, c);
	return l.bytes;
}
