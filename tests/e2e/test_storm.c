/* test_storm.c -- rules change over and over while programs start and end by
 * the thousand, on the real kernel.
 *
 * PQS_RELOADS=10000 PQS_STORM=2000 is what 'make soak' asks for.  What was
 * measured is printed; no time decides whether it passes. */

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../suite.h"
#include "acting.h"
#include "base/json_read.h"
#include "control/client.h"
#include "running.h"
#include "storm.h"

#define STATUS "{\"pqs\":1,\"ask\":\"status\"}\n"

static struct running r;
static struct storm   storm;
static struct execs  *execs;

static void clear(void)
{
	storm_clear(&storm);
	execs_free(execs);
	execs = NULL;
	running_clear(&r);
}

static unsigned number_from(const char *variable, unsigned usual)
{
	const char *given = getenv(variable);

	return given != NULL ? (unsigned)atoi(given) : usual;
}

__attribute__((format(printf, 1, 2)))
static void tell(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static const char *path_of(const char *name)
{
	static char path[160];

	snprintf(path, sizeof path, "%s/%s", r.folder, name);
	return path;
}

/* What status says of it: the first row that has such a number. */
static int64_t status_number(const char *key)
{
	static struct client c;
	int64_t              value = -1, bytes;
	char                *line;

	ck_assert_int_eq(client_open(&c, path_of("journal/control.sock")), 0);
	ck_assert_int_eq(client_say(&c, STATUS, strlen(STATUS)), 0);
	while ((bytes = client_hear(&c, 20000, &line)) > 0) {
		struct json_object row;
		const char        *why;

		ck_assert_int_eq(json_read(line, (size_t)bytes, &row, &why), 0);
		if (json_find(&row, "end") != NULL)
			break;
		if (value < 0)
			value = json_find_number(&row, key, -1);
	}
	client_close(&c);
	ck_assert_msg(value >= 0, "no '%s' in status", key);
	return value;
}

/* Nice and badness of a generation; both are one and the same number. */
static int mark_of(unsigned generation)
{
	return (int)(generation % 19) + 1;
}

static bool has_one_generation(pid_t pid)
{
	int nice = nice_of(pid);

	return nice > 0 && oom_of(pid) == 10 * nice;
}

#define OTHERS   100            /* rules that are about nobody here           */
#define VERSIONS  38            /* of the rules; twice the marks there are    */

static void write_rules(const char *name, unsigned generation)
{
	FILE *f = fopen(path_of(name), "w");
	int   mark = mark_of(generation);

	ck_assert_ptr_nonnull(f);
	fprintf(f, "rule \"n\" { match = process { name = \"e2estorm\" }, want "
	        "= { nice = %d } }\n", mark);
	for (unsigned i = 0; i < OTHERS; i++)
		fprintf(f, "rule \"o%u\" { match = process { name = \"e2eno%u-"
		        "%u\" }, want = { nice = %d } }\n", i, generation, i,
		        mark);
	fprintf(f, "rule \"b\" { match = process { name = \"e2estorm\" }, want "
	        "= { oom_score_adj = %d } }\n", 10 * mark);
	ck_assert_int_eq(fclose(f), 0);
}

/* A file that was written just now is not believed to be whole, so all of them
 * lie there, and a link is turned. */
static void write_all(void)
{
	for (unsigned i = 0; i < VERSIONS; i++) {
		char name[32];

		snprintf(name, sizeof name, "rules-%u", i);
		write_rules(name, i);
	}
}

static void turn_to(unsigned generation)
{
	char to[32], link[160];

	snprintf(to, sizeof to, "rules-%u", generation % VERSIONS);
	snprintf(link, sizeof link, "%s", path_of("next"));
	ck_assert_int_eq(symlink(to, link), 0);
	ck_assert_int_eq(rename(link, path_of("rules.lua")), 0);
}

/* Turns to that generation, and waits until it is the one in force. */
static void reload_to(unsigned generation)
{
	char said[64];

	turn_to(generation);
	ck_assert_int_eq(kill(r.keeper, SIGHUP), 0);
	snprintf(said, sizeof said, "(generation %u)", generation);
	ck_assert_msg(running_says(&r, said), "no '%s' in:\n%s", said,
	              r.used < 1000 ? r.text : r.text + r.used - 1000);
}

/* Users' own rules are another matter, and their processes come and go. */
static void begin(void)
{
	running_prepare(&r, NULL, "reload: { watch: false, health: 0s }\n"
	                "rules: { users: none }\n");
	write_all();
	turn_to(1);
	running_start(&r, 0);
}

/* Between two execs, which others on the machine do as well: what was told by
 * the kernel and what pqs has dealt with at one moment. */
static void count_both(uint64_t *ret_told, uint64_t *ret_heard)
{
	for (int i = 0; i < 2000; i++) {
		uint64_t told = execs_told(execs);
		uint64_t heard = (uint64_t)status_number("execs");

		usleep(20000);
		if (told == execs_told(execs) &&
		    heard == (uint64_t)status_number("execs") &&
		    told == execs_told(execs)) {
			*ret_told = told;
			*ret_heard = heard;
			return;
		}
	}
	ck_abort_msg("programs start here without a pause");
}

/* In its own words, which it says last. */
static void tell_loop(void)
{
	const char *said = strstr(r.text, " steps of the loop");

	ck_assert_ptr_nonnull(said);
	while (said > r.text && said[-1] != '\n')
		said--;
	tell("  %.*s", (int)strcspn(said, "\n"), said);
}

static void tell_storm(unsigned reloads)
{
	tell("%u reloads in %.1f s, %llu programs started meanwhile, %.0f a "
	     "second; %llu of them stayed and were looked at", reloads,
	     storm.ended - storm.began,
	     (unsigned long long)atomic_load(&storm.counts->started),
	     storm_rate(&storm),
	     (unsigned long long)atomic_load(&storm.counts->stayed));
}

static int64_t most_tasks;              /* that were known at a time          */

static void note_tasks(void)
{
	int64_t tasks = status_number("tasks");

	if (tasks > most_tasks)
		most_tasks = tasks;
}

#define ENOUGH          40      /* reloads, where each takes long            */
#define ENOUGH_SECONDS  15

static void reload_once(unsigned generation)
{
	reload_to(generation);
	if (generation % 20 == 0)
		note_tasks();
}

/* One after the other; how many.  Thousands of processes make each of them
 * long, and then fewer have to do. */
static unsigned reload_on(unsigned first, unsigned most)
{
	double   began = seconds_now();
	bool     all = getenv("PQS_RELOADS") != NULL;
	unsigned n = 0;

	while (n < most && (all || n < ENOUGH ||
	                    seconds_now() - began < ENOUGH_SECONDS))
		reload_once(first + n++);
	return n;
}

/* Nobody waits for anybody: reloads follow each other while programs start. */
START_TEST(no_exec_is_missed_in_a_storm_of_them_while_rules_change)
{
	unsigned reloads = number_from("PQS_RELOADS", 300);
	uint64_t told[2], heard[2], started;

	begin();
	storm_program(path_of("e2estorm"));
	execs = execs_count();
	count_both(&told[0], &heard[0]);
	storm_begin(&storm, path_of("e2estorm"),
	            number_from("PQS_STORM", 1000), has_one_generation);
	reloads = reload_on(2, reloads);
	storm_end(&storm);
	count_both(&told[1], &heard[1]);
	tell_storm(reloads);
	started = atomic_load(&storm.counts->started);
	ck_assert_uint_gt(started, 0);
	ck_assert(!execs_were_lost(execs));
	ck_assert_uint_ge(told[1] - told[0], started);
	ck_assert_uint_eq(heard[1] - heard[0], told[1] - told[0]);
	ck_assert_uint_eq(atomic_load(&storm.counts->wrong), 0);
	ck_assert_int_eq(status_number("events_lost"), 0);
	ck_assert_int_eq(status_number("refused"), 0);
	ck_assert_int_eq(status_number("reloads"), reloads);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	tell_loop();
	ck_assert_ptr_null(strstr(r.text, "lost"));
}
END_TEST

#define RELOADS      1000
#define GROWN_KIB    1024
#define ROW_KIB         2       /* for each process that others start         */

/* The sanitizer does, to notice who uses it; of leaks it tells by itself. */
#ifdef __SANITIZE_ADDRESS__
#define KEEPS_WHAT_IS_FREED true
#else
#define KEEPS_WHAT_IS_FREED false
#endif

static long private_kib(void)
{
	char  line[256], path[64];
	long  kib = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)r.core);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "Private_Dirty: %ld", &kib) == 1)
			break;
	fclose(f);
	ck_assert_int_gt(kib, 0);
	return kib;
}

