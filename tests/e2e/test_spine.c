/* test_spine.c -- a kernel event reaches a rule reaches a knob, for real.
 *
 * Every value is read back from the kernel.  All programs judged here are ours
 * and have names of their own, so nothing else on the machine is touched. */

#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "running.h"

static struct running r;

static void clear(void)
{
	running_clear(&r);
}

static int io(int io_class, int level)
{
	return io_class << IOPRIO_CLASS_SHIFT | level;
}

START_TEST(an_exec_changes_every_knob)
{
	const char *path;
	pid_t       pid;

	running_prepare(&r,
	    "rule \"all\" { match = process { name = \"e2eall\" }, want = {\n"
	    "  nice = 7, sched = \"batch\", ionice = \"best-effort:6\",\n"
	    "  affinity = \"0\", timer_slack = \"3ms\", oom_score_adj = 321 } }\n",
	    "");
	path = program_make(&r, "e2eall");
	running_start(&r, 0);
	pid = program_start(path, NULL, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 7));
	ck_assert(EVENTUALLY(sched_of(pid) == SCHED_BATCH));
	ck_assert(EVENTUALLY(ionice_of(pid) == io(IOPRIO_CLASS_BE, 6)));
	ck_assert(EVENTUALLY(alone_on_cpu(pid, 0)));
	ck_assert(EVENTUALLY(slack_of(pid) == 3000000));
	ck_assert(EVENTUALLY(oom_of(pid) == 321));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_int_eq(sched_of(pid), SCHED_OTHER);
	ck_assert_int_eq(ionice_of(pid), ionice_of(getpid()));
	ck_assert(!alone_on_cpu(pid, 0));
	ck_assert_int_eq(slack_of(pid), slack_of(getpid()));
	ck_assert_int_eq(oom_of(pid), oom_of(getpid()));
	program_end(pid);
}
END_TEST

START_TEST(what_runs_already_is_judged_at_the_start)
{
	pid_t pid;

	running_prepare(&r, "rule \"old\" { match = process { name = \"e2eold\" },"
	                    " want = { sched = \"fifo\", rt_priority = 3 } }", "");
	pid = program_start(program_make(&r, "e2eold"), NULL, 0);
	usleep(50000);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(sched_of(pid) == SCHED_FIFO));
	ck_assert_int_eq(rt_priority_of(pid), 3);
	ck_assert_int_eq(running_stop(&r, SIGINT), 0);
	ck_assert_int_eq(sched_of(pid), SCHED_OTHER);
	program_end(pid);
}
END_TEST

START_TEST(an_option_has_the_value_of_the_configuration)
{
	pid_t pid;

	running_prepare(&r,
	    "rule \"aside\" { match = process { name = \"e2easide\" },\n"
	    "  want = { nice = option (\"aside\", 3) } }\n",
	    "options: { aside: 7, elsewhere: 1 }\n");
	pid = program_start(program_make(&r, "e2easide"), NULL, 0);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 7));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	program_end(pid);
}
END_TEST

/* The thread of pid with that name, or 0. */
static pid_t thread_named(pid_t pid, const char *name)
{
	char  command[128];
	FILE *f;
	int   tid = 0;

	snprintf(command, sizeof command,
	         "grep -lx '%s' /proc/%d/task/*/comm | cut -d/ -f5", name,
	         (int)pid);
	f = popen(command, "r");
	if (fscanf(f, "%d", &tid) != 1)
		tid = 0;
	pclose(f);
	return tid;
}

START_TEST(a_thread_rule_changes_one_thread_and_not_its_siblings)
{
	const char *args[] = { "threads", "loop-a", "other-b", NULL };
	pid_t       pid, loop, other;

	running_prepare(&r,
	    "rule \"loop\" { match = thread { name = glob \"loop*\",\n"
	    "  of = process { name = \"e2ethr\" } }, want = { nice = 11 } }", "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2ethr"), args, 0);
	ck_assert(EVENTUALLY((loop = thread_named(pid, "loop-a")) != 0));
	ck_assert(EVENTUALLY((other = thread_named(pid, "other-b")) != 0));
	ck_assert(EVENTUALLY(nice_of(loop) == 11));
	ck_assert_int_eq(nice_of(other), 0);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(loop), 0);
	program_end(pid);
}
END_TEST

