/* test_pools.c -- who is put into a pool is in a control group with its values,
 * and is back where it was when pqs is not, whoever was killed. */

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "running.h"

static struct running r;
static pid_t          pid;
static char           before[4096];     /* its /proc/PID/cgroup           */

static const char rules[] =
	"pool \"e2e\" { weight = 50 }\n"
	"rule \"p\" { match = process { name = \"e2epooled\" },"
	" want = { pool = \"e2e\" } }";

static void groups_of(pid_t of, char *text, size_t size)
{
	char   path[64];
	FILE  *f;
	size_t n;

	snprintf(path, sizeof path, "/proc/%d/cgroup", (int)of);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, size - 1, f);
	text[n] = '\0';
	fclose(f);
}

static bool is_pooled(pid_t of)
{
	char text[4096];

	groups_of(of, text, sizeof text);
	return strstr(text, "/pool-e2e\n") != NULL;
}

static bool is_back(pid_t of)
{
	char text[4096];

	groups_of(of, text, sizeof text);
	return strcmp(text, before) == 0;
}

/* The folder of its group, where the cpu controller is. */
static bool folder_of(pid_t of, char *folder, size_t size)
{
	char  text[4096], line[512], mount[256] = "", group[256] = "";
	char *at;
	FILE *f = fopen("/proc/self/mounts", "r");

	groups_of(of, text, sizeof text);
	at = strstr(text, ":cpu:/");
	if (at == NULL)
		at = strstr(text, ":cpu,cpuacct:/");
	while (fgets(line, sizeof line, f) != NULL)
		if (at == NULL ? strstr(line, " cgroup2 ") != NULL
		               : strstr(line, " cgroup ") != NULL &&
		                 (strstr(line, ",cpu ") != NULL ||
		                  strstr(line, ",cpu,") != NULL))
			(void)sscanf(line, "%*s %255s", mount);
	fclose(f);
	if (at == NULL)
		at = strstr(text, "0::/");
	(void)sscanf(strchr(at + 1, '/'), "%255s", group);
	snprintf(folder, size, "%s%s", mount, group);
	return at != NULL;
}

/* 50, or what v1 calls the same. */
static bool has_its_weight(const char *folder)
{
	char  path[600], text[32] = "";
	FILE *f;

	snprintf(path, sizeof path, "%s/cpu.weight", folder);
	f = fopen(path, "r");
	if (f == NULL) {
		snprintf(path, sizeof path, "%s/cpu.shares", folder);
		f = fopen(path, "r");
	}
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof text, f));
	fclose(f);
	return strcmp(text, "50\n") == 0 || strcmp(text, "512\n") == 0;
}

static void start(void)
{
	const char *path;

	running_prepare(&r, rules, "");
	path = program_make(&r, "e2epooled");
	pid = program_start(path, NULL, 0);
	ck_assert(EVENTUALLY(program_ready(pid)));
	groups_of(pid, before, sizeof before);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(is_pooled(pid)));
}

static void clear(void)
{
	if (pid > 0)
		program_end(pid);
	pid = 0;
	running_clear(&r);
}

START_TEST(it_is_in_a_group_with_the_weight_of_its_pool)
{
	char folder[520];

	start();
	ck_assert(folder_of(pid, folder, sizeof folder));
	ck_assert(has_its_weight(folder));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(is_back(pid));
	ck_assert_int_lt(access(folder, F_OK), 0);
}
END_TEST

/* As of a limit of its own. */
START_TEST(a_pool_of_more_than_there_is_is_told_to_do_nothing)
{
	running_prepare(&r, "pool \"e2e\" { cpu_limit = \"100000%\" }\n"
	                "rule \"p\" { match = process { name = \"e2epooled\" },"
	                " want = { pool = \"e2e\" } }", "");
	pid = program_start(program_make(&r, "e2epooled"), NULL, 0);
	groups_of(pid, before, sizeof before);
	running_start(&r, 0);
	ck_assert(running_says(&r, "cpu_limit      untouched -> 1000 cores  "
	                       "inert (this machine has no more cores than "
	                       "that)  p"));
	ck_assert(EVENTUALLY(is_pooled(pid)));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(is_back(pid));
}
END_TEST

