/* test_os_linux_roster_trust.c -- of the kernel's list nothing is believed that
 * may have changed since. */

#include <linux/sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "listed.h"

/* As a listing goes: some at a time, the first of them at first. */
static size_t told_of(const pid_t *pids, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += roster_find(list, pids[i]) != NULL &&
		         says_as_files(roster_find(list, pids[i]), pids[i]);
	return found;
}

START_TEST(a_listing_is_told_of_in_parts)
{
	pid_t later;

	if (!have_list())
		return;
	for (int i = 0; i < 21; i++)
		be(keep_going);
	for (int at = 0; at < 21; at += 7) {
		roster_tell(list, at == 0, being + at, 7);
		ck_assert_uint_eq(told_of(being + at, 7), 7);
		ck_assert_uint_eq(told_of(being, (size_t)at), 0);
	}
	/* One that began in between, and took the place of that one. */
	roster_tell(list, true, being, 7);
	roster_tell(list, false, being + 14, 7);
	ck_assert_uint_eq(told_of(being + 14, 7), 7);
	roster_tell(list, false, being + 7, 7);
	ck_assert_uint_eq(told_of(being + 7, 7), 0);
	/* Nobody is told of who is not there. */
	roster_tell(list, true, being, 21);
	later = be(keep_going);
	roster_tell(list, false, &later, 1);
	roster_over(list);
	ck_assert_uint_eq(told_of(being, 22), 0);
	/* Of one whose beginning was not told of the rest is. */
	roster_tell(list, false, being + 7, 7);
	ck_assert_uint_eq(told_of(being, 7), 0);
	ck_assert_uint_eq(told_of(being + 7, 7), 7);
}
END_TEST

START_TEST(what_is_doubted_or_old_is_not_told)
{
	pid_t pid = be(keep_going);

	if (!have_list())
		return;
	ck_assert_ptr_nonnull(list_to(pid));
	roster_doubt(list, pid);
	ck_assert_ptr_null(roster_find(list, pid));
	ck_assert_ptr_nonnull(list_to(pid));
	roster_ended(list, getpid());
	ck_assert_ptr_null(roster_find(list, pid));
	ck_assert_ptr_nonnull(list_to(pid));
	roster_doubt_all(list);
	ck_assert_ptr_null(roster_find(list, pid));
	ck_assert_ptr_nonnull(list_to(pid));
	usleep(1100000);
	ck_assert_ptr_null(roster_find(list, pid));
	ck_assert_ptr_null(roster_find(list, 0));
}
END_TEST

/* As seen by whoever asks the sensor. */
static void lend_list(void)
{
	struct linux_os *in = os.sensor.self;

	in->look.roster = list;
	linux_actuator_listen(&os.actuator, list, files.tick_ns);
}

static void take_list_back(void)
{
	struct linux_os *in = os.sensor.self;

	in->look.roster = NULL;
	linux_actuator_listen(&os.actuator, NULL, files.tick_ns);
}

START_TEST(the_first_look_is_at_the_list)
{
	pid_t        pid = run_as("plain"), ppid = 0;
	struct facts read = { 0 };
	uint64_t     all = facts_of_source(FACT_SOURCE_STAT) |
	                   facts_of_source(FACT_SOURCE_STATUS) |
	                   FACT_BIT(FACT_comm) | FACT_BIT(FACT_name);

	if (!have_list())
		return;
	lend_list();
	ck_assert_ptr_nonnull(list_to(pid));
	ck_assert_int_eq(os.sensor.glimpse(os.sensor.self, pid, &f, &ppid), 0);
	take_list_back();
	ck_assert_int_eq(os.sensor.facts(os.sensor.self, id_of(pid), all,
	                                 &read), 0);
	ck_assert_uint_eq(f.known, all & ~FACT_BIT(FACT_rss));
	ck_assert_int_eq(ppid, getpid());
	ck_assert_int_eq(f.ppid, read.ppid);
	ck_assert_int_eq(f.session, read.session);
	ck_assert_uint_eq(f.born, read.born);
	ck_assert_int_eq(f.start_time_ns, read.start_time_ns);
	ck_assert_uint_eq(f.threads, read.threads);
	ck_assert_int_eq(f.sched, read.sched);
	ck_assert_uint_eq(f.uid, read.uid);
	ck_assert_uint_eq(f.gid, read.gid);
	ck_assert_str_eq(f.comm, read.comm);
	ck_assert_str_eq(f.name, read.name);
	facts_clear(&read);
}
END_TEST

/* A child with that very pid, as the kernel will have it again one day. */
static pid_t be_born_as(pid_t pid)
{
	struct clone_args a = { .exit_signal = SIGCHLD,
	                        .set_tid = (uint64_t)(uintptr_t)&pid,
	                        .set_tid_size = 1 };
	pid_t             child = (pid_t)syscall(SYS_clone3, &a, sizeof a);

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		wait_for_ever(NULL);
	}
	return child;
}

