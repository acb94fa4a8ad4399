/* test_kills.c -- pqs is killed at any moment, and every value goes back.
 *
 * Processes that fork, rename themselves and have threads are kept changing
 * while pqs runs, in pools and out of them, and its rules are read again; then
 * some or all of it is killed, and the keeper, "pqs undo" or the next start has
 * to put everything back.  PQS_KILLS says how often. */

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../suite.h"
#include "acting.h"
#include "running.h"
#include "values.h"

#define CAST      5
#define THREADS   4                     /* of each, beside the first          */
#define SCHED_DEADLINE_POLICY 6         /* no header of the C library has it  */

static struct running r;
static struct actor   cast[CAST];
static struct values  first[CAST][1 + THREADS];
static char           own_group[64] = "/";      /* of this pqs: "/pqs-..." */
static unsigned       seed;
static int            changed;          /* rounds in which something was      */
static int            timely;           /* in which a thread was in real time */
static int            firm;             /* in which a main thread had its own */

/* Each has its own reason to change, and to change again soon.  The cast of
 * another test like this is not ours. */
static const char rules[] =
	"local mine = glob \"%s/*\"\n"
	"pool \"e2edies\" { weight = 50, cpu_limit = \"6 cores\" }\n"
	"pool \"e2eheirs\" { weight = 30, per = \"uid\" }\n"
	"rule \"hot\" { match = process { name =\n"
	"  glob \"e2edies*\", exe = mine, comm = \"hot\" }, tag = \"hot\",\n"
	"  want = { nice = 7, sched = \"batch\", ionice = \"idle\",\n"
	"    timer_slack = \"3ms\", oom_score_adj = 321 } }\n"
	"rule \"cold\" { match = process { name = glob \"e2edies*\",\n"
	"  exe = mine },\n"
	"  except = process { comm = \"hot\" },\n"
	"  want = { nice = 12, affinity = \"0\", cpu_time = \"100h\" } }\n"
	"rule \"still\" { match = process { name = \"e2edies4\", exe = mine },\n"
	"  when = host { running = \"hot\" }, want = { freeze = true } }\n"
	"rule \"slow\" { match = process { name = \"e2edies3\", exe = mine },\n"
	"  want = { cpu_limit = \"50%\" } }\n"
	"rule \"renamed\" { on = rename { name = glob \"e2edies*\",\n"
	"  exe = mine }, want = { autogroup_nice = 3, nice = 9 }, keep = \"50ms\" }\n"
	"rule \"pooled\" { match = process { name = \"e2edies1\",\n"
	"  exe = mine, comm = \"hot\" }, want = { pool = \"e2edies\" } }\n"
	"rule \"heirs\" { match = process { name = \"e2edies2\",\n"
	"  exe = mine }, want = { pool = \"e2eheirs\" } }\n"
	"rule \"timely\" { match = thread { name = \"e2edies0\",\n"
	"  main = false, of = process { exe = mine, comm = \"hot\" } },\n"
	"  want = { realtime = { period = \"100ms\",\n"
	"    computation = \"1ms\", constraint = \"50ms\" } } }\n"
	"rule \"first\" { match = thread { main = true,\n"
	"  of = process { name = \"e2edies3\", exe = mine } },\n"
	"  want = { nice = %d, timer_slack = \"2ms\" } }\n"
	"rule \"firm\" { match = process { name = \"e2edies2\",\n"
	"  exe = mine }, insist = true, want = { ionice = \"idle\" } }\n"
	"rule \"asked\" { match = process { name = \"e2edies1\", exe = mine },\n"
	"  want = function (p) return { slice = p.comm == \"hot\" and\n"
	"    \"5ms\" or \"2ms\" } end }\n";

static const char no_rules[] =
	"rule \"none\" { match = process { name = \"e2enobody\" },"
	" want = { nice = 1 } }";

static int any(int below)
{
	return below <= 0 ? 0 : (int)(random() % below);
}

/* What is below the top of each tree of control groups, as it is told of who is
 * in it. */
static void note_own_group(const char *groups)
{
	const char *at = strstr(groups, ":/pqs-");

	if (at != NULL)
		(void)sscanf(at + 2, "%62[^/\n]", own_group + 1);
}

static void find_own_group(void)
{
	static struct values v;

	for (int i = 0; i < CAST && own_group[1] == '\0'; i++)
		if (values_read(cast[i].pid, cast[i].pid, &v))
			note_own_group(v.groups);
}

/* Who was killed while it ran leaves the empty top of its tree. */
static bool is_left(const char *path, bool killed)
{
	struct dirent *d = NULL;
	DIR           *top = opendir(path);
	bool           inside = false;

	if (top == NULL)
		return false;
	while (!inside && (d = readdir(top)) != NULL)
		inside = d->d_type == DT_DIR && d->d_name[0] != '.';
	closedir(top);
	return inside || !killed;
}

