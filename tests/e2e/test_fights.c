/* test_fights.c -- another program writes what pqs has set, on the real kernel;
 * and what an ordinary user could not put back.
 *
 * Every value is read back from the kernel. */

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "running.h"

static struct running r;
static pid_t          pid, rewriter;

static void end(pid_t *who)
{
	if (*who > 0) {
		kill(*who, SIGKILL);
		waitpid(*who, NULL, 0);
	}
	*who = 0;
}

static void clear(void)
{
	end(&rewriter);
	end(&pid);
	running_clear(&r);
}

/* A program that writes the same value again and again. */
static pid_t rewriter_start(pid_t whom, int nice)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		setpriority(PRIO_PROCESS, (id_t)whom, nice);
		usleep(20000);
	}
}

static void begin(const char *rules)
{
	running_prepare(&r, rules, "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2efight"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 8));
}

static const char insisting[] =
	"rule \"mine\" { match = process { name = \"e2efight\" },"
	" want = { nice = 8 }, insist = true }";

START_TEST(what_a_rule_insists_on_is_set_again)
{
	begin(insisting);
	ck_assert_int_eq(setpriority(PRIO_PROCESS, (id_t)pid, 3), 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 8));
	ck_assert(running_says(&r, "3 -> 8  set again, somebody else writes "
	                           "it too (1)"));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(pid), 3);      /* theirs was the last        */
	ck_assert_ptr_nonnull(strstr(r.text, "1 settings were set again"));
}
END_TEST

START_TEST(a_rewriter_is_answered_and_outlived)
{
	begin(insisting);
	rewriter = rewriter_start(pid, 3);
	ck_assert(running_says(&r, "writes it too (2)"));
	ck_assert(EVENTUALLY(nice_of(pid) == 3));
	end(&rewriter);
	ck_assert(EVENTUALLY(nice_of(pid) == 8));
	running_kill(&r);
	ck_assert_int_eq(nice_of(pid), 8);
	ck_assert_int_eq(running_undo(&r), 0);
	ck_assert_int_eq(nice_of(pid), 3);
}
END_TEST

START_TEST(without_insisting_it_is_theirs)
{
	begin("rule \"mine\" { match = process { name = \"e2efight\" },"
	      " want = { nice = 8 } }");
	ck_assert_int_eq(setpriority(PRIO_PROCESS, (id_t)pid, 3), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 3);
	ck_assert_int_eq(nice_of(pid), 3);
	ck_assert_ptr_nonnull(strstr(r.text, "left alone"));
}
END_TEST

static void begin_as_nobody(const char *rules)
{
	const uid_t nobody = 65534;
	const char *path;

	running_prepare(&r, rules, "events: { poll: 50ms }\n");
	path = program_make(&r, "e2emine");
	running_start(&r, nobody);
	pid = program_start(path, NULL, nobody);
}

START_TEST(what_a_user_could_not_put_back_is_not_set)
{
	begin_as_nobody("rule \"m\" { match = process { name = \"e2emine\" },"
	                " want = { oom_score_adj = 500, nice = 3 } }");
	ck_assert(EVENTUALLY(oom_of(pid) == 500));
	ck_assert(running_says(&r, "denied (cannot be put back)"));
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

START_TEST(unless_the_rule_says_so_and_then_it_is_told_to_stay)
{
	begin_as_nobody("rule \"m\" { match = process { name = \"e2emine\" },"
	                " want = { nice = 3 }, irreversible = true }");
	ck_assert(EVENTUALLY(nice_of(pid) == 3));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 3);
	ck_assert_int_eq(nice_of(pid), 3);
	ck_assert_ptr_nonnull(strstr(r.text, "denied (needs CAP_SYS_NICE)"));
	ck_assert_ptr_nonnull(strstr(r.text, "0 settings put back, 0 left as "
	                             "somebody else had set them, 1 that could "
	                             "not be put back"));
}
END_TEST

START_TEST(explain_tells_what_a_rule_insists_on)
{
	static char  explain[] = "explain", option[] = "--config";
	static char  config[128], number[16], rules[128];
	static char *words[] = { explain, option, config, number, rules, NULL };

	running_prepare(&r, insisting, "");
	pid = program_start(program_make(&r, "e2efight"), NULL, 0);
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	snprintf(number, sizeof number, "%d", (int)pid);
	snprintf(rules, sizeof rules, "%s/rules.lua", r.folder);
	ck_assert_int_eq(running_command(&r, words), 0);
	ck_assert_ptr_nonnull(strstr(r.text, "by mine, insists, now 0"));
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, what_a_rule_insists_on_is_set_again);
	tcase_add_test(c, a_rewriter_is_answered_and_outlived);
	tcase_add_test(c, without_insisting_it_is_theirs);
	tcase_add_test(c, what_a_user_could_not_put_back_is_not_set);
	tcase_add_test(c,
		unless_the_rule_says_so_and_then_it_is_told_to_stay);
	tcase_add_test(c, explain_tells_what_a_rule_insists_on);
	return run_case(c, "others' writes");
}
