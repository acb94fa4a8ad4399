/* test_users.c -- users' own rules, for real. */

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "users.h"

START_TEST(a_users_rules_change_that_users_processes_alone)
{
	pid_t ann, bob, root;

	begin(nothing);
	own_file(ANN, "a.lua", seven);
	running_start(&r, 0);
	bob = start(BOB);
	root = start(0);
	ann = start(ANN);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	ck_assert(running_says(&r, "user 59871"));
	ck_assert_int_eq(nice_of(bob), 0);
	ck_assert_int_eq(nice_of(root), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(ann), 0);
	program_end(ann);
	program_end(bob);
	program_end(root);
	clear();
}
END_TEST

START_TEST(who_asks_for_a_reload_asks_for_users_rules_too)
{
	pid_t ann;

	begin(nothing);
	own_file(ANN, "a.lua", seven);
	ann = start(ANN);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	own_file(ANN, "a.lua", "rule \"own\" { match = process { name = "
	         "\"e2eown\" }, want = { nice = 12 } }\n");
	ck_assert_int_eq(kill(r.keeper, SIGHUP), 0);
	ck_assert(EVENTUALLY(nice_of(ann) == 12));
	own_file(ANN, "a.lua", "oops (");
	ck_assert_int_eq(kill(r.keeper, SIGHUP), 0);
	ck_assert(running_says(&r, "user 59871: the new rules are refused, the "
	                       "old ones stay: "));
	ck_assert_int_eq(nice_of(ann), 12);
	own_file(ANN, "a.lua", seven);
	ck_assert_int_eq(kill(r.keeper, SIGHUP), 0);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	end();
	program_end(ann);
}
END_TEST

START_TEST(who_runs_already_is_judged_by_own_rules)
{
	pid_t ann;

	begin(nothing);
	own_file(ANN, "a.lua", seven);
	ann = start(ANN);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	end();
	program_end(ann);
}
END_TEST

START_TEST(the_admins_cap_holds_and_nothing_is_gained)
{
	pid_t ann;

	begin("rule \"cap\" { match = process { name = \"e2eown\" },"
	      " cap = { nice = at_least (9) } }");
	own_file(ANN, "a.lua",
	         "rule \"up\" { match = process { name = \"e2eown\" }, want = {"
	         " nice = -5, oom_score_adj = -700, sched = \"fifo\","
	         " timer_slack = \"3ms\" } }");
	running_start(&r, 0);
	ann = start(ANN);
	ck_assert(EVENTUALLY(slack_of(ann) == 3000000));
	ck_assert(EVENTUALLY(nice_of(ann) == 9));
	ck_assert_int_eq(oom_of(ann), oom_of(getpid()));
	ck_assert_int_eq(sched_of(ann), 0);
	end();
	program_end(ann);
}
END_TEST

/* What its status says of that, without the word. */
static void status_line(pid_t pid, const char *word, char *out, size_t size)
{
	char  path[64], line[256];
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	out[0] = '\0';
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, word, strlen(word)) == 0)
			snprintf(out, size, "%s", line + strlen(word));
	fclose(f);
	out[strcspn(out, "\n")] = '\0';
}

START_TEST(the_worker_is_a_process_of_that_user_sealed_and_without_rights)
{
	char  line[256];
	pid_t ann, bob, worker;

	begin(nothing);
	own_file(ANN, "a.lua", function);
	own_file(BOB, "b.lua", function);
	running_start(&r, 0);
	ann = start(ANN);
	bob = start(BOB);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	ck_assert(EVENTUALLY(nice_of(bob) == 8));
	worker = worker_of(ANN);
	ck_assert_int_ne(worker, 0);
	ck_assert_int_ne(worker_of(BOB), 0);
	status_line(worker, "Groups:\t", line, sizeof line);
	ck_assert_str_eq(line[0] == ' ' ? line + 1 : line, "");
	status_line(worker, "NoNewPrivs:\t", line, sizeof line);
	ck_assert_str_eq(line, "1");
	status_line(worker, "Seccomp:\t", line, sizeof line);
	ck_assert_str_eq(line, "2");
	status_line(worker, "CapEff:\t", line, sizeof line);
	ck_assert_str_eq(line, "0000000000000000");
	end();
	program_end(ann);
	program_end(bob);
}
END_TEST