/* Listed, it dies, and before any knob is looked at somebody else has its pid.
 * Whatever comes first finds out. */
START_TEST(a_stranger_with_a_listed_pid_is_not_touched)
{
	const struct roster_entry *e;
	struct task_id             id;
	struct turned              t;
	pid_t                      pid = be(keep_going), stranger = -1;
	int64_t                    value;

	if (!have_list())
		return;
	lend_list();
	for (int i = 0; i < TRIES && stranger < 0; i++) {
		e = list_to(pid);
		ck_assert_ptr_nonnull(e);
		id = (struct task_id){ pid, pid, e->born_ns / files.tick_ns };
		end(pid);
		beings--;
		usleep(20000);          /* births are told apart by ticks     */
		stranger = be_born_as(pid);
		if (stranger < 0)       /* somebody was faster                */
			pid = be(keep_going);
	}
	ck_assert_int_eq(stranger, pid);
	being[beings++] = stranger;
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, id), 0);
	if (_i == 0)
		ck_assert_int_eq(os.actuator.proven(os.actuator.self), -ESRCH);
	if (_i == 1)
		ck_assert_int_eq(os.actuator.read(os.actuator.self, id,
		                                  SETTING_nice, &value),
		                 -ESRCH);
	if (_i == 2) {
		os.actuator.apply(os.actuator.self, id, SETTING_nice, 5, &t);
		ck_assert_int_eq(t.effect, EFFECT_GONE);
	}
	os.actuator.let_go(os.actuator.self);
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, id), -ESRCH);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)stranger), 0);
	take_list_back();
}
END_TEST

START_TEST(who_is_on_the_list_is_gripped_when_a_knob_is_looked_at)
{
	const struct roster_entry *e;
	struct task_id             id;
	struct turned              t;
	pid_t                      pid = be(keep_going);
	int64_t                    value;

	if (!have_list())
		return;
	lend_list();
	e = list_to(pid);
	ck_assert_ptr_nonnull(e);
	id = (struct task_id){ pid, pid, e->born_ns / files.tick_ns };
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, id), 0);
	ck_assert(os.actuator.had(os.actuator.self, id, SETTING_nice, 0));
	ck_assert(!os.actuator.had(os.actuator.self, id, SETTING_nice, 5));
	ck_assert_int_eq(os.actuator.read(os.actuator.self, id, SETTING_nice,
	                                  &value), 0);
	ck_assert(!os.actuator.had(os.actuator.self, id, SETTING_nice, 0));
	ck_assert_int_eq(os.actuator.proven(os.actuator.self), 0);
	os.actuator.apply(os.actuator.self, id, SETTING_nice, 5, &t);
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_int_eq(os.actuator.proven(os.actuator.self), 0);
	os.actuator.let_go(os.actuator.self);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)pid), 5);
	/* Nor is what the list said believed the next time. */
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, id), 0);
	ck_assert(!os.actuator.had(os.actuator.self, id, SETTING_nice, 0));
	ck_assert_int_eq(os.actuator.proven(os.actuator.self), 0);
	os.actuator.let_go(os.actuator.self);
	take_list_back();
}
END_TEST

/* Between the list and the look the child becomes another. */
START_TEST(who_changed_since_is_read_anew)
{
	struct linux_options o;
	struct linux_os     *in;
	pid_t                pid, ppid;
	size_t               at = 0;

	if (!have_list())
		return;
	linux_close(&os);
	o = options_for_tests();
	sensor_begin(&o, false);
	in = os.sensor.self;
	roster_free(in->look.roster);
	pid = child_that(be_others);
	lend_list();
	ck_assert_ptr_nonnull(list_to(pid));
	go();
	reap(pid);
	await(EVENT_UID, pid, &at);
	ck_assert_ptr_null(roster_find(list, pid));
	ck_assert_int_lt(os.sensor.glimpse(os.sensor.self, pid, &f, &ppid), 0);
	take_list_back();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("os linux roster");
	TCase *t = tcase_create("list");

	tcase_add_checked_fixture(t, begin, finish);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_listing_is_told_of_in_parts);
	tcase_add_test(t, what_is_doubted_or_old_is_not_told);
	tcase_add_test(t, the_first_look_is_at_the_list);
	tcase_add_loop_test(t, a_stranger_with_a_listed_pid_is_not_touched, 0,
	                    3);
	tcase_add_test(
		t, who_is_on_the_list_is_gripped_when_a_knob_is_looked_at);
	tcase_add_test(t, who_changed_since_is_read_anew);
	suite_add_tcase(s, t);
	return run_suite(s);
}
