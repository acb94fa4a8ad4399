/* test_os_sim_facts.c -- facts of tasks on the simulated
 * machine, soon or late. */

#include "sim_doors.h"

START_TEST(facts_are_what_the_program_says)
{
	const char *const  args[] = { "tool", "-x", "a b", NULL };
	struct sim_program p = { .name = "tool", .exe = "/opt/tool", .uid = 7,
	                         .gid = 8, .args = args, .unit = "a.service",
	                         .cgroup = "/a", .session = 5,
	                         .user = "seven" };
	pid_t              pid = sim_exec(sim, &p), child = sim_fork(sim, pid);
	uint64_t           all = FACT_BIT(FACT_COUNT) - 1;
	struct facts       f = { 0 };

	drain();
	ck_assert_int_eq(facts_of(child, child, all, &f), -EINPROGRESS);
	ck_assert_int_eq(next(0), 1);
	expect_event(&(struct event){ events[0].kind, 0,
	             { .task = { .who = id_of(child, child) } } },
	             EVENT_FACTS, child, child);
	ck_assert_int_eq(facts_of(child, child, all, &f), 0);
	ck_assert_str_eq(f.name, "tool");
	ck_assert_str_eq(f.comm, "tool");
	ck_assert_str_eq(f.exe, "/opt/tool");
	ck_assert_str_eq(f.user, "seven");
	ck_assert_str_eq(f.unit, "a.service");
	ck_assert_str_eq(f.cgroup, "/a");
	ck_assert_int_eq(f.ppid, pid);
	ck_assert_int_eq(f.session, 5);
	ck_assert_uint_eq(f.uid, 7);
	ck_assert_uint_eq(f.gid, 8);
	ck_assert_uint_eq(f.threads, 1);
	ck_assert_uint_eq(f.cmdline_bytes, 12);
	ck_assert_mem_eq(f.cmdline, "tool\0-x\0a b", 12);
	ck_assert_uint_gt(f.born, born_of(pid));
	facts_clear(&f);
}
END_TEST

START_TEST(what_is_not_there_is_unreadable)
{
	struct sim_program kernel = { .name = "kworker", .flags = 0x00200000 };
	pid_t              pid = sim_exec(sim, &kernel);
	uint64_t           which = FACT_BIT(FACT_exe) | FACT_BIT(FACT_args) |
	                           FACT_BIT(FACT_unit);
	struct facts       f = { 0 };

	ck_assert_int_eq(facts_of(pid, pid, which | FACT_BIT(FACT_name), &f),
	                 0);
	ck_assert_uint_eq(f.unreadable, which);
	ck_assert_str_eq(f.name, "kworker");
	facts_clear(&f);
	ck_assert_int_eq(facts_of(999, 999, which, &f), -ESRCH);
}
END_TEST

START_TEST(slow_facts_come_late_and_never_of_an_older_program)
{
	pid_t        pid = run("a");
	uint64_t     which = FACT_BIT(FACT_cmdline);
	struct facts f = { 0 };
	int          n = 0;

	drain();
	sim_delay(sim, 10 * MS);
	ck_assert_int_eq(facts_of(pid, pid, which, &f), -EINPROGRESS);
	ck_assert_int_eq(facts_of(pid, pid, which, &f), -EINPROGRESS);
	sim_exec_again(sim, pid, &(struct sim_program){ .name = "b" });
	drain();
	ck_assert_int_eq(next(100 * MS), 0);    /* that of "a" is not told    */
	ck_assert_int_eq(facts_of(pid, pid, which, &f), -EINPROGRESS);
	while (next(sim_now_ns(sim) + 20 * MS) > 0)
		n++;
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(events[0].kind, EVENT_FACTS);
	ck_assert_int_eq(facts_of(pid, pid, which, &f), 0);
	ck_assert_str_eq(f.cmdline, "b");
	facts_clear(&f);
}
END_TEST

START_TEST(a_thread_tells_its_own_name)
{
	pid_t        pid = run("player"), tid = sim_thread(sim, pid, "decoder");
	uint64_t     which = FACT_BIT(FACT_comm) | FACT_BIT(FACT_name) |
	                     FACT_BIT(FACT_exe);
	struct facts f = { 0 };

	ck_assert_int_eq(facts_of(pid, tid, which, &f), 0);
	ck_assert_str_eq(f.comm, "decoder");
	ck_assert_str_eq(f.name, "decoder");
	ck_assert_str_eq(f.exe, "/usr/bin/player");
	ck_assert_int_eq(facts_of(run("other"), tid, which, &f), -ESRCH);
	facts_clear(&f);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, facts_are_what_the_program_says);
	tcase_add_test(c, what_is_not_there_is_unreadable);
	tcase_add_test(c, slow_facts_come_late_and_never_of_an_older_program);
	tcase_add_test(c, a_thread_tells_its_own_name);
	return run_case(c, "sim: facts");
}
