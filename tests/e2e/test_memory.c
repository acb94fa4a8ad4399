/* test_memory.c -- a program in the background eats the memory of a control
 * group, and the one that somebody works with is in the same: who dies.
 *
 * Programs and groups are ours.  Of the shipped rules only those are in force
 * that name nothing else that is likely to run here.  With PQS_SHOW set the
 * story is told, as docs/memory.md has it. */

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "acting.h"
#include "freezing.h"
#include "running.h"

#define PERSON      1000
#define LIMIT       "268435456"
#define VICTIM_MIB  150                 /* larger than what the hog can get   */
#define MORE_MIB    24                  /* that it needs in the end           */
#define HELD_MIB    32                  /* what the hog has of a file         */

static struct running r;
static struct actor   hog, victim;
static char          *group;

static void clear(void)
{
	running_clear(&r);
}

static void put_if_there(const char *file, const char *text)
{
	char path[500];

	snprintf(path, sizeof path, "%s/%s", group, file);
	if (access(path, W_OK) == 0)
		put_text(path, text);
}

/* Nothing leaves by swap. */
static void make_group(const char *name)
{
	group = group_make_small(name, LIMIT);
	put_if_there("memory.memsw.limit_in_bytes", LIMIT);
	put_if_there("memory.swap.max", "0");
}

/* How many of it the kernel has killed for want of memory. */
static long killed(void)
{
	char  path[500], line[128];
	long  n = -1;
	FILE *f;

	snprintf(path, sizeof path, "%s/memory.events", group);
	f = fopen(path, "r");
	snprintf(path, sizeof path, "%s/memory.oom_control", group);
	if (f == NULL)
		f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "oom_kill %ld", &n) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return n;
}

static long group_mib(void)
{
	static const char *const files[] = { "memory.usage_in_bytes",
	                                     "memory.current" };
	long long bytes = -1;

	for (int i = 0; i < 2 && bytes < 0; i++) {
		char  path[500];
		FILE *f;

		snprintf(path, sizeof path, "%s/%s", group, files[i]);
		f = fopen(path, "r");
		if (f != NULL && fscanf(f, "%lld", &bytes) != 1)
			bytes = -1;
		if (f != NULL)
			fclose(f);
	}
	return (long)(bytes >> 20);
}

static long rss_mib(pid_t pid)
{
	char  path[64];
	long  pages = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	f = fopen(path, "r");
	if (f != NULL && fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) >> 10) >> 10;
}

__attribute__((format(printf, 1, 2)))
static void tell(const char *format, ...)
{
	va_list args;

	if (getenv("PQS_SHOW") == NULL)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static void tell_state(const char *when)
{
	tell("%s: nvim[%d] %ld MiB, restic[%d] %ld MiB; the group %ld of 256 "
	     "MiB, killed in it %ld", when, (int)victim.pid,
	     rss_mib(victim.pid), (int)hog.pid, rss_mib(hog.pid), group_mib(),
	     killed());
}

static struct actor join(const char *name)
{
	struct casting how = { .uid = PERSON, .groups = { group } };

	return actor_start(program_make(&r, name), &how);
}

/* Both as they are on a desktop, the one that is worked with being larger. */
static void enter_both(void)
{
	char file[128], command[300];

	snprintf(file, sizeof file, "%s/saved", r.folder);
	snprintf(command, sizeof command, "dd if=/dev/urandom of='%s' bs=1M "
	         "count=%d conv=fsync status=none", file, HELD_MIB);
	ck_assert_int_eq(system(command), 0);
	victim = join("nvim");
	hog = join("restic");
	ck_assert_int_eq(actor_does(&victim, "grow %d", VICTIM_MIB), 0);
	ck_assert_int_eq(actor_does(&hog, "hold %s", file), 0);
	tell_state("before");
}

static bool has_ended(pid_t pid, int *ret_status)
{
	return waitpid(pid, ret_status, WNOHANG) == pid;
}

START_TEST(without_pqs_the_larger_dies_of_the_others_hunger)
{
	int status = 0;

	tell("\nwithout pqs");
	running_prepare(&r, "", "");
	make_group("without");
	enter_both();
	ck_assert_int_eq(actor_does(&hog, "swell"), 0);
	ck_assert(EVENTUALLY(has_ended(victim.pid, &status)));
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert_int_ge(killed(), 1);
	tell("nvim[%d] ended by signal %d", (int)victim.pid, WTERMSIG(status));
	tell_state("after");
	actor_end(&hog);
}
END_TEST

/* By a signal, or by a group; on a busy machine who only comes last may look so. */
static bool stands_still(pid_t pid)
{
	return state_of(pid) == 'T' || is_held(pid);
}

/* Compilers may be at work here, and people: the tags that belong to them are
 * given to others. */
static const char tags[] =
	"rule \"a\" { match = process { name = \"nvim\", exe = glob \"/tmp/*\" },"
	" tag = \"editor\" }\n"
	"rule \"b\" { match = process { name = \"e2enone\" }, tag = \"build\" }\n"
	"rule \"c\" { match = process { name = \"e2enone\" },"
	" tag = \"compositor\" }\n";

static void prepare_shipped(void)
{
	char  path[128];
	FILE *f;

	running_prepare(&r, NULL, "");
	snprintf(path, sizeof path, "%s/tags.lua", r.folder);
	put_text(path, tags);
	snprintf(path, sizeof path, "%s/pqs.yaml", r.folder);
	f = fopen(path, "a");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "rules: { vendor: [ " PQS_TREE "/rules/background.lua, "
	        PQS_TREE "/rules/memory.lua ], admin: %s/tags.lua }\n"
	        "options: { memory_hog: 32MiB }\n"
	        "memory_pressure: { groups: %s }\n", r.folder,
	        strstr(group, "/pqse2e-"));
	fclose(f);
}

START_TEST(with_the_shipped_rules_it_lives)
{
	tell("\nwith pqs and the shipped rules");
	make_group("with");
	prepare_shipped();
	running_start(&r, 0);
	enter_both();
	ck_assert_int_eq(actor_does(&hog, "swell"), 0);
	ck_assert(EVENTUALLY(oom_of(hog.pid) == 800));
	ck_assert(EVENTUALLY(stands_still(hog.pid)));
	tell_state("frozen");
	ck_assert_int_eq(actor_does(&victim, "grow %d", MORE_MIB), 0);
	ck_assert_int_eq(killed(), 0);
	tell_state("nvim took what it needs");
	ck_assert(running_says(&r, "memory/hog stands still"));
	actor_end(&hog);
	ck_assert_int_eq(actor_does(&victim, "calm"), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(oom_of(victim.pid), oom_of(getpid()));
	actor_end(&victim);
	tell("\nwhat pqs printed\n%s", r.text);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");
	int    failed;

	acting_begin(argc, argv);
	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, without_pqs_the_larger_dies_of_the_others_hunger);
	tcase_add_test(c, with_the_shipped_rules_it_lives);
	failed = run_case(c, "memory");
	groups_clear();
	return failed;
}
