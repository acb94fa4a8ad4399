/* test_process_facts.c -- facts that follow from others: what is asked for
 * them, what a fork has, when they settle. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "os/sim/sim.h"
#include "process/table.h"

#include "suite.h"

#define MS UINT64_C(1000000)

static struct sim   *sim;
static struct os     os;
static struct table *table;

static void begin(void)
{
	sim = sim_new(1, NULL);
	ck_assert_ptr_nonnull(sim);
	sim_os(sim, &os);
	table = table_new(&os.sensor);
	ck_assert_ptr_nonnull(table);
}

static void stop(void)
{
	table_free(table);
	sim_free(sim);
}

/* Until that time all that happens is told to the table. */
static void pass(uint64_t ns)
{
	uint64_t     until_ns = sim_now_ns(sim) + ns;
	struct event events[16];
	struct task *unused;
	int          n;

	while ((n = os.sensor.next(os.sensor.self, until_ns, events, 16)) > 0)
		for (int i = 0; i < n; i++)
			ck_assert_int_ge(table_update(table, &events[i],
			                              &unused), 0);
	ck_assert_int_eq(n, 0);
}

static struct task *find(pid_t pid)
{
	struct task *who = table_find(table, (struct task_id){ .pid = pid,
	                                                       .tid = pid });

	ck_assert_ptr_nonnull(who);
	return who;
}

static struct task *run(struct sim_program p)
{
	pid_t pid = sim_exec(sim, &p);

	ck_assert_int_gt(pid, 0);
	pass(0);
	return find(pid);
}

static struct task *fork_of(const struct task *parent)
{
	pid_t pid = sim_fork(sim, parent->id.pid);

	pass(0);
	return find(pid);
}

/* A text or "-", "?", "..." when it has none, cannot be read, is awaited. */
static const char *told(struct task *who, enum fact fact)
{
	static char  text[128];
	struct value v;
	int          r = table_fact(table, who, fact, &v);

	if (r != 1)
		return r == 0 ? "?" : r == -ENODATA ? "-" : "...";
	if (fact_is_number(fact))
		snprintf(text, sizeof text, "%lld", (long long)v.number);
	else
		snprintf(text, sizeof text, "%s", v.bytes == 0 ? "" : v.text);
	return text;
}

static const char *told_late(struct task *who, enum fact fact)
{
	(void)told(who, fact);
	pass(0);
	(void)told(who, fact);          /* what else it takes                 */
	pass(0);
	return told(who, fact);
}

START_TEST(a_process_is_the_main_thread_and_so_is_that_alone)
{
	struct task *p = run((struct sim_program){ .name = "x" }), *thread;
	struct task *leader;
	char         pid[16];
	pid_t        tid = sim_thread(sim, p->id.pid, "worker");

	ck_assert_int_eq(table_meet_thread(table, p, tid, &thread), 1);
	ck_assert_str_eq(told(p, FACT_main), "1");
	ck_assert_str_eq(told(thread, FACT_main), "0");
	ck_assert_int_eq(table_meet_thread(table, p, p->id.pid, &leader), 1);
	ck_assert_str_eq(told(leader, FACT_main), "1");
	snprintf(pid, sizeof pid, "%d", (int)p->id.pid);
	ck_assert_str_eq(told(leader, FACT_tid), pid);
	ck_assert_str_eq(told(leader, FACT_comm), "x");
	ck_assert_str_eq(leader->comm, "x");
}
END_TEST

static const char *const python[] = { "python3", "/opt/serve.py", NULL };
static const char *const env[] = { "FLATPAK_ID=org.x.Y", "A=b", NULL };

START_TEST(slow_facts_that_follow_are_awaited_too)
{
	struct task *p = run((struct sim_program){ .name = "python3.11",
	                     .args = python, .env = env });

	ck_assert_str_eq(told(p, FACT_script), "...");
	pass(0);
	ck_assert_str_eq(told(p, FACT_script), "serve.py");
	ck_assert_str_eq(told_late(p, FACT_app), "org.x.Y");
	ck_assert_str_eq(told(p, FACT_container), "-");
	ck_assert_str_eq(told(p, FACT_title), "-");
}
END_TEST

START_TEST(a_fork_has_the_kept_facts_of_its_parent_though_that_is_gone)
{
	const char *const names[] = { "A" };
	struct interest   what = { .forks = true, .env = names,
	                           .env_count = 1 };
	struct task      *p, *child;
	uint64_t          calls;

	ck_assert_int_eq(os.sensor.watch(os.sensor.self, &what), 0);
	table_keep_facts(table, FACT_BIT(FACT_script) | FACT_BIT(FACT_app) |
	                        FACT_BIT(FACT_env) | FACT_BIT(FACT_group));
	p = run((struct sim_program){ .name = "python3.11", .args = python,
	        .env = env, .group = "games", .gid = 7 });
	pass(0);
	child = fork_of(p);
	sim_exit(sim, p->id.pid);
	pass(0);
	calls = sim_calls(sim, SIM_FACTS);
	ck_assert_str_eq(told(child, FACT_script), "serve.py");
	ck_assert_str_eq(told(child, FACT_app), "org.x.Y");
	ck_assert_str_eq(told(child, FACT_env), "A=b");
	ck_assert_str_eq(told(child, FACT_group), "games");
	ck_assert_uint_eq(sim_calls(sim, SIM_FACTS), calls);
	/* The parent is dead and remembered. */
	ck_assert_str_eq(told(table_parent(table, child), FACT_script),
	                 "serve.py");
}
END_TEST

