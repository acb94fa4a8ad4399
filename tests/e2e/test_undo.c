/* test_undo.c -- whatever pqs changed goes back, and what others changed stays.
 *
 * Every value is read back from the kernel. */

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "running.h"

static struct running r;

static void clear(void)
{
	running_clear(&r);
}

static const char undo_rule[] =
	"rule \"u\" { match = process { name = \"e2eundo\" },"
	" want = { nice = 8, ionice = \"idle\", sched = \"idle\" } }";

static bool is_original(pid_t pid)
{
	return nice_of(pid) == 0 && sched_of(pid) == SCHED_OTHER &&
	       ionice_of(pid) == ionice_of(getpid());
}

START_TEST(the_keeper_undoes_for_a_killed_core_and_starts_another)
{
	pid_t pid, dead;

	running_prepare(&r, undo_rule, "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2eundo"), NULL, 0);
	ck_assert(EVENTUALLY(sched_of(pid) == SCHED_IDLE && nice_of(pid) == 8));
	dead = r.core;
	kill(dead, SIGKILL);
	ck_assert(EVENTUALLY(is_original(pid)));
	/* and a new core judges it anew */
	ck_assert(EVENTUALLY((r.core = running_find_core(&r)) > 0 &&
	                     r.core != dead));
	ck_assert(EVENTUALLY(nice_of(pid) == 8));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(is_original(pid));
	program_end(pid);
}
END_TEST

START_TEST(undo_works_when_all_were_killed)
{
	pid_t pid;

	running_prepare(&r, undo_rule, "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2eundo"), NULL, 0);
	ck_assert(EVENTUALLY(sched_of(pid) == SCHED_IDLE && nice_of(pid) == 8));
	running_kill(&r);
	ck_assert_int_eq(nice_of(pid), 8);
	ck_assert_int_eq(running_undo(&r), 0);
	ck_assert(is_original(pid));
	ck_assert_int_eq(running_undo(&r), 0);
	program_end(pid);
}
END_TEST

START_TEST(the_next_start_undoes_when_all_were_killed)
{
	pid_t pid;

	running_prepare(&r, undo_rule, "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2eundo"), NULL, 0);
	ck_assert(EVENTUALLY(sched_of(pid) == SCHED_IDLE && nice_of(pid) == 8));
	running_kill(&r);
	ck_assert_int_eq(nice_of(pid), 8);
	running_start(&r, 0);
	ck_assert_ptr_nonnull(strstr(r.text, "put back"));
	ck_assert(EVENTUALLY(nice_of(pid) == 8));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(is_original(pid));
	program_end(pid);
}
END_TEST

START_TEST(a_child_forked_while_changed_goes_back_to_its_parents_origin)
{
	pid_t pid, child;

	running_prepare(&r, undo_rule, "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2eundo"), NULL, 0);
	ck_assert(EVENTUALLY(sched_of(pid) == SCHED_IDLE && nice_of(pid) == 8));
	ck_assert(EVENTUALLY(program_ready(pid)));
	kill(pid, SIGUSR1);
	ck_assert(EVENTUALLY((child = only_child_of(pid)) > 0));
	ck_assert_int_eq(nice_of(child), 8);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(is_original(pid));
	ck_assert(is_original(child));
	kill(child, SIGKILL);
	program_end(pid);
}
END_TEST

START_TEST(a_child_born_after_all_were_killed_is_undone_too)
{
	pid_t pid, child;

	running_prepare(&r, undo_rule, "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2eundo"), NULL, 0);
	ck_assert(EVENTUALLY(sched_of(pid) == SCHED_IDLE && nice_of(pid) == 8));
	running_kill(&r);
	ck_assert(EVENTUALLY(program_ready(pid)));
	kill(pid, SIGUSR1);
	ck_assert(EVENTUALLY((child = only_child_of(pid)) > 0));
	ck_assert_int_eq(nice_of(child), 8);
	ck_assert_int_eq(running_undo(&r), 0);
	ck_assert(is_original(pid));
	ck_assert(is_original(child));
	kill(child, SIGKILL);
	program_end(pid);
}
END_TEST

START_TEST(somebody_elses_renice_survives)
{
	pid_t pid;

	running_prepare(&r, "rule \"s\" { match = process { name = \"e2esurv\" },"
	                    " want = { nice = 5 } }", "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2esurv"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 5));
	ck_assert_int_eq(setpriority(PRIO_PROCESS, (id_t)pid, 2), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 3);
	ck_assert_int_eq(nice_of(pid), 2);
	ck_assert_ptr_nonnull(strstr(r.text, "somebody else"));
	program_end(pid);
}
END_TEST

