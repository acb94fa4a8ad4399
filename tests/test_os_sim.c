/* test_os_sim.c -- the simulated machine keeps the promises of os.h: time,
 * news, listings, records. */

#include "sim_doors.h"

START_TEST(time_moves_only_when_asked)
{
	ck_assert_uint_eq(sim_now_ns(sim), 0);
	run("cc1");
	ck_assert_int_eq(next(5 * MS), 2);
	ck_assert_uint_eq(sim_now_ns(sim), 0);
	ck_assert_int_eq(next(0), 0);
	ck_assert_uint_eq(sim_now_ns(sim), 0);
	ck_assert_int_eq(next(5 * MS), 0);
	ck_assert_uint_eq(sim_now_ns(sim), 5 * MS);
	ck_assert_uint_eq(os.sensor.now_ns(os.sensor.self), 5 * MS);
	ck_assert_int_eq(next(3 * MS), 0);
	ck_assert_uint_eq(sim_now_ns(sim), 5 * MS);
	run("cc1");
	ck_assert_int_eq(next(UINT64_MAX), 2);
	ck_assert_uint_eq(events[1].at_ns, 5 * MS);
}
END_TEST

START_TEST(a_test_gets_the_machine_back_at_its_moment)
{
	sim_until(sim, 2 * MS);
	ck_assert_int_eq(next(UINT64_MAX), 0);
	ck_assert_uint_eq(sim_now_ns(sim), 2 * MS);
	run("cc1");
	ck_assert_int_eq(next(UINT64_MAX), 2);
	ck_assert_int_eq(next(9 * MS), 0);
	ck_assert_uint_eq(sim_now_ns(sim), 2 * MS);
	sim_until(sim, UINT64_MAX);
	ck_assert_int_eq(next(UINT64_MAX), -EDEADLK);
}
END_TEST

START_TEST(a_birth_is_told_as_the_kernel_does)
{
	pid_t pid = run("cc1"), child, tid;

	ck_assert_int_eq(next(0), 2);
	expect_event(&events[0], EVENT_FORK, pid, pid);
	ck_assert_int_eq(events[0].u.task.parent.pid, 1);
	expect_event(&events[1], EVENT_EXEC, pid, pid);
	child = sim_fork(sim, pid);
	tid = sim_thread(sim, child, "helper");
	sim_rename(sim, tid, "other");
	sim_set_uid(sim, child, 1000);
	sim_exit(sim, child);
	ck_assert_int_eq(next(0), 6);
	expect_event(&events[0], EVENT_FORK, child, child);
	ck_assert_int_eq(events[0].u.task.parent.pid, pid);
	expect_event(&events[1], EVENT_THREAD, child, tid);
	expect_event(&events[2], EVENT_RENAME, child, tid);
	expect_event(&events[3], EVENT_UID, child, child);
	expect_event(&events[4], EVENT_EXIT, child, tid);
	expect_event(&events[5], EVENT_EXIT, child, child);
}
END_TEST

START_TEST(only_what_is_watched_is_told)
{
	pid_t pid = run("player");

	os.sensor.watch(os.sensor.self, &(struct interest){ .forks = true });
	drain();
	sim_exit(sim, sim_thread(sim, pid, "helper"));
	sim_host(sim, HOST_on_battery, 1);
	ck_assert_int_eq(next(0), 0);
	os.sensor.watch(os.sensor.self,
	                &(struct interest){ .forks = true, .threads = true,
	                                    .host =
	                                    HOST_BIT(HOST_on_battery) });
	sim_thread(sim, pid, "helper");
	sim_host(sim, HOST_on_battery, 1);      /* as it was                  */
	sim_host(sim, HOST_on_battery, 0);
	sim_host(sim, HOST_memory_pressure, 1);
	ck_assert_int_eq(next(0), 2);
	ck_assert_int_eq(events[0].kind, EVENT_THREAD);
	ck_assert_int_eq(events[1].kind, EVENT_HOST);
	ck_assert_int_eq(events[1].u.host.fact, HOST_on_battery);
	ck_assert_int_eq(events[1].u.host.value, 0);
}
END_TEST

