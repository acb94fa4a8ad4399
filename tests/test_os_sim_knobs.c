/* test_os_sim_knobs.c -- knobs of the simulated machine reach whom they would
 * on Linux, and take what they would there. */

#include "sim_doors.h"

static const struct { enum setting what; int64_t value; } heirlooms[] = {
	{ SETTING_nice, 7 }, { SETTING_ionice, 12 },
	{ SETTING_timer_slack, 99 }, { SETTING_oom_score_adj, 300 },
	{ SETTING_sched, SCHED_CLASS_BATCH },
	{ SETTING_sched, SCHED_CLASS_FIFO | 10 << 8 },
	{ SETTING_autogroup_nice, 3 },
};

START_TEST(children_and_threads_have_their_parents_knobs)
{
	enum setting what = heirlooms[_i].what;
	int64_t      value = heirlooms[_i].value;
	pid_t        pid = run("a"), child, tid;

	ck_assert_int_eq(sim_set_knob(sim, pid, what, value), 0);
	child = sim_fork(sim, pid);
	tid = sim_thread(sim, child, "t");
	ck_assert_int_eq(knob(child, what), value);
	ck_assert_int_eq(knob(tid, what), value);
	sim_exec_again(sim, child, &(struct sim_program){ .name = "b" });
	ck_assert_int_eq(knob(child, what), value);
	if (what != SETTING_autogroup_nice)
		ck_assert_int_ne(knob(run("c"), what), value);
}
END_TEST

START_TEST(affinity_is_inherited_and_bounded_by_what_is_there)
{
	pid_t         pid = run("a");
	struct turned t;

	ck_assert_str_eq(interned_text(sets, knob(pid, SETTING_affinity)),
	                 SIM_CPUS);
	t = apply(id_of(pid, pid), SETTING_affinity,
	          interned_read_cpus(sets, "6-20"));
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_str_eq(interned_text(sets, t.now), "6-7");
	ck_assert_str_eq(interned_text(sets, knob(sim_fork(sim, pid),
	                                          SETTING_affinity)), "6-7");
	t = apply(id_of(pid, pid), SETTING_affinity,
	          interned_read_cpus(sets, "64"));
	ck_assert_int_eq(t.effect, EFFECT_UNSUPPORTED);
	ck_assert_str_eq(interned_text(sets, t.now), "6-7");
}
END_TEST

START_TEST(reset_on_fork_makes_ordinary_children)
{
	pid_t pid = run("a"), child;

	sim_set_knob(sim, pid, SETTING_nice, -5);
	sim_set_knob(sim, pid, SETTING_sched,
	             sched_value(SCHED_CLASS_FIFO, 5) | SCHED_VALUE_RESET);
	child = sim_fork(sim, pid);
	ck_assert_int_eq(knob(child, SETTING_sched), SCHED_CLASS_OTHER);
	ck_assert_int_eq(knob(child, SETTING_nice), 0);
	sim_set_knob(sim, pid, SETTING_nice, 5);
	sim_set_knob(sim, pid, SETTING_sched,
	             SCHED_CLASS_BATCH | SCHED_VALUE_RESET);
	child = sim_fork(sim, pid);
	ck_assert_int_eq(knob(child, SETTING_sched), SCHED_CLASS_BATCH);
	ck_assert_int_eq(knob(child, SETTING_nice), 5);
	sim_set_knob(sim, pid, SETTING_nice, -5);
	ck_assert_int_eq(knob(sim_fork(sim, pid), SETTING_nice), 0);
}
END_TEST

START_TEST(a_knob_reaches_its_scope_and_no_further)
{
	struct sim_program p = { .name = "a", .session = 50 };
	pid_t              a = sim_exec(sim, &p), b = sim_exec(sim, &p), tid;
	struct task_id     key_a, key_b, key_c;

	tid = sim_thread(sim, a, "t");
	ck_assert_int_eq(apply(id_of(a, tid), SETTING_nice, 9).effect,
	                 EFFECT_APPLIED);
	ck_assert_int_eq(knob(tid, SETTING_nice), 9);
	ck_assert_int_eq(knob(a, SETTING_nice), 0);
	apply(id_of(a, tid), SETTING_oom_score_adj, 100);
	ck_assert_int_eq(knob(a, SETTING_oom_score_adj), 100);
	ck_assert_int_eq(knob(b, SETTING_oom_score_adj), 0);
	apply(id_of(a, a), SETTING_autogroup_nice, 10);
	ck_assert_int_eq(knob(b, SETTING_autogroup_nice), 10);
	ck_assert_int_eq(knob(1, SETTING_autogroup_nice), 0);
	os.actuator.scope_key(os.actuator.self, id_of(a, tid),
	                      SETTING_autogroup_nice, &key_a);
	os.actuator.scope_key(os.actuator.self, id_of(b, b),
	                      SETTING_autogroup_nice, &key_b);
	ck_assert(task_id_equal(key_a, key_b));
	os.actuator.scope_key(os.actuator.self, id_of(a, tid), SETTING_nice,
	                      &key_c);
	ck_assert_int_eq(key_c.tid, tid);
	os.actuator.scope_key(os.actuator.self, id_of(a, tid),
	                      SETTING_oom_score_adj, &key_c);
	ck_assert_int_eq(key_c.tid, a);
	sim_exit(sim, a);
	sim_exit(sim, b);
	a = sim_exec(sim, &p);          /* the number again, another session  */
	os.actuator.scope_key(os.actuator.self, id_of(a, a),
	                      SETTING_autogroup_nice, &key_b);
	ck_assert(!task_id_equal(key_a, key_b));
	ck_assert_int_eq(knob(a, SETTING_autogroup_nice), 0);
}
END_TEST

