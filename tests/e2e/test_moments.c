/* test_moments.c -- what a moment sets off, what handlers do, and what is left
 * of it when somebody dies, on the real kernel.
 *
 * Every value is read back from the kernel.  All programs judged here are ours
 * and have names of their own, so nothing else on the machine is touched.  No
 * mains come and go here, and nobody tells pqs yet what has the focus. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acted.h"

/* Set off at a moment, and for that long. */
#define AT(moment, nice, keep) \
	"rule \"at " nice "\" { on = " moment ", want = { nice = " nice " }," \
	" keep = \"" keep "\" }\n"

START_TEST(a_start_a_birth_a_name_and_an_owner_set_off_for_a_while)
{
	struct actor exec, fork, rename, uid;
	double       began = seconds_now();
	pid_t        child;

	running_prepare(&r, AT("exec { name = \"e2eexec\" }", "5", "2s")
	                    AT("fork { name = \"e2efork\" }", "6", "2s")
	                    AT("rename { comm = \"e2enew\" }", "7", "2s")
	                    AT("uid { name = \"e2euid\", uid = 1 }", "8", "2s"),
	                "");
	fork = act_as("e2efork");
	rename = act_as("e2erename");
	uid = act_as("e2euid");
	actor_does(&uid, "calm");
	running_start(&r, 0);
	exec = act_as("e2eexec");
	ck_assert(EVENTUALLY(nice_of(exec.pid) == 5));
	child = (pid_t)actor_does(&fork, "fork");
	ck_assert(EVENTUALLY(nice_of(child) == 6));
	actor_does(&rename, "rename e2enew");
	ck_assert(EVENTUALLY(nice_of(rename.pid) == 7));
	ck_assert_int_eq(nice_of(fork.pid), 0);
	ck_assert_int_eq(nice_of(uid.pid), 0);
	actor_does(&uid, "uid 1");
	ck_assert(EVENTUALLY(nice_of(uid.pid) == 8));
	ck_assert(EVENTUALLY(nice_of(exec.pid) == 0));
	ck_assert(seconds_now() - began >= 2);
	ck_assert(EVENTUALLY(nice_of(child) == 0));
	ck_assert(EVENTUALLY(nice_of(rename.pid) == 0));
	ck_assert(EVENTUALLY(nice_of(uid.pid) == 0));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	kill(child, SIGKILL);
	actor_end(&exec);
	actor_end(&fork);
	actor_end(&rename);
	actor_end(&uid);
}
END_TEST

START_TEST(how_a_child_ended_is_its_parents_affair)
{
	const char  *path;
	struct actor parent;
	pid_t        child, other;

	running_prepare(&r,
	    "rule \"tag\" { match = process { name = \"e2edies\" },"
	    " tag = \"mortal\" }\n"
	    "rule \"killed\" { on = exit { tag = \"mortal\", signal = \"KILL\" },"
	    " to = parent, want = { nice = 5 }, keep = \"2s\" }\n"
	    "rule \"alarm\" { on = exit { tag = \"mortal\", signal = \"ALRM\" },"
	    " to = parent, want = { nice = 9 }, keep = \"2s\" }\n", "");
	running_start(&r, 0);
	parent = act_as("e2emother");
	path = program_make(&r, "e2edies");
	child = (pid_t)actor_does(&parent, "fork %s", path);
	other = (pid_t)actor_does(&parent, "fork %s", path);
	usleep(100000);
	kill(child, SIGTERM);
	usleep(100000);
	ck_assert_int_eq(nice_of(parent.pid), 0);
	kill(other, SIGKILL);
	ck_assert(EVENTUALLY(nice_of(parent.pid) == 5));
	ck_assert(EVENTUALLY(nice_of(parent.pid) == 0));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&parent);
}
END_TEST

/* The tree of one that ended are those that it left behind. */
START_TEST(what_is_left_behind_is_reached_by_how_its_root_ended)
{
	const char  *path;
	struct actor failed, fine;
	pid_t        left, other;

	running_prepare(&r,
	    "rule \"code\" { on = exit { name = \"e2ecode\", exit_code = 3 },"
	    " want = { nice = 5 }, to = tree, keep = \"2s\" }\n", "");
	running_start(&r, 0);
	failed = act_as("e2ecode");
	fine = act_as("e2ecode");
	path = program_make(&r, "e2ekid");
	left = (pid_t)actor_does(&failed, "orphan %s", path);
	other = (pid_t)actor_does(&fine, "fork %s", path);
	actor_does(&failed, "exit 3");
	actor_does(&fine, "exit 4");
	ck_assert(EVENTUALLY(nice_of(left) == 5));
	ck_assert_int_eq(nice_of(other), 0);
	ck_assert(EVENTUALLY(nice_of(left) == 0));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	kill(left, SIGKILL);
	kill(other, SIGKILL);
	actor_end(&failed);
	actor_end(&fine);
}
END_TEST

