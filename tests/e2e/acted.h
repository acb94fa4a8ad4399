/* acted.h -- one running pqs, and actors whose programs lie in its folder. */
#ifndef E2E_ACTED_H
#define E2E_ACTED_H

#include <stdio.h>

#include "../suite.h"
#include "acting.h"
#include "running.h"

static struct running r;

/* A match of one fact for one program: want that nice. */
#define ONE(program, fact, nice) \
	"rule \"" program "\" { match = process { name = \"" program "\", " \
	fact " }, want = { nice = " nice " } }\n"

static inline struct actor act_as(const char *name)
{
	return actor_start(program_make(&r, name), NULL);
}

/* A file in its folder. */
static inline void put(const char *name, const char *text)
{
	char path[160];

	snprintf(path, sizeof path, "%s/%s", r.folder, name);
	put_text(path, text);
}

static inline void clear(void)
{
	running_clear(&r);
}

/* Of a main(): programs that are started again as actors do not come back, and
 * each test ends with its pqs. */
static inline TCase *acted_begin(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	acting_begin(argc, argv);
	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 240);
	return c;
}

/* The exit code; groups that actors made are gone. */
static inline int acted_end(TCase *c, const char *name)
{
	int failed = run_case(c, name);

	groups_clear();
	return failed;
}

#endif