START_TEST(what_nothing_tells_of_the_machine_any_more_is_told_as_unreadable)
{
	int64_t value = -7;

	drain();
	ck_assert_int_eq(os.sensor.host(os.sensor.self, HOST_idle, &value),
	                 -ENODATA);
	ck_assert_int_eq(value, -7);
	sim_host(sim, HOST_idle, 0);
	sim_host_hide(sim, HOST_idle);
	sim_host_hide(sim, HOST_idle);          /* as it was                  */
	ck_assert_int_eq(next(0), 2);
	ck_assert(!events[0].u.host.unreadable);
	ck_assert_int_eq(events[1].u.host.fact, HOST_idle);
	ck_assert(events[1].u.host.unreadable);
	ck_assert_int_eq(os.sensor.host(os.sensor.self, HOST_idle, &value),
	                 -ENODATA);
}
END_TEST

START_TEST(orphans_go_to_init_and_an_exec_ends_threads)
{
	pid_t        pid = run("shell"), child = sim_fork(sim, pid), tid;
	struct facts f = { 0 };

	sim_exit(sim, pid);
	ck_assert_int_eq(facts_of(child, child, FACT_BIT(FACT_ppid), &f), 0);
	ck_assert_int_eq(f.ppid, 1);
	tid = sim_thread(sim, child, NULL);
	facts_forget(&f, FACT_BIT(FACT_threads));
	facts_of(child, child, FACT_BIT(FACT_threads), &f);
	ck_assert_uint_eq(f.threads, 2);
	sim_exec_again(sim, child, &(struct sim_program){ .name = "tool" });
	ck_assert_int_eq(sim_rename(sim, tid, "x"), -ESRCH);
	ck_assert_int_eq(sim_exit(sim, 1), -EPERM);
	ck_assert_int_eq(sim_exit(sim, 999), -ESRCH);
}
END_TEST

START_TEST(a_taken_pid_is_not_given_again)
{
	pid_t pid = run("a");

	sim_next_pid(sim, pid);
	ck_assert_int_eq(sim_fork(sim, 1), -EEXIST);
	ck_assert_int_ne(sim_fork(sim, 1), pid);
	ck_assert_int_eq(sim_fork(sim, 999), -ESRCH);
	sim_next_pid(sim, SIM_PIDS - 1);
	ck_assert_int_eq(sim_fork(sim, 1), SIM_PIDS - 1);
	sim->last_pid = SIM_PIDS - 2;
	ck_assert_int_eq(sim_fork(sim, 1), SIM_PID_AGAIN);
}
END_TEST

START_TEST(calls_fail_as_often_as_asked_and_are_counted)
{
	struct actuator *door = &os.actuator;
	pid_t            pid = run("a");
	struct task_id   id = id_of(pid, pid);
	struct facts     f = { 0 };
	int64_t          value;

	sim_fail(sim, SIM_APPLY, EPERM, 2);
	ck_assert_int_eq(apply(id, SETTING_nice, 5).effect, EFFECT_DENIED);
	ck_assert_int_eq(apply(id, SETTING_nice, 5).effect, EFFECT_DENIED);
	ck_assert_int_eq(knob(pid, SETTING_nice), 0);
	ck_assert_int_eq(apply(id, SETTING_nice, 5).effect, EFFECT_APPLIED);
	sim_fail(sim, SIM_APPLY, ESRCH, 1);
	ck_assert_int_eq(apply(id, SETTING_nice, 5).effect, EFFECT_GONE);
	sim_fail(sim, SIM_APPLY, EOPNOTSUPP, 1);
	ck_assert_int_eq(apply(id, SETTING_nice, 6).effect,
	                 EFFECT_UNSUPPORTED);
	ck_assert_uint_eq(sim_calls(sim, SIM_APPLY), 5);
	sim_fail(sim, SIM_FACTS, EIO, 1);
	ck_assert_int_eq(facts_of(pid, pid, FACT_BIT(FACT_uid), &f), -EIO);
	ck_assert_uint_eq(f.known, 0);
	ck_assert_int_eq(facts_of(pid, pid, FACT_BIT(FACT_uid), &f), 0);
	ck_assert_uint_eq(sim_calls(sim, SIM_FACTS), 2);
	sim_fail(sim, SIM_READ, EIO, 1);
	door->grip(door->self, id);
	ck_assert_int_eq(door->read(door->self, id, SETTING_nice, &value),
	                 -EIO);
	ck_assert_int_eq(door->read(door->self, id, SETTING_nice, &value), 0);
	ck_assert_int_eq(value, 5);
	ck_assert_uint_eq(sim_calls(sim, SIM_READ), 2);
}
END_TEST

static void expect_store(const char *text)
{
	char        read[64];
	size_t      bytes;
	const void *store = sim_store(sim, &bytes);
	int         n = os.store.read(os.store.self, 0, read, sizeof read);

	ck_assert_uint_eq(bytes, strlen(text));
	ck_assert_int_eq(n, (int)bytes);
	if (bytes > 0) {
		ck_assert_mem_eq(store, text, bytes);
		ck_assert_mem_eq(read, text, bytes);
	}
}