static bool no_group_is_left(bool killed)
{
	char  line[1024], folder[256], type[64], path[400];
	FILE *f = fopen("/proc/self/mounts", "r");
	bool  left = false;

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (sscanf(line, "%*s %255s %63s", folder, type) != 2 ||
		    strncmp(type, "cgroup", 6) != 0)
			continue;
		snprintf(path, sizeof path, "%s%s", folder, own_group);
		left |= own_group[1] != '\0' && is_left(path, killed);
	}
	if (f != NULL)
		fclose(f);
	return !left;
}

/* A thread that was there at the start has its own values; whatever was born
 * since has those of the first. */
static const struct values *origin_of(int member, pid_t tid)
{
	for (int i = 0; i <= THREADS; i++)
		if (first[member][i].tid == tid)
			return &first[member][i];
	return &first[member][0];
}

static bool all_is_back(char *ret_why, size_t size)
{
	static struct troupe t;

	for (int i = 0; i < CAST; i++) {
		t.count = 0;
		meet(&t, cast[i].pid);
		ck_assert_uint_lt(t.count, TASKS_MAX);
		for (size_t k = 0; k < t.count; k++) {
			const char *what = first_difference(&t.task[k],
			        origin_of(i, t.task[k].tid));

			if (what == NULL)
				continue;
			snprintf(ret_why, size, "task %d of %d: %s",
			         (int)t.task[k].tid, (int)cast[i].pid, what);
			return false;
		}
	}
	return true;
}

static void raise_cast(void)
{
	static const char *const names[CAST] = { "e2edies0", "e2edies1",
		"e2edies2", "e2edies3", "e2edies4" };
	static struct troupe t;

	for (int i = 0; i < CAST; i++) {
		cast[i] = actor_start(program_make(&r, names[i]), NULL);
		actor_does(&cast[i], "threads %d", THREADS);
		if (i == 2)
			actor_does(&cast[i], "nice -3");
		t.count = 0;
		meet(&t, cast[i].pid);
		ck_assert_uint_eq(t.count, 1 + THREADS);
		/* One of its threads is unlike the others. */
		ck_assert_int_eq(setpriority(PRIO_PROCESS,
		                             (id_t)t.task[2].tid, 5), 0);
		t.count = 0;
		meet(&t, cast[i].pid);
		memcpy(first[i], t.task, sizeof first[i]);
	}
}

static void put_rules(const char *text)
{
	char path[128], filled[4096];
	int  n = snprintf(filled, sizeof filled, text, r.folder, 14 + any(3));

	ck_assert_int_lt(n, (int)sizeof filled);
	snprintf(path, sizeof path, "%s/rules.lua", r.folder);
	put_text(path, filled);
}

/* With another number in them, if they are read at all before the end. */
static void reload(void)
{
	put_rules(rules);
	kill(r.keeper, SIGHUP);
}

/* The last one may stand still, so nothing is asked of it. */
static void stir(void)
{
	struct actor *a = &cast[any(CAST - 1)];

	if (any(12) == 0)
		reload();
	switch (any(4)) {
	case 0:
		actor_does(a, "fork");
		break;
	case 1:
		actor_does(a, "rename cold");
		break;
	default:
		actor_does(a, "rename hot");
	}
	usleep((useconds_t)any(4000));
}

static void end_children(void)
{
	static struct troupe t;

	for (int i = 0; i < CAST; i++) {
		t.count = 0;
		meet(&t, cast[i].pid);
		for (size_t k = 0; k < t.count; k++)
			if (origin_of(i, t.task[k].tid)->tid !=
			    t.task[k].tid)
				kill(t.task[k].tid, SIGKILL);
		if (i < CAST - 1)
			actor_does(&cast[i], "reap");
	}
}

static void undo_killed_on_its_way(void)
{
	pid_t pid = fork();
	char  config[128];

	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	if (pid == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL)
			_exit(96);
		execl(PQS_BUILD "/pqs", "pqs", "undo", "--config", config,
		      (char *)NULL);
		_exit(97);
	}
	usleep((useconds_t)any(15000));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A keeper that ends of itself will never have one. */
static void find_core(void)
{
	while ((r.core = running_find_core(&r)) == 0) {
		if (waitpid(r.keeper, NULL, WNOHANG) != 0) {
			r.keeper = 0;
			running_says(&r, "all that it had to say");
			ck_abort_msg("pqs has ended: %s", r.text);
		}
		usleep(100);
	}
}

static bool is_timely(pid_t tid)
{
	int policy = sched_of(tid) & ~SCHED_RESET_ON_FORK;

	return policy == SCHED_FIFO || policy == SCHED_DEADLINE_POLICY;
}

/* Of what only some have, so that it is known to have been there. */
static void note_what_is(void)
{
	bool any_timely = false;

	for (int k = 1; k <= THREADS; k++)
		any_timely |= is_timely(first[0][k].tid);
	timely += any_timely;
	firm += nice_of(cast[3].pid) != nice_of(first[3][1].tid);
	find_own_group();
}

static void by_the_next_start(void)
{
	running_kill(&r);
	put_rules(no_rules);
	running_start(&r, 0);
	running_kill(&r);               /* so it is not its end that undoes   */
	put_rules(rules);
}

