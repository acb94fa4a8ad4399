/* users.h -- throw-away users with rules of their own, for real: a folder for
 * each, workers that run as them.
 *
 * Nobody on a machine has these numbers; they are within the usual range of
 * people (UID_MIN to UID_MAX). */
#ifndef E2E_USERS_H
#define E2E_USERS_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../suite.h"
#include "running.h"

#define ANN 59871
#define BOB 59872

static struct running r;
static char           homes[] = "/tmp/pqs-own-XXXXXX";

static inline void command(const char *format, const char *more)
{
	char line[400];

	snprintf(line, sizeof line, format, homes, more);
	ck_assert_int_eq(system(line), 0);
}

/* As pqs.yaml says, where the command line names none. */
static inline void write_rules(const char *text)
{
	char  path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/admin.lua", homes);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static inline void begin(const char *rules)
{
	char yaml[300];

	strcpy(homes, "/tmp/pqs-own-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(homes));
	chmod(homes, 0755);
	snprintf(yaml, sizeof yaml,
	         "rules: { users: '%s/{uid}', admin: '%s/admin.lua' }\n", homes,
	         homes);
	running_prepare(&r, rules, yaml);
}

static inline void clear(void)
{
	running_clear(&r);
	command("rm -rf '%s'%s", "");
}

/* A rule file of that user's, who alone may read it. */
static inline void own_file(uid_t uid, const char *name, const char *text)
{
	char  path[160];
	FILE *f;

	snprintf(path, sizeof path, "%s/%u", homes, (unsigned)uid);
	mkdir(path, 0700);
	ck_assert_int_eq(chown(path, uid, uid), 0);
	snprintf(path, sizeof path, "%s/%u/%s", homes, (unsigned)uid, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fchmod(fileno(f), 0600), 0);
	ck_assert_int_eq(fchown(fileno(f), uid, uid), 0);
	fputs(text, f);
	fclose(f);
}

static const char nothing[] =
	"rule \"nothing\" { match = process { name = \"e2enobody\" },"
	" want = { nice = 1 } }";
static const char seven[] =
	"rule \"seven\" { match = process { name = \"e2eown\" },"
	" want = { nice = 7 } }";

static inline pid_t start(uid_t uid)
{
	return program_start(program_make(&r, "e2eown"), NULL, uid);
}

static inline void end(void)
{
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	clear();
}

/* A child of the keeper with that real uid; 0: there is none. */
static inline pid_t worker_of(uid_t uid)
{
	DIR           *dir = opendir("/proc");
	struct dirent *e;
	pid_t          found = 0;

	while (found == 0 && (e = readdir(dir)) != NULL) {
		char     path[300], line[256];
		unsigned ids[4] = { 0 };
		int      parent = 0;
		FILE    *f;

		snprintf(path, sizeof path, "/proc/%s/status", e->d_name);
		f = fopen(path, "r");
		while (f != NULL && fgets(line, sizeof line, f) != NULL) {
			sscanf(line, "PPid: %d", &parent);
			sscanf(line, "Uid: %u %u %u %u", &ids[0], &ids[1],
			       &ids[2], &ids[3]);
		}
		if (f != NULL)
			fclose(f);
		if (parent == r.keeper && ids[0] == uid && ids[1] == uid &&
		    ids[2] == uid && ids[3] == uid)
			found = atoi(e->d_name);
	}
	closedir(dir);
	return found;
}

static const char function[] =
	"rule \"f\" { match = process { name = \"e2eown\" },"
	" want = function (p) return { nice = p.uid == 59871 and 7 or 8 } end }";

static inline const char *home_of(uid_t uid, const char *name)
{
	static char paths[8][160];
	static int  next;
	char       *path = paths[next++ % 8];

	snprintf(path, sizeof paths[0], "%s/%u%s%s", homes, (unsigned)uid,
	         name[0] == '\0' ? "" : "/", name);
	return path;
}

static inline const char *named_rule(const char *name, int nice)
{
	static char text[200];

	snprintf(text, sizeof text, "rule \"%s\" { match = process { name = "
	         "\"e2eown\" }, want = { nice = %d } }\n", name, nice);
	return text;
}

static inline const char *nice_rule(int nice)
{
	return named_rule("n", nice);
}

/* Another name beside the folder, in the same place. */
static inline void beside(uid_t uid, const char *end, char *out, size_t size)
{
	snprintf(out, size, "%s.%s", home_of(uid, ""), end);
}

/* Ann's process by Ann's rules. */
static inline pid_t begin_nice(int nice)
{
	pid_t ann;

	begin(nothing);
	own_file(ANN, "a.lua", nice_rule(nice));
	running_start(&r, 0);
	ann = start(ANN);
	ck_assert(EVENTUALLY(nice_of(ann) == nice));
	return ann;
}

static inline void end_with(pid_t ann)
{
	end();
	program_end(ann);
}

static inline bool status_says(const char *text)
{
	char   line[200], all[8192];
	FILE  *f;
	size_t n;

	snprintf(line, sizeof line, PQS_BUILD "/pqs status --config %s/pqs.yaml",
	         r.folder);
	f = popen(line, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(all, 1, sizeof all - 1, f);
	all[n] = '\0';
	ck_assert_msg(pclose(f) == 0, "%s", all);
	return strstr(all, text) != NULL;
}

static inline void tidy(void)
{
	running_clear(&r);
}

/* Of a main(): each test ends with its pqs. */
static inline TCase *users_begin(int argc, char **argv)
{
	TCase *t = tcase_create("users");

	program_main(argc, argv);
	if (geteuid() != 0) {
		fprintf(stderr, "%s: changes users, so it must be run as "
		        "root\n", argv[0]);
		exit(1);
	}
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, NULL, tidy);
	return t;
}

#endif
