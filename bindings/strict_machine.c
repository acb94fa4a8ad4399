/* strict_machine.c -- the machine that a strict check is made on.
 *
 * A process has the name of the file that runs.  So a name in PATH that is only
 * a link to another file is no process's.
 */

#include "strict_machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uthash.h>

#include "base/limits.h"
#include "base/text.h"

#define INABILITIES_MAX 64
#define PROGRAMS_MAX    65536

/* A name in PATH; if in one folder it is a file's own, it is that. */
struct program {
	bool           is_link;
	char           name[NAME_KEEP], real[NAME_KEEP];
	UT_hash_handle hh;
};

struct this_machine {
	struct machine   look;
	struct inability inability[INABILITIES_MAX];
	struct program  *programs;
	char             user[NAME_KEEP];
};

static void program_put(struct this_machine *m, const char *name,
                        const char *real, bool is_link)
{
	struct program *p;

	HASH_FIND_STR(m->programs, name, p);
	if (p == NULL) {
		p = HASH_COUNT(m->programs) < PROGRAMS_MAX
		    ? calloc(1, sizeof *p) : NULL;
		if (p == NULL)
			return;
		text_copy(p->name, sizeof p->name, name);
		HASH_ADD_STR(m->programs, name, p);
	} else if (is_link) {
		return;
	}
	p->is_link = is_link;
	text_copy(p->real, sizeof p->real, real);
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

/* What a script starts may well have the name of the link. */
static bool is_script(const char *path)
{
	char    head[2] = "";
	int     fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? 0 : read(fd, head, sizeof head);

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)sizeof head && memcmp(head, "#!", 2) == 0;
}

static void program_look(struct this_machine *m, const char *folder,
                         const char *name)
{
	char path[PATH_MAX], real[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (!is_program(path) || realpath(path, real) == NULL)
		return;
	program_put(m, name, text_base_name(real),
	            strcmp(text_base_name(real), name) != 0 &&
	            !is_script(real));
}

static void folder_look(struct this_machine *m, const char *folder)
{
	DIR           *dir = opendir(folder);
	struct dirent *e;

	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			program_look(m, folder, e->d_name);
	closedir(dir);
}

static void path_look(struct this_machine *m)
{
	const char *path = getenv("PATH");
	char       *copy = path == NULL ? NULL : strdup(path), *rest;

	for (char *f = copy == NULL ? NULL : strtok_r(copy, ":", &rest);
	     f != NULL; f = strtok_r(NULL, ":", &rest))
		if (f[0] == '/')
			folder_look(m, f);
	free(copy);
}

static const char *program_real(void *ctx, const char *name)
{
	const struct this_machine *m = ctx;
	struct program            *p;

	HASH_FIND_STR(m->programs, name, p);
	return p == NULL || !p->is_link ? NULL : p->real;
}

/* Root of a container may have all but this. */
static bool may_trace(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
	                                         0 };
	struct __user_cap_data_struct   have[2] = { { 0, 0, 0 } };

	return syscall(SYS_capget, &head, have) == 0 &&
	       (have[0].effective & 1u << CAP_SYS_PTRACE) != 0;
}

struct this_machine *this_machine_new(void)
{
	struct this_machine *m = calloc(1, sizeof *m);
	const struct passwd *me = getpwuid(geteuid());

	if (m == NULL)
		return NULL;
	if (me != NULL)
		text_copy(m->user, sizeof m->user, me->pw_name);
	m->look = (struct machine){
		.sees_all = may_trace(), .uid = geteuid(),
		.user = me != NULL ? m->user : NULL,
		.inability = m->inability,
		.program = program_real, .ctx = m,
	};
	path_look(m);
	return m;
}

void this_machine_free(struct this_machine *m)
{
	struct program *p, *next;

	if (m == NULL)
		return;
	p = m->programs;
	HASH_CLEAR(hh, m->programs);    /* which leaves the list as it was   */
	for (; p != NULL; p = next) {
		next = p->hh.next;
		free(p);
	}
	free(m);
}

int this_machine_cannot(struct this_machine *m, char *text)
{
	char            *value = strchr(text, '='), *why;
	struct inability i;

	if (value == NULL || (why = strstr(value, ": ")) == NULL)
		return -EINVAL;
	if (m->look.inabilities == INABILITIES_MAX)
		return -E2BIG;
	*value++ = *why = '\0';
	i.why = why + 2;
	if (setting_find(text, &i.setting) < 0)
		return -EINVAL;
	i.text = value;
	i.value = 0;
	if (!setting_is_interned(i.setting) &&
	    setting_parse(i.setting, value, NULL, &i.value) < 0)
		return -EINVAL;
	m->inability[m->look.inabilities++] = i;
	return 0;
}

void this_machine_has(struct this_machine *m, const char *cpus)
{
	m->look.cpus = cpus;
}

void this_machine_shares(struct this_machine *m, unsigned llcs)
{
	m->look.llcs = llcs;
}

const struct machine *this_machine_look(const struct this_machine *m)
{
	return &m->look;
}
