/* reloading.h -- rules that change under a running pqs, and a program whose
 * nice value tells which of them are in force. */
#ifndef E2E_RELOADING_H
#define E2E_RELOADING_H

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../suite.h"
#include "in_folder.h"

static inline const char *nice_rule(const char *program, int nice)
{
	static char text[200];

	snprintf(text, sizeof text, "rule \"n\" { match = process { name = "
	         "\"%s\" }, want = { nice = %d } }\n", program, nice);
	return text;
}

static inline void ask_again(void)
{
	ck_assert_int_eq(kill(r.keeper, SIGHUP), 0);
}

static inline unsigned times_said(const char *what)
{
	unsigned n = 0;

	for (const char *at = r.text; (at = strstr(at, what)) != NULL; n++)
		at += strlen(what);
	return n;
}

/* A pqs.yaml whose rules are those of a folder in ours alone; more (may
 * be "") is in it too. */
static inline void name_folder(const char *folder, const char *more)
{
	char yaml[400];

	snprintf(yaml, sizeof yaml, "journal: %s/journal\nstate: %s/state\n%s"
	         "rules: { vendor: [], admin: [ %s/%s ], users: none }\n",
	         r.folder, r.folder, more, r.folder, folder);
	put("pqs.yaml", yaml);
}

/* The same, and "rules" is there, with nothing in it. */
static inline void prepare_folder(const char *folder, const char *more)
{
	running_prepare(&r, NULL, "");
	name_folder(folder, more);
	ck_assert_int_eq(mkdir(path_of("rules"), 0755), 0);
}

/* By rules that are there and give the program nice 3. */
static inline pid_t begin_prepared(const char *program)
{
	pid_t pid;

	running_start(&r, 0);
	pid = program_start(program_make(&r, program), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 3));
	return pid;
}

/* By rules.lua, which the command line names. */
static inline pid_t begin(const char *program)
{
	running_prepare(&r, "", "");
	put("rules.lua", nice_rule(program, 3));
	return begin_prepared(program);
}

static inline pid_t begin_in_folder(const char *program, const char *folder)
{
	prepare_folder(folder, "");
	put("rules/a.lua", nice_rule(program, 3));
	if (strcmp(folder, "rules") != 0)
		ck_assert_int_eq(symlink("rules", path_of(folder)), 0);
	return begin_prepared(program);
}

/* All that was set goes back at the end. */
static inline void end(pid_t pid)
{
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(pid), 0);
	program_end(pid);
}

#endif
