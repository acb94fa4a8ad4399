/* test_main_thread.c -- the main thread of a process has a verdict of its own.
 *
 * Every value is read back from the kernel. */

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "acting.h"
#include "running.h"

/* SCHED_DEADLINE; its children are ordinary. */
#define DEADLINE (6 | SCHED_RESET_ON_FORK)

static struct running r;
static struct actor   a;

static void clear(void)
{
	if (a.pid > 0)
		actor_end(&a);
	a.pid = 0;
	running_clear(&r);
}

/* nice 5 for all, and for the main thread 2 and another class. */
static const char both[] =
	"rule \"all\" { match = process { name = \"e2emain\" },"
	" want = { nice = 5 } }\n"
	"rule \"main\" { match = thread { main = true,"
	" of = process { name = \"e2emain\" } },"
	" want = { nice = 2, sched = \"batch\" } }\n";

static const char alone[] =
	"rule \"main\" { match = thread { main = true,"
	" of = process { name = \"e2emain\" } },"
	" want = { nice = 2, sched = \"batch\" } }\n";

static void begin(const char *rules)
{
	const struct casting plain = { 0 };

	running_prepare(&r, rules, "");
	running_start(&r, 0);
	a = actor_start(program_make(&r, "e2emain"), &plain);
}

/* The youngest thread that is not the main one; 0: there is none. */
static pid_t other_thread(void)
{
	char           path[64];
	struct dirent *e;
	pid_t          found = 0;
	DIR           *d;

	snprintf(path, sizeof path, "/proc/%d/task", (int)a.pid);
	d = opendir(path);
	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		if (atoi(e->d_name) > found && atoi(e->d_name) != a.pid)
			found = atoi(e->d_name);
	closedir(d);
	return found;
}

static bool has(pid_t tid, int nice, int sched)
{
	return nice_of(tid) == nice && sched_of(tid) == sched;
}

START_TEST(it_is_changed_alone_and_its_process_as_before)
{
	pid_t before, after;

	begin(both);
	ck_assert_int_eq(actor_does(&a, "servant e2eone"), 0);
	before = other_thread();
	ck_assert(EVENTUALLY(has(a.pid, 2, SCHED_BATCH)));
	ck_assert_int_eq(actor_does(&a, "threads 1"), 1);
	after = other_thread();
	ck_assert_int_ne(after, before);
	ck_assert(EVENTUALLY(has(before, 5, SCHED_OTHER)));
	ck_assert(EVENTUALLY(has(after, 5, SCHED_OTHER)));
	ck_assert(running_says(&r, "main"));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(has(a.pid, 0, SCHED_OTHER));
	ck_assert(has(before, 0, SCHED_OTHER));
	ck_assert(has(after, 0, SCHED_OTHER));
}
END_TEST

START_TEST(who_is_born_of_it_has_its_own_verdict_or_origin)
{
	char  who[64];
	pid_t thread, child;

	begin(alone);
	ck_assert(EVENTUALLY(has(a.pid, 2, SCHED_BATCH)));
	snprintf(who, sizeof who, "[%d/%d]", (int)a.pid, (int)a.pid);
	ck_assert(running_says(&r, who));
	ck_assert_int_eq(actor_does(&a, "threads 1"), 1);
	thread = other_thread();
	ck_assert(EVENTUALLY(has(thread, 0, SCHED_OTHER)));
	/* Its main thread is that of a process of that name too. */
	child = (pid_t)actor_does(&a, "fork");
	ck_assert(EVENTUALLY(has(child, 2, SCHED_BATCH)));
	kill(child, SIGKILL);
	child = (pid_t)actor_does(&a, "fork %s", program_make(&r, "e2eother"));
	ck_assert(EVENTUALLY(has(child, 0, SCHED_OTHER)));
	ck_assert(has(a.pid, 2, SCHED_BATCH));
	kill(child, SIGKILL);
	ck_assert_int_eq(actor_does(&a, "reap"), 2);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(has(a.pid, 0, SCHED_OTHER));
}
END_TEST

