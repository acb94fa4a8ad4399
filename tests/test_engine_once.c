/* test_engine_once.c -- memory is taken once for each verdict that wants it,
 * and how it went is told when it is known. */

#include "rehearsing.h"

static struct {
	struct change change[64];
	size_t        count;
} heard;

static void on_change(void *self, const struct change *c)
{
	(void)self;
	if (c->setting != SETTING_reclaim)
		return;
	ck_assert_uint_lt(heard.count, 64);
	heard.change[heard.count++] = *c;
}

static uint32_t rule;

/* "x" loses 4 MiB, as long as it is on battery or always. */
static pid_t begin(bool always)
{
	struct sim_program p = { .name = "x", .uid = 1000,
	                         .rss_bytes = 10 << 20 };
	pid_t              pid;

	heard.count = 0;
	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_nice, 3);
	rule = rule_wants(select_named(SELECT_PROCESS, "x"),
	                  always ? IMAGE_NONE : select_battery(),
	                  SETTING_reclaim, 4 << 20);
	rules_end(NULL);
	curtain_up(1, on_change);
	sim_delay(stage->sim, 3 * MS);
	pid = sim_exec(stage->sim, &p);
	ck_assert_int_gt(pid, 0);
	pass(SECOND);
	return pid;
}

static void battery(bool on)
{
	sim_host(stage->sim, HOST_on_battery, on);
	pass(SECOND);
}

static int64_t rss_of(pid_t pid)
{
	const struct sensor *door = &stage->os.sensor;
	struct facts         f = { .known = 0 };

	ck_assert_int_eq(door->facts(door->self,
	                             (struct task_id){ pid, pid, 0 },
	                             FACT_BIT(FACT_rss), &f), 0);
	return f.rss_bytes;
}

START_TEST(it_is_taken_once_however_often_the_task_is_judged)
{
	pid_t pid = begin(true);

	ck_assert_int_eq(rss_of(pid), 6 << 20);
	ck_assert_uint_eq(heard.count, 1);
	ck_assert_int_eq(heard.change[0].effect, EFFECT_APPLIED);
	ck_assert_int_eq(heard.change[0].now, 4 << 20);
	ck_assert_uint_eq(heard.change[0].rule, rule);
	ck_assert_int_eq(heard.change[0].whom.pid, pid);
	battery(true);                          /* another verdict, but for it */
	battery(false);
	sim_rename(stage->sim, pid, "other");
	pass(SECOND);
	ck_assert_int_eq(rss_of(pid), 6 << 20);
	ck_assert_uint_eq(heard.count, 1);
	curtain_down();
}
END_TEST

START_TEST(it_is_taken_again_when_it_is_wanted_again)
{
	pid_t pid = begin(false);

	ck_assert_uint_eq(heard.count, 0);
	battery(true);
	battery(false);
	battery(true);
	battery(false);
	battery(true);
	ck_assert_int_eq(rss_of(pid), 0);
	ck_assert_uint_eq(heard.count, 3);
	ck_assert_int_eq(heard.change[2].now, 2 << 20);
	battery(false);
	battery(true);
	ck_assert_uint_eq(heard.count, 4);
	ck_assert_int_eq(heard.change[3].effect, EFFECT_INERT);
	ck_assert_uint_eq(journal_count(stage->journal), 1);
	curtain_down();
}
END_TEST

START_TEST(another_program_is_another_verdict)
{
	pid_t              pid = begin(true);
	struct sim_program again = { .name = "x", .rss_bytes = 20 << 20 };

	ck_assert_int_eq(sim_exec_again(stage->sim, pid, &again), 0);
	pass(SECOND);
	ck_assert_int_eq(rss_of(pid), 16 << 20);
	ck_assert_uint_eq(heard.count, 2);
	curtain_down();
}
END_TEST

START_TEST(of_whom_left_meanwhile_nothing_is_told)
{
	pid_t pid = begin(false);

	sim_delay(stage->sim, SECOND);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	sim_exit(stage->sim, pid);
	pass(10 * SECOND);
	ck_assert_uint_eq(stage->engine.enforcer.under_ways, 0);
	curtain_down();
}
END_TEST

START_TEST(no_more_are_begun_than_can_be_under_way)
{
	const struct sim_program p = { .name = "x", .uid = 1000,
	                               .rss_bytes = 10 << 20 };
	size_t denied = 0;

	begin(false);
	for (int i = 0; i < UNDER_WAY_MAX + 4; i++)
		ck_assert_int_gt(sim_exec(stage->sim, &p), 0);
	pass(SECOND);
	sim_delay(stage->sim, 100 * SECOND);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	for (size_t i = 0; i < heard.count; i++)
		denied += heard.change[i].effect == EFFECT_DENIED;
	ck_assert_uint_ge(denied, 1);
	ck_assert_uint_le(stage->engine.enforcer.under_ways, UNDER_WAY_MAX);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine, once");
	TCase *c = tcase_create("rehearsal");

	tcase_add_test(c, it_is_taken_once_however_often_the_task_is_judged);
	tcase_add_test(c, it_is_taken_again_when_it_is_wanted_again);
	tcase_add_test(c, another_program_is_another_verdict);
	tcase_add_test(c, of_whom_left_meanwhile_nothing_is_told);
	tcase_add_test(c, no_more_are_begun_than_can_be_under_way);
	suite_add_tcase(s, c);
	return run_suite(s);
}