#define STORM 2000

START_TEST(a_storm_of_forks_is_set_off_one_and_all)
{
	static pid_t pids[STORM];
	struct actor a;

	running_prepare(&r, AT("fork { name = \"e2estorm\" }", "6", "1h"), "");
	running_start(&r, 0);
	a = act_as("e2estorm");
	for (int i = 0; i < STORM; i++)
		pids[i] = (pid_t)actor_does(&a, "fork");
	for (int i = 0; i < STORM; i++)
		ck_assert(EVENTUALLY(nice_of(pids[i]) == 6));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	for (int i = 0; i < STORM; i++)
		ck_assert_int_eq(nice_of(pids[i]), 0);
	for (int i = 0; i < STORM; i++)
		kill(pids[i], SIGKILL);
	ck_assert_int_eq(actor_does(&a, "reap"), STORM);
	actor_end(&a);
}
END_TEST

/* What it counts is in the core's keeping; its own memory is gone each time. */
static const char counting[] =
	"local seen = state \"seen\"\n"
	"rule \"count\" { match = process { name = \"e2ecount\" },\n"
	"  want = function (p) return { nice = seen.n or 0 } end }\n"
	"on \"timer\" { every = \"1s\", run = function (tasks, host, event)\n"
	"  seen.n = (seen.n or 0) + 1 end }\n";

START_TEST(a_handler_counts_on_when_the_worker_was_killed)
{
	struct actor a;
	pid_t        worker;
	int          before;

	running_prepare(&r, counting, "");
	running_start(&r, 0);
	a = act_as("e2ecount");
	ck_assert(EVENTUALLY(nice_of(a.pid) >= 2));
	before = nice_of(a.pid);
	worker = running_find_worker(&r);
	ck_assert_int_gt(worker, 0);
	kill(worker, SIGKILL);
	ck_assert(EVENTUALLY(nice_of(a.pid) != before));
	ck_assert_int_gt(nice_of(a.pid), before);
	ck_assert_int_ne(running_find_worker(&r), worker);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(a.pid), 0);
	actor_end(&a);
}
END_TEST

/* A function at work is not let go: the worker is stopped, so it never answers,
 * and killed in the middle of it. */
START_TEST(a_worker_that_dies_over_a_handler_is_not_its_end)
{
	struct actor a;
	pid_t        worker;
	int          before;

	running_prepare(&r, counting, "");
	running_start(&r, 0);
	a = act_as("e2ecount");
	ck_assert(EVENTUALLY(nice_of(a.pid) >= 1));
	worker = running_find_worker(&r);
	kill(worker, SIGSTOP);
	usleep(1500000);                /* the next turn came                 */
	before = nice_of(a.pid);
	kill(worker, SIGKILL);
	ck_assert(EVENTUALLY(nice_of(a.pid) > before));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&a);
}
END_TEST

START_TEST(a_handler_is_sent_those_that_its_selector_names)
{
	const char  *yes[] = { "--shy", NULL }, *no[] = { "--bold", NULL };
	const char  *path;
	struct actor shy, bold, busy, idle;

	running_prepare(&r,
	    "on \"timer\" { every = \"1s\",\n"
	    "  tasks = process { name = \"e2eshy\", args = \"--shy\" },\n"
	    "  run = function (tasks) for i = 1, #tasks do\n"
	    "    tasks[i]:want { nice = 5, keep = \"3s\" } end end }\n"
	    "on \"timer\" { every = \"1s\",\n"
	    "  tasks = process { name = glob \"e2ebus?\", cpu = above \"5%\" },\n"
	    "  run = function (tasks) for i = 1, #tasks do\n"
	    "    tasks[i]:want { nice = 6, keep = \"3s\" } end end }\n", "");
	running_start(&r, 0);
	path = program_make(&r, "e2eshy");
	shy = actor_start(path, &(struct casting){ .args = yes });
	bold = actor_start(path, &(struct casting){ .args = no });
	busy = act_as("e2ebusy");
	idle = act_as("e2ebusi");
	actor_does(&busy, "busy");
	ck_assert(EVENTUALLY(nice_of(shy.pid) == 5));
	ck_assert(EVENTUALLY(nice_of(busy.pid) == 6));
	ck_assert_int_eq(nice_of(bold.pid), 0);
	ck_assert_int_eq(nice_of(idle.pid), 0);
	actor_does(&busy, "calm");
	ck_assert(EVENTUALLY(nice_of(busy.pid) == 0));
	ck_assert_int_eq(nice_of(shy.pid), 5);  /* said again, it goes on     */
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&shy);
	actor_end(&bold);
	actor_end(&busy);
	actor_end(&idle);
}
END_TEST