/* What is freed aside and step by step has gone by then. */
static long private_kib_at_rest(void)
{
	usleep(300000);
	return private_kib();
}

/* From the very start: what pqs remembers of a thousand
 * reloads is in it too. */
START_TEST(a_thousand_reloads_leave_no_memory_behind)
{
	long before, after, others;

	begin();
	before = private_kib_at_rest();
	most_tasks = 0;
	note_tasks();
	others = (long)most_tasks;
	for (unsigned i = 0; i < RELOADS; i++)
		reload_once(2 + i);
	after = private_kib_at_rest();
	tell("private dirty memory of the core: %ld KiB with %ld tasks, after "
	     "%d reloads %ld KiB with %ld", before, others, RELOADS, after,
	     (long)most_tasks);
	others = ((long)most_tasks - others) * ROW_KIB;
	if (!KEEPS_WHAT_IS_FREED)
		ck_assert_int_le(after - before, GROWN_KIB + others);
	ck_assert_int_eq(status_number("reloads"), RELOADS);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, getenv("PQS_RELOADS") != NULL ? 7200 : 480);
	tcase_add_test(c,
	    no_exec_is_missed_in_a_storm_of_them_while_rules_change);
	tcase_add_test(c, a_thousand_reloads_leave_no_memory_behind);
	return run_case(c, "storm");
}