static const struct { enum setting what; int64_t value; enum effect effect; }
values[] = {
	{ SETTING_nice, 19, EFFECT_APPLIED },
	{ SETTING_nice, -20, EFFECT_APPLIED },
	{ SETTING_nice, 0, EFFECT_ALREADY },
	{ SETTING_nice, 20, EFFECT_UNSUPPORTED },
	{ SETTING_nice, -21, EFFECT_UNSUPPORTED },
	{ SETTING_sched, SCHED_CLASS_OTHER, EFFECT_ALREADY },
	{ SETTING_sched, SCHED_CLASS_IDLE, EFFECT_APPLIED },
	{ SETTING_sched, SCHED_CLASS_IDLE | 1 << 8, EFFECT_UNSUPPORTED },
	{ SETTING_sched, SCHED_CLASS_RR, EFFECT_UNSUPPORTED },
	{ SETTING_sched, SCHED_CLASS_RR | 99 << 8, EFFECT_APPLIED },
	{ SETTING_sched, SCHED_CLASS_FIFO | 100 << 8, EFFECT_UNSUPPORTED },
	{ SETTING_sched, SCHED_CLASS_DEADLINE, EFFECT_UNSUPPORTED },
	{ SETTING_ionice, IONICE_NONE, EFFECT_ALREADY },
	{ SETTING_ionice, 23, EFFECT_APPLIED },
	{ SETTING_ionice, 24, EFFECT_UNSUPPORTED },
	{ SETTING_timer_slack, 0, EFFECT_UNSUPPORTED },
	{ SETTING_timer_slack, 1, EFFECT_APPLIED },
	{ SETTING_oom_score_adj, -1001, EFFECT_UNSUPPORTED },
	{ SETTING_oom_score_adj, -1000, EFFECT_APPLIED },
	{ SETTING_qos, 0, EFFECT_UNSUPPORTED },
	{ SETTING_rt_priority, 5, EFFECT_UNSUPPORTED },
};

START_TEST(values_are_taken_as_linux_takes_them)
{
	enum setting  what = values[_i].what;
	bool          is_knob = setting_knobs() & SETTING_BIT(what);
	pid_t         pid = run("a");
	int64_t       before = is_knob ? knob(pid, what) : 0;
	struct turned t = apply(id_of(pid, pid), what, values[_i].value);

	ck_assert_int_eq(t.effect, values[_i].effect);
	if (!is_knob)
		return;
	if (t.effect == EFFECT_UNSUPPORTED)
		ck_assert_int_eq(knob(pid, what), before);
	else
		ck_assert_int_eq(knob(pid, what), values[_i].value);
	ck_assert_int_eq(t.now, knob(pid, what));
}
END_TEST

START_TEST(the_dead_and_the_stranger_are_not_reached)
{
	struct actuator *door = &os.actuator;
	pid_t            pid = run("a"), other;
	struct task_id   id = id_of(pid, pid);
	struct turned    t;
	int64_t          value;

	id.born = born_of(pid);
	ck_assert_int_eq(door->grip(door->self, id), 0);
	ck_assert_int_eq(door->grip(door->self, id), -EBUSY);
	ck_assert_int_eq(door->proven(door->self), 0);
	sim_exit(sim, pid);
	ck_assert_int_eq(door->proven(door->self), -ESRCH);
	sim_next_pid(sim, pid);
	other = run("b");
	ck_assert_int_eq(other, pid);
	ck_assert_int_eq(door->proven(door->self), -ESRCH);
	door->apply(door->self, id, SETTING_nice, 5, &t);
	ck_assert_int_eq(t.effect, EFFECT_GONE);
	ck_assert_int_eq(door->read(door->self, id, SETTING_nice, &value),
	                 -ESRCH);
	ck_assert_int_eq(knob(pid, SETTING_nice), 0);
	door->let_go(door->self);
	ck_assert_int_eq(door->grip(door->self, id), -ESRCH);
	id.born = 0;
	ck_assert_int_eq(door->grip(door->self, id), 0);
	ck_assert_int_eq(door->read(door->self, id, SETTING_nice, &value), 0);
	ck_assert_int_eq(door->read(door->self, id_of(1, 1), SETTING_nice,
	                            &value), -ESRCH);
	door->let_go(door->self);
	ck_assert_int_eq(door->read(door->self, id, SETTING_nice, &value),
	                 -ESRCH);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_loop_test(c, children_and_threads_have_their_parents_knobs, 0,
	                    sizeof heirlooms / sizeof heirlooms[0]);
	tcase_add_test(c, affinity_is_inherited_and_bounded_by_what_is_there);
	tcase_add_test(c, reset_on_fork_makes_ordinary_children);
	tcase_add_test(c, a_knob_reaches_its_scope_and_no_further);
	tcase_add_loop_test(c, values_are_taken_as_linux_takes_them, 0,
	                    sizeof values / sizeof values[0]);
	tcase_add_test(c, the_dead_and_the_stranger_are_not_reached);
	return run_case(c, "sim: knobs");
}