/* Neither the arguments nor two looks at its work are there at the moment. */
START_TEST(a_handler_waits_for_what_takes_a_moment_to_know)
{
	const char  *yes[] = { "--shy", NULL };
	struct actor a, idle;

	running_prepare(&r,
	    "on \"reload\" {\n"
	    "  tasks = process { name = \"e2ewait\", cpu = above \"5%\" },\n"
	    "  run = function (tasks) for i = 1, #tasks do\n"
	    "    local p = tasks[i]\n"
	    "    if p.args[2] == \"--shy\" and p.io_rate == 0 then\n"
	    "      p:want { nice = 5, keep = \"60s\" } end end end }\n"
	    "on \"reload\" {\n"
	    "  tasks = process { name = \"e2ewait\", args = \"--shy\" },\n"
	    "  run = function (tasks) for i = 1, #tasks do\n"
	    "    tasks[i]:want { timer_slack = \"3ms\", keep = \"60s\" }\n"
	    "  end end }\n", "");
	a = actor_start(program_make(&r, "e2ewait"),
	                &(struct casting){ .args = yes });
	idle = act_as("e2ewait");
	actor_does(&idle, "calm");
	actor_does(&a, "busy");
	running_start(&r, 0);
	ck_assert(EVENTUALLY(nice_of(a.pid) == 5));
	ck_assert(EVENTUALLY(slack_of(a.pid) == 3000000));
	ck_assert_int_eq(nice_of(idle.pid), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(a.pid), 0);
	actor_end(&a);
	actor_end(&idle);
}
END_TEST

#define HOG_MIB 80

static void big_file(const char *path)
{
	char command[300];

	snprintf(command, sizeof command,
	         "dd if=/dev/zero of='%s' bs=1M count=%d conv=fsync status=none", path,
	         HOG_MIB);
	ck_assert_int_eq(system(command), 0);
}

/* A file that does not fit into what its group may have is read over and over:
 * that waits for memory, and nobody else does. */
START_TEST(pressure_of_memory_sets_off_its_handler)
{
	char         file[128], *group;
	struct actor hog, aside;

	running_prepare(&r,
	    "on \"memory_pressure\" { level = \"critical\",\n"
	    "  tasks = process { name = \"e2ememory\", rss = above \"1MiB\" },\n"
	    "  run = function (tasks, host, event)\n"
	    "    for i = 1, #tasks do tasks[i]:want {\n"
	    "      nice = event.level == \"critical\" and 9 or 1,\n"
	    "      keep = \"60s\" } end end }\n"
	    "rule \"aside\" { match = process { name = \"e2easide\" },\n"
	    "  when = host { memory_pressure = at_least \"warn\" },\n"
	    "  want = { timer_slack = \"3ms\" } }\n",
	    "memory_pressure: { warn: 0.05%, critical: 0.1% }\n");
	snprintf(file, sizeof file, "%s/big", r.folder);
	big_file(file);
	group = group_make_small("hog", "62914560");
	aside = act_as("e2easide");
	running_start(&r, 0);
	hog = actor_start(program_make(&r, "e2ememory"),
	                  &(struct casting){ .groups = { group } });
	ck_assert_int_eq(actor_does(&hog, "thrash %s", file), 0);
	ck_assert(EVENTUALLY(nice_of(hog.pid) == 9));
	ck_assert(EVENTUALLY(slack_of(aside.pid) == 3000000));
	actor_end(&hog);
	ck_assert(EVENTUALLY(slack_of(aside.pid) == slack_of(getpid())));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&aside);
}
END_TEST

static const char leases[] =
	"rule \"exec\" { on = exec { name = \"e2elease\" },"
	" want = { nice = 5 }, keep = \"1h\" }\n"
	"rule \"tree\" { match = process { name = \"e2elease\" }, to = tree,"
	" want = { timer_slack = \"3ms\" }, keep = \"1h\" }\n";

static bool is_original(pid_t pid)
{
	return nice_of(pid) == 0 && slack_of(pid) == slack_of(getpid());
}