START_TEST(an_exec_forgets_what_followed_from_the_program_before)
{
	struct task *p = run((struct sim_program){ .name = "python3.11",
	                     .args = python, .env = env });

	ck_assert_str_eq(told_late(p, FACT_app), "org.x.Y");
	ck_assert_str_eq(told_late(p, FACT_script), "serve.py");
	sim_exec_again(sim, p->id.pid, &(struct sim_program){ .name = "sh",
	               .env = (const char *const[]){ "X=y", NULL } });
	pass(0);
	ck_assert_str_eq(told(p, FACT_script), "...");
	pass(0);
	ck_assert_str_eq(told_late(p, FACT_script), "-");
	ck_assert_str_eq(told_late(p, FACT_app), "");
}
END_TEST

START_TEST(a_title_takes_arguments_and_script_away)
{
	struct task *p = run((struct sim_program){ .name = "python3.11",
	                     .args = python, .title = "served: 3 waiting" });

	ck_assert_str_eq(told_late(p, FACT_title), "served: 3 waiting");
	ck_assert_str_eq(told(p, FACT_cmdline), "served: 3 waiting");
	ck_assert_str_eq(told(p, FACT_args), "3");
	ck_assert_str_eq(told(p, FACT_script), "-");
}
END_TEST

START_TEST(a_line_that_was_read_is_unsettled_three_times)
{
	struct task *p = run((struct sim_program){ .name = "x" });
	uint64_t     born_ns = sim_now_ns(sim);
	static const uint64_t steps_ns[] = { 10 * MS, 100 * MS, 1000 * MS };

	ck_assert_uint_eq(table_unsettled_ns(table, p), 0);
	ck_assert_str_eq(told_late(p, FACT_title), "-");
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(table_unsettled_ns(table, p),
		                  born_ns + steps_ns[i]);
		pass(born_ns + steps_ns[i] - sim_now_ns(sim));
		table_settle(table, p);
		pass(0);
	}
	ck_assert_uint_eq(table_unsettled_ns(table, p), 0);
}
END_TEST

START_TEST(before_its_time_nothing_is_looked_at_again)
{
	struct task *p = run((struct sim_program){ .name = "x" });
	uint64_t     calls;

	(void)told_late(p, FACT_title);
	calls = sim_calls(sim, SIM_FACTS);
	pass(9 * MS);
	table_settle(table, p);
	ck_assert_uint_eq(sim_calls(sim, SIM_FACTS), calls);
}
END_TEST

START_TEST(the_old_line_stands_until_the_new_one_is_here)
{
	struct task *p = run((struct sim_program){ .name = "x" });

	ck_assert_str_eq(told_late(p, FACT_cmdline), "x");
	sim_title(sim, p->id.pid, "x: ready");
	pass(10 * MS);
	table_settle(table, p);
	ck_assert_str_eq(told(p, FACT_cmdline), "x");
	ck_assert_str_eq(told(p, FACT_title), "-");
	pass(0);
	ck_assert_str_eq(told(p, FACT_cmdline), "x: ready");
	ck_assert_str_eq(told(p, FACT_title), "x: ready");
}
END_TEST

START_TEST(who_runs_for_long_has_settled)
{
	struct task *p = NULL;
	pid_t        pid;

	pass(1000 * MS);
	pid = sim_exec(sim, &(struct sim_program){ .name = "x" });
	os.sensor.next(os.sensor.self, 0, (struct event[16]){ { 0 } }, 16);
	sim_until(sim, sim_now_ns(sim) + 5000 * MS);
	os.sensor.next(os.sensor.self, UINT64_MAX, (struct event[1]){ { 0 } },
	               1);
	sim_until(sim, UINT64_MAX);
	ck_assert_int_eq(table_meet(table, (struct task_id){ .pid = pid,
	                 .tid = pid }, &p), 1);
	ck_assert_str_eq(told_late(p, FACT_title), "-");
	ck_assert_uint_eq(table_unsettled_ns(table, p), 0);
}
END_TEST

static int focus(const struct task *who)
{
	return table_focus(table, who == NULL ? (struct task_id){ 0, 0, 0 }
	                                      : who->id);
}