START_TEST(when_a_user_kills_the_worker_others_go_on)
{
	pid_t ann, bob;

	begin(nothing);
	own_file(ANN, "a.lua", function);
	own_file(BOB, "b.lua", function);
	running_start(&r, 0);
	ann = start(ANN);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	kill(worker_of(ANN), SIGKILL);
	ck_assert(running_says(&r, "user 59871: the rules worker died"));
	bob = start(BOB);
	ck_assert(EVENTUALLY(nice_of(bob) == 8));
	ck_assert_int_eq(nice_of(ann), 7);
	ck_assert(EVENTUALLY(worker_of(ANN) != 0));
	end();
	program_end(ann);
	program_end(bob);
}
END_TEST

/* What is in BOB's folder, and what must be said of it; seven is ANN's. */
static const struct {
	const char *make;               /* a command                          */
	const char *says;
	const char *never;              /* is said; NULL: anything may be     */
} wrongs[] = {
	{ "ln -s /etc/shadow '%s'/59872/%s.lua", "Permission denied", "root:" },
	{ "chmod 000 '%s'/59872%.0s", "Permission denied", NULL },
	{ "mkfifo -m 666 '%s'/59872/%s.lua", "neither a file nor a folder",
	  NULL },
	{ "echo 'rule \"q\" { wants = 1 }' > '%s'/59872/%s.lua", "wants",
	  NULL },
	{ "echo 'while true do end' > '%s'/59872/%s.lua", "user 59872: ",
	  NULL },
};

START_TEST(a_wrong_folder_is_refused_for_that_user_alone)
{
	pid_t ann, bob;

	begin(nothing);
	own_file(ANN, "a.lua", seven);
	own_file(BOB, "b.lua", seven);
	command(wrongs[_i].make, "wrong");
	running_start(&r, 0);
	bob = start(BOB);
	ck_assert(running_says(&r, wrongs[_i].says));
	ck_assert(running_says(&r, "user 59872: "));
	ann = start(ANN);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	ck_assert_int_eq(nice_of(bob), 0);
	if (wrongs[_i].never != NULL)
		ck_assert_ptr_null(strstr(r.text, wrongs[_i].never));
	end();
	program_end(ann);
	program_end(bob);
}
END_TEST

/* It could become root again. */
static pid_t start_mixed(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setresuid(ANN, ANN, 0) < 0)
		_exit(99);
	for (;;)
		pause();
}

START_TEST(a_process_that_could_become_another_is_nobodys)
{
	pid_t mixed, ann;

	begin(nothing);
	own_file(ANN, "a.lua",
	         "rule \"all\" { match = process { uid = 59871 },"
	         " want = { nice = 7 } }");
	running_start(&r, 0);
	mixed = start_mixed();
	ann = start(ANN);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	ck_assert_int_eq(nice_of(mixed), 0);
	end();
	program_end(mixed);
	program_end(ann);
}
END_TEST

/* The whole text of pqs.yaml is in the folder that was prepared. */
static bool explain_says(pid_t pid, const char *text)
{
	char  config[128], number[16];
	char *words[] = { (char *)"explain", (char *)"--config", config, number,
	                  NULL };

	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	snprintf(number, sizeof number, "%d", (int)pid);
	ck_assert_int_eq(running_command(&r, words), 0);
	return strstr(r.text, text) != NULL;
}

START_TEST(explain_tells_a_users_rules_and_what_held_them)
{
	pid_t ann;

	begin(NULL);
	write_rules(nothing);
	own_file(ANN, "a.lua",
	         "rule \"up\" { match = process { name = \"e2eown\" },"
	         " want = { nice = -5, weight = 9000 } }");
	ann = start(ANN);
	ck_assert(explain_says(ann, "rules of user 59871 that matched"));
	ck_assert(explain_says(ann, "by up, held by a user's rights"));
	ck_assert(explain_says(ann, "weight: not for a user's own rules"));
	clear();
	program_end(ann);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *t = users_begin(argc, argv);

	tcase_add_test(t, a_users_rules_change_that_users_processes_alone);
	tcase_add_test(t, who_asks_for_a_reload_asks_for_users_rules_too);
	tcase_add_test(t, who_runs_already_is_judged_by_own_rules);
	tcase_add_test(t, the_admins_cap_holds_and_nothing_is_gained);
	tcase_add_test(t,
	        the_worker_is_a_process_of_that_user_sealed_and_without_rights);
	tcase_add_test(t, when_a_user_kills_the_worker_others_go_on);
	tcase_add_loop_test(t, a_wrong_folder_is_refused_for_that_user_alone, 0,
	                    sizeof wrongs / sizeof wrongs[0]);
	tcase_add_test(t, a_process_that_could_become_another_is_nobodys);
	tcase_add_test(t, explain_tells_a_users_rules_and_what_held_them);
	return run_case(t, "e2e: users");
}