START_TEST(what_leases_hold_is_put_back_at_the_end)
{
	struct actor a;
	pid_t        child;

	running_prepare(&r, leases, "");
	running_start(&r, 0);
	a = act_as("e2elease");
	child = (pid_t)actor_does(&a, "fork %s", program_make(&r, "e2ekid"));
	ck_assert(EVENTUALLY(nice_of(a.pid) == 5));
	ck_assert(EVENTUALLY(slack_of(child) == 3000000));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(is_original(a.pid));
	ck_assert(is_original(child));
	kill(child, SIGKILL);
	actor_end(&a);
}
END_TEST

/* The moment is long past for the core that comes after; what matches is not
 * past. */
START_TEST(a_killed_core_takes_its_leases_along)
{
	struct actor a;
	pid_t        child, dead;

	running_prepare(&r, leases, "");
	running_start(&r, 0);
	a = act_as("e2elease");
	child = (pid_t)actor_does(&a, "fork %s", program_make(&r, "e2ekid"));
	ck_assert(EVENTUALLY(nice_of(a.pid) == 5));
	ck_assert(EVENTUALLY(slack_of(child) == 3000000));
	dead = r.core;
	kill(dead, SIGKILL);
	ck_assert(EVENTUALLY(nice_of(a.pid) == 0));
	ck_assert(EVENTUALLY((r.core = running_find_core(&r)) > 0 &&
	                     r.core != dead));
	ck_assert(EVENTUALLY(slack_of(child) == 3000000));
	ck_assert_int_eq(nice_of(a.pid), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(is_original(a.pid));
	ck_assert(is_original(child));
	kill(child, SIGKILL);
	actor_end(&a);
}
END_TEST

/* Whether it is in the kernel, waiting for events, and how: the time is the
 * fourth argument of each. */
static bool waits(pid_t pid, bool with_end)
{
	unsigned long long argument = 0;
	char               path[64];
	long               call = -1;
	int                n = 0;
	FILE              *f;

	snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	n = fscanf(f, "%ld %*x %*x %*x %llx", &call, &argument);
	fclose(f);
	if (n != 2)
		return false;
	if (call == SYS_epoll_pwait2)
		return (argument != 0) == with_end;
#ifdef SYS_epoll_wait
	if (call == SYS_epoll_wait)
		call = SYS_epoll_pwait;
#endif
	return call == SYS_epoll_pwait && ((int)argument != -1) == with_end;
}

START_TEST(rules_that_nothing_sets_off_do_not_wake_the_core)
{
	struct actor a;

	running_prepare(&r,
	    "rule \"moment\" { on = exec { name = \"e2ewake\" },"
	    " want = { nice = 5 }, keep = \"2s\" }\n"
	    "rule \"tree\" { match = process { name = \"e2etree\" }, to = tree,"
	    " tag = \"tree\", want = { nice = 6 }, keep = \"1h\" }\n"
	    "rule \"drift\" { match = process { name = \"e2etree\", cpu ="
	    " above \"50%\", lasting = \"2s\" }, want = { nice = 7 } }\n"
	    "rule \"runs\" { match = process { name = \"e2ewake\", age ="
	    " above \"1s\" }, when = host { running = \"tree\" },"
	    " want = { nice = 8 } }\n", "");
	running_start(&r, 0);
	ck_assert(EVENTUALLY(waits(r.core, false)));
	a = act_as("e2ewake");
	ck_assert(EVENTUALLY(nice_of(a.pid) == 5));
	ck_assert(EVENTUALLY(waits(r.core, true)));
	ck_assert(EVENTUALLY(nice_of(a.pid) == 0));
	ck_assert(EVENTUALLY(waits(r.core, false)));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&a);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = acted_begin(argc, argv);

	tcase_add_test(c, a_start_a_birth_a_name_and_an_owner_set_off_for_a_while);
	tcase_add_test(c, how_a_child_ended_is_its_parents_affair);
	tcase_add_test(c, what_is_left_behind_is_reached_by_how_its_root_ended);
	tcase_add_test(c, a_storm_of_forks_is_set_off_one_and_all);
	tcase_add_test(c, a_handler_counts_on_when_the_worker_was_killed);
	tcase_add_test(c, a_worker_that_dies_over_a_handler_is_not_its_end);
	tcase_add_test(c, a_handler_is_sent_those_that_its_selector_names);
	tcase_add_test(c, a_handler_waits_for_what_takes_a_moment_to_know);
	tcase_add_test(c, pressure_of_memory_sets_off_its_handler);
	tcase_add_test(c, what_leases_hold_is_put_back_at_the_end);
	tcase_add_test(c, a_killed_core_takes_its_leases_along);
	tcase_add_test(c, rules_that_nothing_sets_off_do_not_wake_the_core);
	return acted_end(c, "moments");
}
