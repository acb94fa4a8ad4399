/* test_engine_handle.c -- handlers: what sets them off, and what they do. */

#include "rehearsing.h"

static uint32_t calls, level;
static pid_t    told[HANDLED_TASKS_MAX];
static uint32_t told_count;

/* The pids of those that were sent along; nothing else is done with them. */
static bool pids_read(struct asking *q)
{
	told_count = 0;
	for (uint32_t i = 0; i < q->head.tasks; i++) {
		struct value v = { 0 };
		int r = question_fact(q->question, q->bytes, i, FACT_pid, &v);

		q->answer->read.task |= FACT_BIT(FACT_pid);
		if (r == -ENOENT) {
			q->answer->outcome = OUTCOME_NEEDS;
			return false;
		}
		ck_assert_int_ge(r, 0);
		told[told_count++] = r == 1 ? (pid_t)v.number : -1;
	}
	return true;
}

static struct action *deed(struct asking *q, uint32_t task)
{
	struct action *a = &q->deeds->action[q->deeds->count++];

	q->answer->outcome = OUTCOME_WANT;
	*a = (struct action){ .task = task };
	return a;
}

/* nice 7 for five seconds, to the first */
static void act_first(struct asking *q)
{
	struct action *a;

	ck_assert_int_ne(q->head.moment, MOMENT_NONE);
	if (!pids_read(q))
		return;
	calls++;
	level = q->head.level;
	if (told_count == 0)
		return;
	a = deed(q, 0);
	a->keep_ns = 5 * SECOND;
	want_set(&a->want, SETTING_nice, 7);
}

static struct builder_rule handler_of(uint32_t match, enum moment m)
{
	struct builder_rule r = rule_of(match);

	r.is_function = r.is_handler = true;
	r.moment = m;
	return r;
}

static void begin(struct builder_rule r, void (*act)(struct asking *q))
{
	rule_add(r);
	rules_end(act);
	calls = 0;
	curtain_up(1, NULL);
}

static void pressure(enum host_level l)
{
	sim_host(stage->sim, HOST_memory_pressure, l);
	settle();
}

START_TEST(pressure_that_rises_to_the_level_sets_a_handler_off)
{
	struct builder_rule r;
	pid_t               hog, other;

	rules_begin();
	r = handler_of(select_named(SELECT_PROCESS, "hog"),
	               MOMENT_MEMORY_PRESSURE);
	r.level = HOST_LEVEL_CRITICAL;
	begin(r, act_first);
	hog = run("hog");
	other = run("other");
	settle();
	pressure(HOST_LEVEL_WARN);
	ck_assert_uint_eq(calls, 0);
	pressure(HOST_LEVEL_CRITICAL);
	ck_assert_uint_eq(calls, 1);
	ck_assert_uint_eq(level, HOST_LEVEL_CRITICAL);
	ck_assert_uint_eq(told_count, 1);
	ck_assert_int_eq(told[0], hog);
	ck_assert_int_eq(nice_of(hog), 7);
	ck_assert_int_eq(nice_of(other), 0);
	pass(6 * SECOND);
	ck_assert_int_eq(nice_of(hog), 0);
	pressure(HOST_LEVEL_WARN);
	ck_assert_uint_eq(calls, 1);
	pressure(HOST_LEVEL_CRITICAL);
	ck_assert_uint_eq(calls, 2);
	ck_assert_int_eq(nice_of(hog), 7);
	curtain_down();
}
END_TEST

START_TEST(a_timer_sets_a_handler_off_each_period)
{
	struct builder_rule r;

	rules_begin();
	r = handler_of(IMAGE_NONE, MOMENT_TIMER);
	r.every_ns = 60 * SECOND;
	begin(r, act_first);
	pass(59 * SECOND);
	ck_assert_uint_eq(calls, 0);
	pass(2 * SECOND);
	ck_assert_uint_eq(calls, 1);
	pass(600 * SECOND);
	ck_assert_uint_eq(calls, 11);
	curtain_down();
}
END_TEST

START_TEST(a_handler_waits_for_no_host_that_its_when_excludes)
{
	struct builder_rule r;

	rules_begin();
	r = handler_of(IMAGE_NONE, MOMENT_TIMER);
	r.every_ns = 60 * SECOND;
	r.when = select_battery();
	begin(r, act_first);
	pass(61 * SECOND);
	ck_assert_uint_eq(calls, 0);
	sim_host(stage->sim, HOST_on_battery, true);
	pass(60 * SECOND);
	ck_assert_uint_eq(calls, 1);
	curtain_down();
}
END_TEST

START_TEST(who_has_the_focus_is_sent_first)
{
	pid_t first, second;

	rules_begin();
	begin(handler_of(select_named(SELECT_PROCESS, "member"), MOMENT_FOCUS),
	      act_first);
	first = run("member");
	second = run("member");
	settle();
	sim_focus(stage->sim, second);
	settle();
	ck_assert_uint_eq(calls, 1);
	ck_assert_uint_eq(told_count, 2);
	ck_assert_int_eq(told[0], second);
	ck_assert_int_eq(told[1], first);
	ck_assert_int_eq(nice_of(second), 7);
	ck_assert_int_eq(nice_of(first), 0);
	curtain_down();
}
END_TEST

/* Counts its calls in the state; wants what it counts of the first task. */
static void act_count(struct asking *q)
{
	static char        count;
	struct state_bytes s = { "", 0 };
	int r = question_state(q->question, q->bytes, 0, &s);

	q->answer->read.state |= 1;
	if (r == -ENOENT) {
		q->answer->outcome = OUTCOME_NEEDS;
		return;
	}
	if (q->head.moment == MOMENT_NONE) {
		say_want(q, SETTING_nice,
		         s.size == 0 ? 1 : *(const char *)s.bytes + 1);
		return;
	}
	count = s.size == 0 ? 1 : (char)(*(const char *)s.bytes + 1);
	q->deeds->written = 1;
	q->deeds->state[0] = (struct state_bytes){ &count, 1 };
	q->answer->outcome = OUTCOME_WANT;
}

START_TEST(a_state_is_kept_and_whoever_reads_it_is_asked_again)
{
	struct builder_rule r;
	pid_t               pid;

	rules_begin();
	ck_assert_int_eq(builder_state(building, "count", "test.c"), 0);
	rule_function(select_named(SELECT_PROCESS, "x"));
	r = handler_of(IMAGE_NONE, MOMENT_TIMER);
	r.every_ns = 60 * SECOND;
	begin(r, act_count);
	pid = run("x");
	settle();
	ck_assert_int_eq(nice_of(pid), 1);
	pass(61 * SECOND);
	ck_assert_int_eq(nice_of(pid), 2);
	/* The worker's death takes nothing along. */
	sim_worker_dies(stage->sim);
	pass(60 * SECOND);
	ck_assert_int_eq(nice_of(pid), 3);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine: handlers");
	TCase *all = tcase_create("all");

	tcase_add_test(all,
	               pressure_that_rises_to_the_level_sets_a_handler_off);
	tcase_add_test(all, a_timer_sets_a_handler_off_each_period);
	tcase_add_test(all, a_handler_waits_for_no_host_that_its_when_excludes);
	tcase_add_test(all, who_has_the_focus_is_sent_first);
	tcase_add_test(all,
	               a_state_is_kept_and_whoever_reads_it_is_asked_again);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