/* The last of what it said, as much as a message holds. */
static const char *said(void)
{
	return r.text + (r.used > 2000 ? r.used - 2000 : 0);
}

static void undo_all(void)
{
	int code = running_undo(&r);

	ck_assert_msg(code == 0, "seed %u: undo ended with %d:\n%s", seed, code,
	              said());
}

static void by_undo(void)
{
	running_kill(&r);
	undo_all();
}

static void by_the_second_undo(void)
{
	running_kill(&r);
	undo_killed_on_its_way();
	undo_all();
}

static void by_the_keeper(void)
{
	kill(r.core, SIGKILL);
	running_stop(&r, SIGTERM);
}

static void by_the_core(void)
{
	pid_t core = r.core;

	kill(r.keeper, SIGKILL);
	waitpid(r.keeper, NULL, 0);
	r.keeper = 0;
	ck_assert(EVENTUALLY(state_of(core) == '?' || state_of(core) == 'Z'));
}

static const struct {
	const char *name;
	void      (*restore)(void);
} ways[] = {
	{ "the next start", by_the_next_start },
	{ "undo", by_undo },
	{ "a second undo", by_the_second_undo },
	{ "the keeper", by_the_keeper },
	{ "the core", by_the_core },
};

/* Where it is in its life when it is killed is left to chance. */
static void kill_once(int round, int way)
{
	char why[128] = "";
	bool killed = ways[way].restore == by_the_next_start;
	int  deeds;

	running_launch(&r, 0);
	if (any(3) == 0)
		ck_assert(running_says(&r, "processes looked at"));
	find_core();
	for (deeds = any(40); deeds > 0; deeds--)
		stir();
	note_what_is();
	changed += !all_is_back(why, sizeof why);
	ways[way].restore();
	ck_assert_msg(EVENTUALLY(all_is_back(why, sizeof why)),
	              "seed %u, round %d, put back by %s: %s\n%s", seed, round,
	              ways[way].name, why, said());
	ck_assert_msg(EVENTUALLY(no_group_is_left(killed)),
	              "seed %u, round %d, put back by %s: %s is left", seed,
	              round, ways[way].name, own_group);
	end_children();
}

static void prepare(void)
{
	const char *said = getenv("PQS_KILLS_SEED");

	seed = said != NULL ? (unsigned)atoi(said) : (unsigned)time(NULL);
	srandom(seed);
	running_prepare(&r, NULL, "");
	put_rules(rules);
	raise_cast();
}

static void clear(void)
{
	for (int i = 0; i < CAST; i++)
		if (cast[i].pid > 0)
			actor_end(&cast[i]);
	if (r.keeper != 0)
		running_stop(&r, SIGTERM);
	running_undo(&r);               /* after a test that failed           */
	running_clear(&r);
}

START_TEST(whenever_it_is_killed_every_value_goes_back)
{
	const char *said = getenv("PQS_KILLS");
	int         rounds = said != NULL ? atoi(said) : 40;
	int         n = (int)(sizeof ways / sizeof *ways);

	for (int i = 0; i < rounds; i++)
		kill_once(i, i % n);
	ck_assert_int_gt(changed, rounds / 4);
	if (rounds >= 40) {
		ck_assert_int_gt(timely, 0);
		ck_assert_int_gt(firm, 0);
		ck_assert_int_ne(own_group[1], '\0');
	}
	if (said != NULL)
		fprintf(stderr, "%d kills, %d of them with something changed, "
		        "%d with a thread in real time: all undone; seed %u\n",
		        rounds, changed, timely, seed);
}
END_TEST

static bool stands_still(void)
{
	static struct values v;

	return values_read(cast[CAST - 1].pid, cast[CAST - 1].pid, &v) &&
	       (v.stopped || strstr(v.groups, "/freeze-") != NULL);
}

/* Neither of those who would thaw it is left to do so. */
START_TEST(nobody_is_left_standing_still)
{
	bool undone = _i == 0;
	char why[128] = "";

	actor_does(&cast[0], "rename hot");
	running_start(&r, 0);
	ck_assert(EVENTUALLY(stands_still()));
	find_own_group();
	if (undone)
		by_undo();
	else
		by_the_next_start();
	ck_assert_msg(EVENTUALLY(all_is_back(why, sizeof why)), "%s", why);
	ck_assert(!stands_still());
	ck_assert_int_ge(actor_does(&cast[CAST - 1], "reap"), 0);
	ck_assert(EVENTUALLY(no_group_is_left(!undone)));
	ck_assert_int_eq(running_undo(&r), 0);
	ck_assert(no_group_is_left(false));
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	acting_begin(argc, argv);
	program_main(argc, argv);
	tcase_add_checked_fixture(c, prepare, clear);
	tcase_set_timeout(c, 3600);
	tcase_add_loop_test(c, nobody_is_left_standing_still, 0, 2);
	tcase_add_test(c, whenever_it_is_killed_every_value_goes_back);
	return run_case(c, "kills");
}
