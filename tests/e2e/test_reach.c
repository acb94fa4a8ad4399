/* test_reach.c -- whom a rule reaches from the task that it matches, and what
 * is handed down, on the real kernel.
 *
 * Every value is read back from the kernel.  All programs judged here are ours
 * and have names of their own, so nothing else on the machine is touched. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acted.h"

START_TEST(a_parent_has_it_while_one_child_matches)
{
	struct actor parent;
	pid_t        one, two;

	running_prepare(&r,
	    "rule \"up\" { match = process { name = \"e2eup\","
	    "  parent = process { name = \"e2eup\", cmdline = glob \"*act\" } },\n"
	    "  to = parent, want = { nice = 5 } }\n", "");
	parent = act_as("e2eup");
	running_start(&r, 0);
	one = (pid_t)actor_does(&parent, "fork");
	two = (pid_t)actor_does(&parent, "fork");
	ck_assert(EVENTUALLY(nice_of(parent.pid) == 5));
	kill(one, SIGKILL);
	usleep(300000);
	ck_assert_int_eq(nice_of(parent.pid), 5);
	kill(two, SIGKILL);
	ck_assert_int_eq(actor_does(&parent, "reap"), 2);
	ck_assert(EVENTUALLY(nice_of(parent.pid) == 0));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&parent);
}
END_TEST

/* Another program than its parent, so that no rule about that matches it. */
static pid_t kid_of(const struct actor *a, const char *how)
{
	return (pid_t)actor_does(a, "%s %s", how, program_make(&r, "e2ekid"));
}

static pid_t later_child_of(pid_t pid)
{
	pid_t child = 0;

	ck_assert(EVENTUALLY(program_ready(pid)));
	kill(pid, SIGUSR1);
	ck_assert(EVENTUALLY((child = only_child_of(pid)) > 0));
	return child;
}

START_TEST(a_tree_outlives_its_root)
{
	struct actor root;
	pid_t        orphan, late, later;

	running_prepare(&r,
	    "rule \"root\" { match = process { name = \"e2eroot\" }, to = tree,"
	    " want = { nice = 6, timer_slack = \"3ms\" } }\n"
	    "rule \"other\" { match = process { name = \"e2eother\" },"
	    " tag = \"other\" }\n", "");
	running_start(&r, 0);
	root = act_as("e2eroot");
	ck_assert(EVENTUALLY(nice_of(root.pid) == 6));
	orphan = kid_of(&root, "orphan");
	ck_assert(EVENTUALLY(nice_of(orphan) == 6));
	actor_does(&root, "exit 0");
	waitpid(root.pid, NULL, 0);
	late = later_child_of(orphan);
	ck_assert_int_eq(setpriority(PRIO_PROCESS, (id_t)orphan, 9), 0);
	ck_assert(EVENTUALLY(nice_of(late) == 6));
	kill(orphan, SIGKILL);
	ck_assert(EVENTUALLY(kill(orphan, 0) < 0));
	later = later_child_of(late);
	ck_assert(EVENTUALLY(slack_of(later) == 3000000));
	ck_assert_int_eq(nice_of(later), 6);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(late), 0);
	ck_assert_int_eq(nice_of(later), 0);
	ck_assert_int_eq(slack_of(later), slack_of(getpid()));
	kill(late, SIGKILL);
	kill(later, SIGKILL);
	close(root.tells);
	close(root.says);
}
END_TEST

/* What execs is another program, and a descendant still. */
START_TEST(a_root_that_execs_is_none_and_has_its_own_say)
{
	struct actor root;
	pid_t        child;

	running_prepare(&r,
	    "rule \"root\" { match = process { name = \"e2etop\" }, to = tree,"
	    " tag = \"top\", want = { nice = 6, timer_slack = \"3ms\" } }\n"
	    "rule \"leaf\" { match = process { name = \"e2eleaf\" },"
	    " want = { nice = 2 } }\n", "");
	running_start(&r, 0);
	root = act_as("e2etop");
	child = kid_of(&root, "fork");
	ck_assert(EVENTUALLY(nice_of(child) == 6));
	actor_does(&root, "exec %s", program_make(&r, "e2eleaf"));
	actor_does(&root, "calm");
	ck_assert(EVENTUALLY(nice_of(root.pid) == 2));
	/* It is no root any more, and so its child is in no tree. */
	ck_assert(EVENTUALLY(nice_of(child) == 0));
	ck_assert(EVENTUALLY(slack_of(root.pid) == slack_of(getpid())));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	kill(child, SIGKILL);
	actor_end(&root);
}
END_TEST