START_TEST(it_goes_back_when_all_were_killed)
{
	pid_t thread, born, child;

	begin(both);
	ck_assert_int_eq(actor_does(&a, "threads 1"), 1);
	thread = other_thread();
	ck_assert(EVENTUALLY(has(a.pid, 2, SCHED_BATCH)));
	ck_assert(EVENTUALLY(has(thread, 5, SCHED_OTHER)));
	running_kill(&r);
	ck_assert_int_eq(actor_does(&a, "threads 1"), 2);
	born = other_thread();
	child = (pid_t)actor_does(&a, "fork");
	ck_assert(has(born, 2, SCHED_BATCH));
	ck_assert(has(child, 2, SCHED_BATCH));
	ck_assert_int_eq(running_undo(&r), 0);
	ck_assert(has(a.pid, 0, SCHED_OTHER));
	ck_assert(has(thread, 0, SCHED_OTHER));
	ck_assert(has(born, 0, SCHED_OTHER));
	ck_assert(has(child, 0, SCHED_OTHER));
	kill(child, SIGKILL);
	ck_assert_int_eq(actor_does(&a, "reap"), 1);
}
END_TEST

START_TEST(a_program_of_one_thread_has_a_deadline_and_bears_children)
{
	pid_t child;

	begin("rule \"rt\" { match = thread { main = true,"
	      " of = process { name = \"e2emain\" } }, want = { realtime = {"
	      " period = \"100ms\", computation = \"1ms\","
	      " constraint = \"100ms\" } } }\n"
	      "rule \"all\" { match = process { name = \"e2emain\" },"
	      " want = { oom_score_adj = 77 } }\n");
	ck_assert(EVENTUALLY(sched_of(a.pid) == DEADLINE));
	ck_assert(EVENTUALLY(oom_of(a.pid) == 77));
	child = (pid_t)actor_does(&a, "fork %s", program_make(&r, "e2eother"));
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(sched_of(child), SCHED_OTHER);
	kill(child, SIGKILL);
	ck_assert_int_eq(actor_does(&a, "reap"), 1);
	running_kill(&r);
	ck_assert_int_eq(sched_of(a.pid), DEADLINE);
	ck_assert_int_eq(running_undo(&r), 0);
	ck_assert(has(a.pid, 0, SCHED_OTHER));
}
END_TEST

START_TEST(a_deadline_comes_and_goes_with_its_rule)
{
	begin("rule \"rt\" { match = thread { name = \"fast\","
	      " of = process { name = \"e2emain\" } }, want = { realtime = {"
	      " period = \"100ms\", computation = \"1ms\","
	      " constraint = \"100ms\" } } }\n"
	      "rule \"all\" { match = process { name = \"e2emain\" },"
	      " want = { nice = 5 } }\n");
	ck_assert(EVENTUALLY(nice_of(a.pid) == 5));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(actor_does(&a, "rename fast"), 0);
		ck_assert(EVENTUALLY(sched_of(a.pid) == DEADLINE));
		ck_assert_int_eq(actor_does(&a, "rename slow"), 0);
		ck_assert(EVENTUALLY(has(a.pid, 5, SCHED_OTHER)));
	}
	ck_assert_int_eq(actor_does(&a, "rename fast"), 0);
	ck_assert(EVENTUALLY(sched_of(a.pid) == DEADLINE));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(has(a.pid, 0, SCHED_OTHER));
}
END_TEST