/* The kernel takes the slack of who becomes real-time. */
START_TEST(what_real_time_takes_by_itself_nobody_else_has_changed)
{
	pid_t pid;
	long  slack;

	running_prepare(&r, "rule \"t\" { match = thread { name = \"e2ert\" },"
	                " want = { realtime = { period = \"10ms\","
	                " computation = \"1ms\", constraint = \"10ms\" } } }\n"
	                "rule \"p\" { match = process { name = \"e2ert\" },"
	                " want = { timer_slack = \"3ms\" } }", "");
	pid = program_start(program_make(&r, "e2ert"), NULL, 0);
	ck_assert(EVENTUALLY(program_ready(pid)));
	slack = slack_of(pid);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(sched_of(pid) != SCHED_OTHER));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(sched_of(pid), SCHED_OTHER);
	ck_assert_int_eq(slack_of(pid), slack);
	program_end(pid);
}
END_TEST

START_TEST(a_second_pqs_is_refused_in_one_sentence)
{
	static struct running second;
	int                   status;

	running_prepare(&r, undo_rule, "");
	running_start(&r, 0);
	memcpy(second.folder, r.folder, sizeof second.folder);
	second.out = -1;
	running_launch(&second, 0);
	while (waitpid(second.keeper, &status, WNOHANG) == 0)
		usleep(1000);
	ck_assert(running_says(&second, "another pqs is running"));
	ck_assert_int_eq(WEXITSTATUS(status), 4);
	ck_assert_ptr_eq(strchr(second.text, '\n') + 1,
	                 second.text + second.used);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

START_TEST(what_is_no_journal_is_said_to_be_none)
{
	char path[128];
	FILE *f;
	int  status;

	running_prepare(&r, undo_rule, "");
	snprintf(path, sizeof path, "%s/journal", r.folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/journal/journal", r.folder);
	f = fopen(path, "w");
	fputs("this is a letter and no journal, and it is long enough for a "
	      "header to be read from it, whatever the size of that is", f);
	fclose(f);
	running_launch(&r, 0);
	ck_assert_int_eq(waitpid(r.keeper, &status, 0), r.keeper);
	r.keeper = 0;
	ck_assert(running_says(&r, "no journal of pqs"));
	ck_assert_int_eq(WEXITSTATUS(status), 4);
}
END_TEST

/* Its first record after the header of 64 bytes. */
static void damage_journal(void)
{
	char  path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/journal/journal", r.folder);
	file = fopen(path, "r+");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, 64 + 20, SEEK_SET), 0);
	ck_assert_int_ne(fputc('?', file), EOF);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_damaged_record_is_told_and_the_rest_put_back)
{
	pid_t pid, other;

	running_prepare(&r, undo_rule, "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2eundo"), NULL, 0);
	ck_assert(EVENTUALLY(sched_of(pid) == SCHED_IDLE && nice_of(pid) == 8));
	other = program_start(program_make(&r, "e2eundo"), NULL, 0);
	ck_assert(EVENTUALLY(sched_of(other) == SCHED_IDLE &&
	                     nice_of(other) == 8));
	running_kill(&r);
	damage_journal();
	ck_assert_int_eq(running_undo(&r), 3);
	ck_assert(running_says(&r, "records are damaged"));
	ck_assert(is_original(other));
	program_end(pid);
	program_end(other);
}
END_TEST

START_TEST(observe_turns_nothing)
{
	static char log[] = "log", option[] = "--config";
	char  config[128];
	char *words[] = { log, option, config, NULL };
	pid_t pid;

	running_prepare(&r, undo_rule, "observe: true\n");
	pid = program_start(program_make(&r, "e2eundo"), NULL, 0);
	running_start(&r, 0);
	ck_assert(running_says(&r, "other -> idle  would be applied"));
	ck_assert(is_original(pid));
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	ck_assert_int_eq(running_command(&r, words), 0);
	ck_assert_msg(strstr(r.text, "other -> idle  would be applied") != NULL,
	              "%s", r.text);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	program_end(pid);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, the_keeper_undoes_for_a_killed_core_and_starts_another);
	tcase_add_test(c, undo_works_when_all_were_killed);
	tcase_add_test(c, the_next_start_undoes_when_all_were_killed);
	tcase_add_test(c, a_child_forked_while_changed_goes_back_to_its_parents_origin);
	tcase_add_test(c, a_child_born_after_all_were_killed_is_undone_too);
	tcase_add_test(c, somebody_elses_renice_survives);
	tcase_add_test(c, what_real_time_takes_by_itself_nobody_else_has_changed);
	tcase_add_test(c, a_second_pqs_is_refused_in_one_sentence);
	tcase_add_test(c, what_is_no_journal_is_said_to_be_none);
	tcase_add_test(c, a_damaged_record_is_told_and_the_rest_put_back);
	tcase_add_test(c, observe_turns_nothing);
	return run_case(c, "undo");
}