START_TEST(a_unit_is_reached_whole)
{
	char        *group;
	struct actor member, late, cause, outside;

	running_prepare(&r,
	    "rule \"unit\" { match = process { name = \"e2ecause\","
	    " unit = \"e2ewhole.service\" }, to = unit, want = { nice = 7 },"
	    " keep = \"2s\" }\n", "");
	group = group_make("", "e2ewhole.service");
	member = actor_start(program_make(&r, "e2emember"),
	                     &(struct casting){ .groups = { group } });
	outside = act_as("e2emember");
	running_start(&r, 0);
	cause = actor_start(program_make(&r, "e2ecause"),
	                    &(struct casting){ .groups = { group } });
	ck_assert(EVENTUALLY(nice_of(cause.pid) == 7));
	ck_assert(EVENTUALLY(nice_of(member.pid) == 7));
	late = actor_start(program_make(&r, "e2elate"),
	                   &(struct casting){ .groups = { group } });
	ck_assert(EVENTUALLY(nice_of(late.pid) == 7));
	ck_assert_int_eq(nice_of(outside.pid), 0);
	actor_end(&cause);
	ck_assert(EVENTUALLY(nice_of(member.pid) == 0));
	ck_assert(EVENTUALLY(nice_of(late.pid) == 0));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&member);
	actor_end(&late);
	actor_end(&outside);
}
END_TEST

START_TEST(tags_reach_down_and_go_with_what_gave_them)
{
	struct actor root;
	pid_t        child, orphan;

	running_prepare(&r,
	    "rule \"give\" { match = process { name = \"e2egive\", threads ="
	    " below(4) }, to = tree, tag = \"given\" }\n"
	    "rule \"has\" { match = process { tag = \"given\" },"
	    " want = { nice = 4 } }\n"
	    "rule \"under\" { match = process { under = process { tag ="
	    " \"given\" } }, want = { timer_slack = \"3ms\" } }\n", "");
	running_start(&r, 0);
	root = act_as("e2egive");
	ck_assert(EVENTUALLY(nice_of(root.pid) == 4));
	child = kid_of(&root, "fork");
	orphan = kid_of(&root, "orphan");
	ck_assert(EVENTUALLY(nice_of(child) == 4));
	ck_assert(EVENTUALLY(slack_of(child) == 3000000));
	ck_assert(EVENTUALLY(nice_of(orphan) == 4));
	ck_assert(EVENTUALLY(slack_of(orphan) == 3000000));
	ck_assert_int_eq(slack_of(root.pid), slack_of(getpid()));
	actor_does(&root, "threads 5");
	ck_assert(EVENTUALLY(nice_of(root.pid) == 0));
	ck_assert(EVENTUALLY(nice_of(child) == 0));
	ck_assert(EVENTUALLY(nice_of(orphan) == 0));
	ck_assert(EVENTUALLY(slack_of(orphan) == slack_of(getpid())));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	kill(child, SIGKILL);
	kill(orphan, SIGKILL);
	actor_end(&root);
}
END_TEST