START_TEST(a_process_rule_changes_all_its_threads)
{
	const char *args[] = { "threads", "one", "two", NULL };
	pid_t       pid, one, two;

	running_prepare(&r, "rule \"p\" { match = process { name = \"e2eproc\" },"
	                    " want = { nice = 4, timer_slack = \"1ms\" } }", "");
	pid = program_start(program_make(&r, "e2eproc"), args, 0);
	ck_assert(EVENTUALLY((one = thread_named(pid, "one")) != 0));
	ck_assert(EVENTUALLY((two = thread_named(pid, "two")) != 0));
	ck_assert_int_eq(setpriority(PRIO_PROCESS, (id_t)two, 2), 0);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 4));
	ck_assert(EVENTUALLY(nice_of(one) == 4));
	ck_assert(EVENTUALLY(nice_of(two) == 4));
	ck_assert(EVENTUALLY(slack_of(two) == 1000000));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(one), 0);
	ck_assert_int_eq(nice_of(two), 2);      /* it differed before */
	program_end(pid);
}
END_TEST

static const char *copy_of_sleep(const char *name)
{
	static char path[160];
	char        command[400];

	snprintf(path, sizeof path, "%s/%s", r.folder, name);
	snprintf(command, sizeof command, "cp /bin/sleep '%s'", path);
	ck_assert_int_eq(system(command), 0);
	return path;
}

#define BURST 5000

static void burst_of_execs(const char *path)
{
	static pid_t pids[BURST];
	const char  *args[] = { "600", NULL };
	int          missed = 0;

	for (int i = 0; i < BURST; i++)
		pids[i] = program_start(path, args, 0);
	for (int i = 0; i < BURST; i++)
		missed += !EVENTUALLY(nice_of(pids[i]) == 6);
	for (int i = 0; i < BURST; i++)
		program_end(pids[i]);
	ck_assert_int_eq(missed, 0);
}

static const char burst_rule[] =
	"rule \"b\" { match = process { name = \"e2eburst\" },"
	" want = { nice = 6 } }";