START_TEST(it_goes_by_its_name)
{
	pid_t thread;

	begin("rule \"loop\" { match = thread { name = glob \"loop*\","
	      " of = process { name = \"e2emain\" } }, want = { nice = 7 } }\n");
	ck_assert_int_eq(actor_does(&a, "threads 1"), 1);
	thread = other_thread();
	ck_assert_int_eq(actor_does(&a, "rename loop-main"), 0);
	ck_assert(EVENTUALLY(nice_of(a.pid) == 7));
	ck_assert_int_eq(nice_of(thread), 0);
	ck_assert_int_eq(actor_does(&a, "rename calm"), 0);
	ck_assert(EVENTUALLY(nice_of(a.pid) == 0));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

START_TEST(its_exec_and_its_end_leave_nothing_behind)
{
	pid_t thread;

	begin(both);
	ck_assert(EVENTUALLY(has(a.pid, 2, SCHED_BATCH)));
	ck_assert_int_eq(actor_does(&a, "exec %s",
	                            program_make(&r, "e2eother")), 0);
	ck_assert(EVENTUALLY(has(a.pid, 0, SCHED_OTHER)));
	actor_end(&a);
	a = actor_start(program_make(&r, "e2emain"), &(struct casting){ 0 });
	ck_assert(EVENTUALLY(has(a.pid, 2, SCHED_BATCH)));
	ck_assert_int_eq(actor_does(&a, "threads 1"), 1);
	thread = other_thread();
	ck_assert(EVENTUALLY(has(thread, 5, SCHED_OTHER)));
	ck_assert_int_eq(actor_does(&a, "retire"), 0);
	ck_assert(EVENTUALLY(state_of(a.pid) == 'Z'));
	ck_assert(has(thread, 5, SCHED_OTHER));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(has(thread, 0, SCHED_OTHER));
}
END_TEST

START_TEST(explain_tells_its_verdict_apart)
{
	static char  explain[] = "explain", option[] = "--config";
	static char  config[128], number[32], rules[128];
	static char *words[] = { explain, option, config, number, rules, NULL };

	running_prepare(&r, both, "");
	a = actor_start(program_make(&r, "e2emain"), &(struct casting){ 0 });
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	snprintf(rules, sizeof rules, "%s/rules.lua", r.folder);
	snprintf(number, sizeof number, "%d/%d", (int)a.pid, (int)a.pid);
	ck_assert_int_eq(running_command(&r, words), 0);
	ck_assert_ptr_nonnull(strstr(r.text, "the main thread"));
	ck_assert_ptr_nonnull(strstr(r.text, "* main        true"));
	ck_assert_ptr_nonnull(strstr(r.text, "by main, now 0"));
	ck_assert_ptr_nonnull(strstr(r.text, "over nice = 5 by all"));
}
END_TEST

/* Of another process there is a thread of that number. */
START_TEST(a_thread_of_somebody_else_is_none_of_its)
{
	static char  explain[] = "explain", option[] = "--config";
	static char  config[128], number[32], rules[128];
	static char *words[] = { explain, option, config, number, rules, NULL };

	running_prepare(&r, both, "");
	a = actor_start(program_make(&r, "e2emain"), &(struct casting){ 0 });
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	snprintf(rules, sizeof rules, "%s/rules.lua", r.folder);
	snprintf(number, sizeof number, "%d/%d", (int)a.pid, (int)getpid());
	ck_assert_int_eq(running_command(&r, words), 4);
	ck_assert_ptr_nonnull(strstr(r.text, "there is no such task"));
}
END_TEST

START_TEST(the_log_tells_its_changes_apart)
{
	static char log[] = "log", option[] = "--config", config[128];
	static char *words[] = { log, option, config, NULL };
	static struct running other;
	char        main[64], process[64];

	begin(both);
	snprintf(main, sizeof main, "[%d/%d]", (int)a.pid, (int)a.pid);
	snprintf(process, sizeof process, "[%d]", (int)a.pid);
	ck_assert(EVENTUALLY(has(a.pid, 2, SCHED_BATCH)));
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	other.out = -1;
	ck_assert_int_eq(running_command(&other, words), 0);
	ck_assert_ptr_nonnull(strstr(other.text, main));
	ck_assert_ptr_nonnull(strstr(other.text, process));
	ck_assert_ptr_nonnull(strstr(strstr(other.text, main), "main\n"));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

START_TEST(explain_tells_why_it_was_refused)
{
	static char  explain[] = "explain", option[] = "--config";
	static char  config[128], number[32];
	static char *words[] = { explain, option, config, number, NULL };

	running_prepare(&r, "rule \"m\" { match = thread { main = true, of = "
	                "process { name = \"e2emain\" } }, want = { nice = 4, "
	                "oom_score_adj = 900 } }", "");
	a = actor_start(program_make(&r, "e2emain"), &(struct casting){ 0 });
	running_start(&r, 0);
	ck_assert(EVENTUALLY(nice_of(a.pid) == 4));
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	snprintf(number, sizeof number, "%d/%d", (int)a.pid, (int)a.pid);
	ck_assert_int_eq(running_command(&r, words), 0);
	ck_assert_msg(strstr(r.text, "not in force, unsupported (reaches the "
	                     "whole process)") != NULL, "%s", r.text);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	acting_begin(argc, argv);
	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, it_is_changed_alone_and_its_process_as_before);
	tcase_add_test(c, who_is_born_of_it_has_its_own_verdict_or_origin);
	tcase_add_test(c, it_goes_back_when_all_were_killed);
	tcase_add_test(c,
		a_program_of_one_thread_has_a_deadline_and_bears_children);
	tcase_add_test(c, a_deadline_comes_and_goes_with_its_rule);
	tcase_add_test(c, it_goes_by_its_name);
	tcase_add_test(c, its_exec_and_its_end_leave_nothing_behind);
	tcase_add_test(c, explain_tells_its_verdict_apart);
	tcase_add_test(c, a_thread_of_somebody_else_is_none_of_its);
	tcase_add_test(c, the_log_tells_its_changes_apart);
	tcase_add_test(c, explain_tells_why_it_was_refused);
	return run_case(c, "main thread");
}