START_TEST(one_program_runs_for_the_sake_of_another)
{
	struct actor game, stream;

	running_prepare(&r,
	    "rule \"game\" { match = process { name = \"e2egame\" },"
	    " tag = \"game\" }\n"
	    "rule \"stream\" { match = process { name = \"e2estream\" },"
	    " when = host { running = \"game\" }, want = { nice = -5 } }\n", "");
	stream = act_as("e2estream");
	running_start(&r, 0);
	ck_assert_int_eq(nice_of(stream.pid), 0);
	game = act_as("e2egame");
	ck_assert(EVENTUALLY(nice_of(stream.pid) == -5));
	actor_end(&game);
	ck_assert(EVENTUALLY(nice_of(stream.pid) == 0));
	game = act_as("e2egame");
	ck_assert(EVENTUALLY(nice_of(stream.pid) == -5));
	actor_does(&game, "exec %s", program_make(&r, "e2eno"));
	ck_assert(EVENTUALLY(nice_of(stream.pid) == 0));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&game);
	actor_end(&stream);
}
END_TEST

static const char servant_rule[] =
	"rule \"servant\" { match = thread { name = \"e2eservant\","
	" of = process { name = \"e2elord\" } }, want = { nice = 11,"
	" timer_slack = \"3ms\" } }\n";

static pid_t servant_of(pid_t pid)
{
	char path[64], name[32] = "";

	for (pid_t tid = pid + 1; tid < pid + 100; tid++) {
		FILE *f;

		snprintf(path, sizeof path, "/proc/%d/task/%d/comm", (int)pid,
		         (int)tid);
		f = fopen(path, "r");
		if (f == NULL)
			continue;
		if (fgets(name, sizeof name, f) == NULL)
			name[0] = '\0';
		fclose(f);
		if (strcmp(name, "e2eservant\n") == 0)
			return tid;
	}
	return 0;
}

/* What a thread has of us its child is born with, and shall not keep. */
START_TEST(a_child_of_a_changed_thread_is_as_if_that_were_not)
{
	struct actor lord;
	pid_t        servant = 0, child;

	running_prepare(&r, servant_rule, "");
	running_start(&r, 0);
	lord = act_as("e2elord");
	actor_does(&lord, "servant e2eservant");
	ck_assert(EVENTUALLY((servant = servant_of(lord.pid)) > 0));
	ck_assert(EVENTUALLY(nice_of(servant) == 11));
	child = (pid_t)actor_does(&lord, "errand fork %s",
	                          program_make(&r, "e2ekid"));
	ck_assert(EVENTUALLY(nice_of(child) == 0));
	ck_assert(EVENTUALLY(slack_of(child) == slack_of(getpid())));
	ck_assert_int_eq(nice_of(servant), 11);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(servant), 0);
	kill(child, SIGKILL);
	actor_end(&lord);
}
END_TEST

/* It is the process from then on, and brings along what was the thread's. */
START_TEST(a_thread_that_execs_has_its_own_values_back)
{
	struct actor lord;
	pid_t        servant = 0;

	running_prepare(&r, servant_rule, "");
	running_start(&r, 0);
	lord = act_as("e2elord");
	actor_does(&lord, "servant e2eservant");
	ck_assert(EVENTUALLY((servant = servant_of(lord.pid)) > 0));
	ck_assert(EVENTUALLY(nice_of(servant) == 11));
	ck_assert(EVENTUALLY(slack_of(servant) == 3000000));
	actor_does(&lord, "errand exec %s", program_make(&r, "e2enewlord"));
	actor_does(&lord, "calm");
	ck_assert(EVENTUALLY(nice_of(lord.pid) == 0));
	ck_assert(EVENTUALLY(slack_of(lord.pid) == slack_of(getpid())));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&lord);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = acted_begin(argc, argv);

	tcase_add_test(c, a_parent_has_it_while_one_child_matches);
	tcase_add_test(c, a_tree_outlives_its_root);
	tcase_add_test(c, a_root_that_execs_is_none_and_has_its_own_say);
	tcase_add_test(c, a_unit_is_reached_whole);
	tcase_add_test(c, tags_reach_down_and_go_with_what_gave_them);
	tcase_add_test(c, one_program_runs_for_the_sake_of_another);
	tcase_add_test(c, a_child_of_a_changed_thread_is_as_if_that_were_not);
	tcase_add_test(c, a_thread_that_execs_has_its_own_values_back);
	return acted_end(c, "reach");
}