START_TEST(five_thousand_execs_in_a_burst_are_all_seen)
{
	running_prepare(&r, burst_rule, "");
	running_start(&r, 0);
	burst_of_execs(copy_of_sleep("e2eburst"));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

START_TEST(an_overrun_of_a_tiny_buffer_converges)
{
	running_prepare(&r, burst_rule,
	                "events: { buffer: 4KiB, fifo_priority: 0 }\n");
	running_start(&r, 0);
	burst_of_execs(copy_of_sleep("e2eburst"));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_ptr_nonnull(strstr(r.text, "lost"));
}
END_TEST

static void next_pid(pid_t pid)
{
	FILE *f = fopen("/proc/sys/kernel/ns_last_pid", "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "%d", (int)pid - 1);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(a_stranger_with_a_reused_pid_is_not_hit)
{
	const char *wanted, *stranger;
	pid_t       pid, again = 0;

	running_prepare(&r, "rule \"w\" { match = process { name = \"e2ewant\" },"
	                    " want = { nice = 9 } }", "");
	wanted = program_make(&r, "e2ewant");
	stranger = program_make(&r, "e2estranger");
	running_start(&r, 0);
	for (int i = 0; i < 50 && again != -1; i++) {
		pid = program_start(wanted, NULL, 0);
		if (i == 0)
			ck_assert(EVENTUALLY(nice_of(pid) == 9));
		program_end(pid);
		next_pid(pid);
		again = program_start(stranger, NULL, 0);
		if (again == pid && i > 10) {
			usleep(200000);
			ck_assert_int_eq(nice_of(again), 0);
			program_end(again);
			again = -1;     /* shown */
			break;
		}
		program_end(again);
	}
	ck_assert_msg(again == -1, "the kernel never gave the pid again");
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

START_TEST(a_worker_that_never_execs_is_judged)
{
	const char *args[] = { "fork", NULL };
	pid_t       pid, child;

	running_prepare(&r,
	    "rule \"main\" { match = process { name = \"e2esrv\" }, tag = \"srv\","
	    " want = { nice = 3 } }\n"
	    "rule \"worker\" { match = process { name = \"e2esrv\","
	    " parent = process { tag = \"srv\" } }, want = { nice = 13 } }", "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2esrv"), args, 0);
	ck_assert(EVENTUALLY((child = only_child_of(pid)) > 0));
	ck_assert(EVENTUALLY(nice_of(child) == 13));
	ck_assert_int_eq(nice_of(pid), 3);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(child), 0);
	kill(child, SIGKILL);
	program_end(pid);
}
END_TEST

START_TEST(an_endless_function_costs_nothing_but_its_own_opinion)
{
	pid_t pid, other;

	running_prepare(&r,
	    "rule \"endless\" { match = process { name = \"e2eend\" },"
	    " want = function (p) while true do end end }\n"
	    "rule \"good\" { match = process { name = \"e2egood\" },"
	    " want = function (p) return { nice = p.uid == 0 and 4 or 5 } end }\n"
	    "rule \"constant\" { match = process { name = \"e2eend\" },"
	    " want = { nice = 12 } }", "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2eend"), NULL, 0);
	other = program_start(program_make(&r, "e2egood"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 12));
	ck_assert(EVENTUALLY(nice_of(other) == 4));
	ck_assert(running_says(&r, "\"endless\""));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	program_end(pid);
	program_end(other);
}
END_TEST

START_TEST(a_killed_worker_is_replaced_and_constants_go_on)
{
	pid_t worker, pid, asked;

	running_prepare(&r,
	    "rule \"f\" { match = process { name = \"e2efun\" },"
	    " want = function (p) return { nice = 4 } end }\n"
	    "rule \"c\" { match = process { name = \"e2econ\" },"
	    " want = { nice = 12 } }", "");
	running_start(&r, 0);
	worker = running_find_worker(&r);
	ck_assert_int_gt(worker, 0);
	kill(worker, SIGKILL);
	pid = program_start(program_make(&r, "e2econ"), NULL, 0);
	asked = program_start(program_make(&r, "e2efun"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 12));
	ck_assert(EVENTUALLY(nice_of(asked) == 4));
	ck_assert_int_ne(running_find_worker(&r), worker);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	program_end(pid);
	program_end(asked);
}
END_TEST

START_TEST(slow_facts_reach_rules)
{
	const char *yes[] = { "sleep", "--role=crawler", NULL };
	const char *no[] = { "sleep", "--role=none", NULL };
	const char *path;
	pid_t       a, b;

	running_prepare(&r, "rule \"args\" { match = process { name = \"e2eargs\","
	                    " args = \"--role=crawler\" }, want = { nice = 14 } }",
	                "");
	path = program_make(&r, "e2eargs");
	running_start(&r, 0);
	a = program_start(path, yes, 0);
	b = program_start(path, no, 0);
	ck_assert(EVENTUALLY(nice_of(a) == 14));
	ck_assert_int_eq(nice_of(b), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	program_end(a);
	program_end(b);
}
END_TEST

START_TEST(a_broken_rule_file_stops_the_start_with_file_and_line)
{
	char place[128];
	int  status;

	running_prepare(&r, "rule \"x\" {\n  match = process { name = \"x\" },\n"
	                    "  wnat = { nice = 1 },\n}\n", "");
	running_launch(&r, 0);
	ck_assert_int_eq(waitpid(r.keeper, &status, 0), r.keeper);
	r.keeper = 0;
	ck_assert(running_says(&r, "wnat"));
	snprintf(place, sizeof place, "%s/rules.lua:", r.folder);
	ck_assert_ptr_nonnull(strstr(r.text, place));
	ck_assert_ptr_nonnull(strstr(r.text, "'want'"));
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

START_TEST(without_root_it_works_on_ones_own_processes)
{
	const uid_t nobody = 65534;
	const char *path;
	pid_t       mine, theirs;

	running_prepare(&r, "rule \"m\" { match = process { name = \"e2emine\" },"
	                    " want = { oom_score_adj = 500, nice = 3 } }",
	                "events: { poll: 50ms }\n");
	path = program_make(&r, "e2emine");
	running_start(&r, nobody);
	mine = program_start(path, NULL, nobody);
	theirs = program_start(path, NULL, 0);
	ck_assert(EVENTUALLY(oom_of(mine) == 500));
	ck_assert_int_ne(oom_of(theirs), 500);
	/* nice could not be put back without root, and it says so */
	ck_assert(running_says(&r, "cannot be put back"));
	ck_assert_int_eq(nice_of(mine), 0);
	running_stop(&r, SIGTERM);
	ck_assert_int_eq(oom_of(mine), oom_of(getpid()));
	program_end(mine);
	program_end(theirs);
}
END_TEST

START_TEST(what_is_protected_is_left_alone)
{
	struct sched_param p = { .sched_priority = 2 };
	const char        *path;
	pid_t              realtime, plain;

	running_prepare(&r,
	    "rule \"all\" { match = process { name = {\n"
	    "  \"pqs\", \"pqs-rules\", \"e2ert\", \"kthreadd\" } },\n"
	    "  want = { timer_slack = \"77us\" } }\n"
	    "rule \"first\" { match = process { pid = { 1, 2 } },\n"
	    "  want = { timer_slack = \"77us\" } }\n"
	    "rule \"f\" { match = process { name = \"e2ert\" },\n"
	    "  want = function () return { oom_score_adj = 7 } end }\n", "");
	path = program_make(&r, "e2ert");
	realtime = program_start(path, NULL, 0);
	ck_assert_int_eq(sched_setscheduler(realtime, SCHED_FIFO, &p), 0);
	plain = program_start(path, NULL, 0);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(slack_of(plain) == 77000 && oom_of(plain) == 7));
	ck_assert_int_ne(slack_of(1), 77000);
	ck_assert_int_ne(slack_of(2), 77000);
	ck_assert_int_ne(oom_of(realtime), 7);
	ck_assert_int_ne(slack_of(r.core), 77000);
	ck_assert_int_ne(slack_of(r.keeper), 77000);
	ck_assert_int_ne(slack_of(running_find_worker(&r)), 77000);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	program_end(realtime);
	program_end(plain);
}
END_TEST

START_TEST(the_program_has_no_lua_in_it)
{
	ck_assert_int_ne(system("ldd " PQS_BUILD "/pqs | grep -qi lua"), 0);
	ck_assert_int_eq(system("ldd " PQS_BUILD "/pqs | grep -q libyaml"), 0);
	ck_assert_int_ne(system("grep -q 'LuaVersion' " PQS_BUILD "/pqs"), 0);
}
END_TEST

START_TEST(explain_says_who_won_who_lost_and_what_is_known)
{
	static char explain[] = "explain", option[] = "--config";
	static char config[128], number[16], rules[128];
	static char *words[] = { explain, option, config, number, rules, NULL };
	const char  *args[] = { "sleep", "--mark", NULL };
	pid_t        pid;

	running_prepare(&r,
	    "rule \"high\" { match = process { name = \"e2eexp\" }, priority = 1,"
	    " want = function (p) return { nice = 9 } end }\n"
	    "rule \"low\" { match = process { name = \"e2eexp\" },"
	    " want = { nice = 3 } }\n"
	    "rule \"off\" { match = process { name = \"e2eexp\" },"
	    " when = host { memory_pressure = \"critical\" },"
	    " want = { nice = 19 } }\n"
	    "rule \"work\" { match = process { name = \"e2eexp\" },"
	    " when = host { cpu = at_least \"0%\" },"
	    " want = { timer_slack = \"70us\" } }\n"
	    "rule \"more\" { match = process { name = \"e2eexp\" },"
	    " want = { precedence = 3, affinity = \"llc:99\" } }\n",
	    "");
	pid = program_start(program_make(&r, "e2eexp"), args, 0);
	ck_assert(EVENTUALLY(program_ready(pid)));
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	snprintf(number, sizeof number, "%d", (int)pid);
	snprintf(rules, sizeof rules, "%s/rules.lua", r.folder);
	ck_assert_int_eq(running_command(&r, words), 0);
	ck_assert_ptr_nonnull(strstr(r.text, "sleep | --mark"));
	ck_assert_ptr_nonnull(strstr(r.text, "by high, now 0"));
	ck_assert_ptr_nonnull(strstr(r.text, "over nice = 3 by low"));
	ck_assert_ptr_nonnull(strstr(r.text, "its 'when' does not hold"));
	ck_assert_ptr_nonnull(strstr(r.text, "  * host.cpu = "));
	ck_assert_ptr_null(strstr(r.text, "host.cpu = (unreadable)"));
	ck_assert_ptr_nonnull(strstr(r.text, "by work"));
	ck_assert_ptr_nonnull(strstr(r.text, "by more, "
	    "unsupported (is for single threads: match = thread { })"));
	ck_assert_ptr_nonnull(strstr(r.text, "llc:99         by more, "
	    "unsupported (there is no last-level cache of that number "));
	ck_assert_int_eq(nice_of(pid), 0);
	program_end(pid);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, an_exec_changes_every_knob);
	tcase_add_test(c, what_runs_already_is_judged_at_the_start);
	tcase_add_test(c, an_option_has_the_value_of_the_configuration);
	tcase_add_test(c, a_thread_rule_changes_one_thread_and_not_its_siblings);
	tcase_add_test(c, a_process_rule_changes_all_its_threads);
	tcase_add_test(c, five_thousand_execs_in_a_burst_are_all_seen);
	tcase_add_test(c, an_overrun_of_a_tiny_buffer_converges);
	tcase_add_test(c, a_stranger_with_a_reused_pid_is_not_hit);
	tcase_add_test(c, a_worker_that_never_execs_is_judged);
	tcase_add_test(c, an_endless_function_costs_nothing_but_its_own_opinion);
	tcase_add_test(c, a_killed_worker_is_replaced_and_constants_go_on);
	tcase_add_test(c, slow_facts_reach_rules);
	tcase_add_test(c, a_broken_rule_file_stops_the_start_with_file_and_line);
	tcase_add_test(c, without_root_it_works_on_ones_own_processes);
	tcase_add_test(c, what_is_protected_is_left_alone);
	tcase_add_test(c, the_program_has_no_lua_in_it);
	tcase_add_test(c, explain_says_who_won_who_lost_and_what_is_known);
	return run_case(c, "spine");
}