START_TEST(focus_is_on_a_unit)
{
	struct task *a = run((struct sim_program){ .name = "a",
	        .cgroup = "/a.scope", .unit = "app-a-1.scope" });
	struct task *b = run((struct sim_program){ .name = "b",
	        .cgroup = "/a.scope", .unit = "app-a-1.scope" });
	struct task *c = run((struct sim_program){ .name = "c",
	        .parent = a->id.pid, .cgroup = "/c", .unit = "c.service" });
	struct task *none = run((struct sim_program){ .name = "none" });

	ck_assert_str_eq(told(a, FACT_focused), "0");
	ck_assert_int_eq(focus(a), 0);
	ck_assert_str_eq(told(a, FACT_focused), "1");
	ck_assert_str_eq(told(b, FACT_focused), "1");
	ck_assert_str_eq(told(c, FACT_focused), "0");
	ck_assert_str_eq(told(none, FACT_focused), "0");
	ck_assert_int_eq(focus(NULL), 0);
	ck_assert_str_eq(told(a, FACT_focused), "0");
}
END_TEST

START_TEST(without_a_unit_of_its_own_focus_is_on_a_tree)
{
	static const char *const shared[] = { "", "session-2.scope",
	                                      "user@1000.service",
	                                      "user-1000.slice" };
	struct task *a = run((struct sim_program){ .name = "a",
	        .cgroup = "/x", .unit = shared[_i] });
	struct task *child = run((struct sim_program){ .name = "b",
	        .parent = a->id.pid });
	struct task *grandchild = fork_of(child);
	struct task *beside = run((struct sim_program){ .name = "c",
	        .cgroup = "/x", .unit = shared[_i] });

	ck_assert_int_eq(focus(a), 0);
	sim_exit(sim, child->id.pid);
	pass(0);
	ck_assert_str_eq(told(a, FACT_focused), "1");
	ck_assert_str_eq(told(grandchild, FACT_focused), "1");
	ck_assert_str_eq(told(beside, FACT_focused), "0");
}
END_TEST

START_TEST(focus_does_not_pass_to_who_has_the_pid_next)
{
	struct task   *a = run((struct sim_program){ .name = "a" });
	struct task_id gone = a->id;

	ck_assert_int_eq(focus(a), 0);
	sim_exit(sim, gone.pid);
	pass(0);
	ck_assert_int_eq(table_focus(table, gone), -ESRCH);
	sim_next_pid(sim, gone.pid);
	a = run((struct sim_program){ .name = "b" });
	ck_assert_int_eq(a->id.pid, gone.pid);
	ck_assert_str_eq(told(a, FACT_focused), "0");
}
END_TEST

START_TEST(what_a_machine_says_of_a_task_is_told_at_once)
{
	struct task *p = run((struct sim_program){ .name = "x",
	                     .rss_bytes = 5 << 20 });
	struct task *child;

	ck_assert_str_eq(told(p, FACT_rss), "5242880");
	ck_assert_str_eq(told(p, FACT_cpu), "0");
	ck_assert_int_eq(sim_fact(sim, p->id.pid, FACT_cpu, 83), 0);
	ck_assert_str_eq(told(p, FACT_cpu), "0");       /* as it was read     */
	table_forget(table, p, FACT_BIT(FACT_cpu));
	ck_assert_str_eq(told(p, FACT_cpu), "83");
	child = fork_of(p);
	ck_assert_str_eq(told(child, FACT_cpu), "0");
	ck_assert_str_eq(told(child, FACT_rss), "5242880");
	ck_assert_int_eq(sim_fact(sim, p->id.pid, FACT_uid, 1), -EINVAL);
	ck_assert_int_eq(sim_fact(sim, 99999, FACT_cpu, 1), -ESRCH);
	ck_assert_int_eq(sim_title(sim, 99999, "x"), -ESRCH);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("facts");

	tcase_add_checked_fixture(t, begin, stop);
	tcase_add_test(t, a_process_is_the_main_thread_and_so_is_that_alone);
	tcase_add_test(t, slow_facts_that_follow_are_awaited_too);
	tcase_add_test(t,
	        a_fork_has_the_kept_facts_of_its_parent_though_that_is_gone);
	tcase_add_test(t,
	        an_exec_forgets_what_followed_from_the_program_before);
	tcase_add_test(t, a_title_takes_arguments_and_script_away);
	tcase_add_test(t, a_line_that_was_read_is_unsettled_three_times);
	tcase_add_test(t, before_its_time_nothing_is_looked_at_again);
	tcase_add_test(t, the_old_line_stands_until_the_new_one_is_here);
	tcase_add_test(t, who_runs_for_long_has_settled);
	tcase_add_test(t, focus_is_on_a_unit);
	tcase_add_loop_test(t, without_a_unit_of_its_own_focus_is_on_a_tree,
	                    0, 4);
	tcase_add_test(t, focus_does_not_pass_to_who_has_the_pid_next);
	tcase_add_test(t, what_a_machine_says_of_a_task_is_told_at_once);
	return run_case(t, "process: facts");
}