START_TEST(the_record_is_appended_replaced_whole_and_torn)
{
	struct store *door = &os.store;
	char          part[4];

	expect_store("");
	door->append(door->self, "one ", 4);
	door->append(door->self, "two", 3);
	expect_store("one two");
	ck_assert_int_eq(door->read(door->self, 5, part, 4), 2);
	ck_assert_mem_eq(part, "wo", 2);
	sim_fail(sim, SIM_APPEND, ENOSPC, 1);
	ck_assert_int_eq(door->append(door->self, "three", 5), -ENOSPC);
	expect_store("one two");
	door->replace_begin(door->self);
	door->replace_append(door->self, "lost", 4);
	expect_store("one two");
	door->replace_begin(door->self);
	door->replace_append(door->self, "new", 3);
	door->replace_commit(door->self);
	expect_store("new");
	door->append(door->self, " tail", 5);
	sim_tear_store(sim, 3);
	expect_store("new t");
	sim_tear_store(sim, 99);
	expect_store("");
}
END_TEST

START_TEST(lost_events_are_told_once)
{
	pid_t pid = run("a");

	drain();
	sim_lose(sim, 3);
	sim_exec_again(sim, pid, &(struct sim_program){ .name = "b" });
	sim_fork(sim, pid);
	ck_assert_int_eq(next(0), 1);
	ck_assert_int_eq(events[0].kind, EVENT_LOST);
	sim_fork(sim, pid);
	sim_fork(sim, pid);
	ck_assert_int_eq(next(0), 2);
	ck_assert_int_eq(events[0].kind, EVENT_LOST);
	ck_assert_int_eq(events[1].kind, EVENT_FORK);
}
END_TEST

START_TEST(a_full_queue_loses_events_and_says_so)
{
	size_t n = 0, lost = 0;
	int    got;

	for (size_t i = 0; i < SIM_QUEUE_MAX + 10; i++)
		sim_rename(sim, 1, "x");
	sim_stop(sim);
	while ((got = next(0)) > 0)
		for (int i = 0; i < got; i++) {
			n += events[i].kind == EVENT_RENAME;
			lost += events[i].kind == EVENT_LOST;
		}
	ck_assert_uint_eq(n, SIM_QUEUE_MAX);
	ck_assert_uint_eq(lost, 1);
	sim_rename(sim, 1, "x");
	ck_assert_int_eq(next(0), 1);
}
END_TEST

START_TEST(listing_gives_all_by_rising_pid)
{
	uint64_t       cursor = 0;
	struct task_id found[3];
	pid_t          last = 0, tids[2], a = run("a");
	int            n, count = 0;

	for (int i = 0; i < 20; i++) {
		sim_next_pid(sim, 5000 - i * 100);
		sim_thread(sim, a, NULL);
		run("b");
	}
	while ((n = os.sensor.list(os.sensor.self, &cursor, found, 3)) > 0)
		for (int i = 0; i < n; i++, count++) {
			ck_assert_int_gt(found[i].pid, last);
			last = found[i].pid;
		}
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(count, 22);
	cursor = 0;
	last = 0;
	count = 0;
	while ((n = os.sensor.threads(os.sensor.self, a, &cursor, tids, 2)) > 0)
		for (int i = 0; i < n; i++, count++) {
			ck_assert_int_gt(tids[i], last);
			last = tids[i];
		}
	ck_assert_int_eq(count, 21);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, time_moves_only_when_asked);
	tcase_add_test(c, a_test_gets_the_machine_back_at_its_moment);
	tcase_add_test(c, a_birth_is_told_as_the_kernel_does);
	tcase_add_test(c, only_what_is_watched_is_told);
	tcase_add_test(c,
		what_nothing_tells_of_the_machine_any_more_is_told_as_unreadable);
	tcase_add_test(c, orphans_go_to_init_and_an_exec_ends_threads);
	tcase_add_test(c, a_taken_pid_is_not_given_again);
	tcase_add_test(c, calls_fail_as_often_as_asked_and_are_counted);
	tcase_add_test(c, the_record_is_appended_replaced_whole_and_torn);
	tcase_add_test(c, lost_events_are_told_once);
	tcase_add_test(c, a_full_queue_loses_events_and_says_so);
	tcase_add_test(c, listing_gives_all_by_rising_pid);
	return run_case(c, "sim");
}