START_TEST(explain_tells_what_its_group_has)
{
	static char explain[] = "explain", option[] = "--config";
	char  config[128], number[16];
	char *words[] = { explain, option, config, number, NULL };

	start();
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	snprintf(number, sizeof number, "%d", (int)pid);
	ck_assert_int_eq(running_command(&r, words), 0);
	ck_assert_msg(strstr(r.text, ", now 50, in force") != NULL, "%s",
	              r.text);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

START_TEST(a_child_is_born_in_the_pool_and_comes_back_too)
{
	pid_t child;

	start();
	kill(pid, SIGUSR1);
	ck_assert(EVENTUALLY((child = only_child_of(pid)) > 0));
	ck_assert(is_pooled(child));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(is_back(child));
	ck_assert(is_back(pid));
}
END_TEST

START_TEST(the_keeper_brings_it_back_when_the_core_is_killed)
{
	pid_t dead;

	start();
	dead = r.core;
	kill(dead, SIGKILL);
	ck_assert(EVENTUALLY((r.core = running_find_core(&r)) > 0 &&
	                     r.core != dead));
	ck_assert(EVENTUALLY(is_pooled(pid)));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(is_back(pid));
}
END_TEST

START_TEST(pqs_undo_brings_it_back_when_all_were_killed)
{
	char folder[520];

	start();
	ck_assert(folder_of(pid, folder, sizeof folder));
	running_kill(&r);
	ck_assert(is_pooled(pid));
	ck_assert_int_eq(running_undo(&r), 0);
	ck_assert(is_back(pid));
	ck_assert_int_lt(access(folder, F_OK), 0);
}
END_TEST

static void want_nothing(void)
{
	char  path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/rules.lua", r.folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(who_is_born_in_a_pool_while_no_pqs_runs_comes_back)
{
	char  folder[520];
	pid_t child;

	start();
	ck_assert(folder_of(pid, folder, sizeof folder));
	running_kill(&r);
	kill(pid, SIGUSR1);
	ck_assert(EVENTUALLY((child = only_child_of(pid)) > 0));
	ck_assert(is_pooled(child));
	want_nothing();
	running_start(&r, 0);
	ck_assert(EVENTUALLY(is_back(pid) && is_back(child)));
	ck_assert_int_lt(access(folder, F_OK), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

static void put_into(const char *folder, pid_t whom)
{
	char  path[600];
	FILE *f;

	snprintf(path, sizeof path, "%s/cgroup.procs", folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_gt(fprintf(f, "%d\n", (int)whom), 0);
	ck_assert_int_eq(fclose(f), 0);
}

/* It is nobody's affair as long as others are there. */
START_TEST(who_was_put_into_a_pool_by_others_does_not_keep_its_group)
{
	char  folder[520];
	pid_t other;

	start();
	ck_assert(folder_of(pid, folder, sizeof folder));
	other = program_start(program_make(&r, "e2eother"), NULL, 0);
	ck_assert(EVENTUALLY(program_ready(other)));
	groups_of(other, before, sizeof before);
	put_into(folder, other);
	ck_assert(is_pooled(other));
	program_end(pid);
	pid = 0;
	ck_assert(EVENTUALLY(is_back(other)));
	ck_assert(EVENTUALLY(access(folder, F_OK) < 0));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	program_end(other);
}
END_TEST

static int command(const char *verb, pid_t whom, const char *pair)
{
	char  config[128], number[16];
	char *words[] = { (char *)(uintptr_t)verb, (char[]){ "--config" },
	                  config, number, (char *)(uintptr_t)pair, NULL };

	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	snprintf(number, sizeof number, "%d", (int)whom);
	return running_command(&r, words);
}

START_TEST(by_hand_it_has_a_pool_of_its_own_and_is_back)
{
	char  folder[520];
	pid_t other;

	start();
	other = program_start(program_make(&r, "e2eother"), NULL, 0);
	ck_assert(EVENTUALLY(program_ready(other)));
	groups_of(other, before, sizeof before);
	ck_assert_msg(command("set", other, "weight=50") == 0, "%s", r.text);
	ck_assert_ptr_nonnull(strstr(r.text, "50 by pqs set, now 50\n"));
	ck_assert(folder_of(other, folder, sizeof folder));
	ck_assert(has_its_weight(folder));
	ck_assert(!is_pooled(other));
	ck_assert_int_eq(command("undo", other, NULL), 0);
	ck_assert(is_back(other));
	ck_assert_int_eq(command("set", other, "pool=e2d"), 2);
	ck_assert_ptr_nonnull(strstr(r.text, "did you mean 'e2e'?"));
	ck_assert_int_eq(command("set", other, "cpuset=4000"), 4);
	ck_assert_msg(strstr(r.text, "now untouched, not in force, ") != NULL,
	              "%s", r.text);
	ck_assert_int_eq(command("set", other, "cpuset="), 0);
	ck_assert_int_eq(command("set", other, "pool=e2e"), 0);
	ck_assert(is_pooled(other));
	ck_assert_int_eq(command("set", other, "pool="), 0);
	ck_assert(is_back(other));
	program_end(other);
}
END_TEST

/* On v1, where a group has a part in each hierarchy. */
START_TEST(what_no_setting_needs_any_more_is_left)
{
	char  text[4096];
	pid_t other;

	start();
	other = program_start(program_make(&r, "e2eother"), NULL, 0);
	ck_assert(EVENTUALLY(program_ready(other)));
	groups_of(other, before, sizeof before);
	ck_assert_int_eq(command("set", other, "cpuset=0"), 0);
	ck_assert_int_eq(command("set", other, "weight=50"), 0);
	ck_assert_int_eq(command("set", other, "sched=rr:1"), 4);
	ck_assert_int_eq(command("set", other, "weight="), 0);
	groups_of(other, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "/pool-@"));
	ck_assert_ptr_null(strstr(strstr(text, ":cpu:/"), "cpu:/pqs"));
	/* So it may be real-time now, as had been asked for. */
	ck_assert(EVENTUALLY(sched_of(other) == SCHED_RR));
	ck_assert_int_eq(command("undo", other, NULL), 0);
	ck_assert(is_back(other));
	program_end(other);
}
END_TEST

static bool is_v1_with_budgets(void)
{
	return access("/sys/fs/cgroup/cpu/cpu.rt_runtime_us", F_OK) == 0 &&
	       access("/sys/fs/cgroup/cpuset/cpuset.cpus", F_OK) == 0;
}

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, it_is_in_a_group_with_the_weight_of_its_pool);
	tcase_add_test(c,
	               a_pool_of_more_than_there_is_is_told_to_do_nothing);
	tcase_add_test(c, explain_tells_what_its_group_has);
	tcase_add_test(c, a_child_is_born_in_the_pool_and_comes_back_too);
	tcase_add_test(c, the_keeper_brings_it_back_when_the_core_is_killed);
	tcase_add_test(c, pqs_undo_brings_it_back_when_all_were_killed);
	tcase_add_test(c,
	               who_is_born_in_a_pool_while_no_pqs_runs_comes_back);
	tcase_add_test(
		c, who_was_put_into_a_pool_by_others_does_not_keep_its_group);
	tcase_add_test(c, by_hand_it_has_a_pool_of_its_own_and_is_back);
	if (is_v1_with_budgets())
		tcase_add_test(c, what_no_setting_needs_any_more_is_left);
	return run_case(c, "pools");
}
