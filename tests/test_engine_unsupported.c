/* test_engine_unsupported.c -- what a rule wants and the system does not have
 * is told with its reason, and touches nothing. */

#include "rehearsing.h"

#define LACKS "the simulated machine has no such knob"

static struct {
	struct change change[64];
	size_t        count;
} heard;

static void on_change(void *self, const struct change *c)
{
	(void)self;
	ck_assert_uint_lt(heard.count, 64);
	heard.change[heard.count++] = *c;
}

static void act_never(struct asking *q)
{
	(void)q;
	ck_abort_msg("no function should have been asked");
}

static void x_wants(const struct want *w)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "x"));

	r.want = w;
	rule_add(r);
}

/* The one change of that setting that was told. */
static const struct change *told(enum setting s)
{
	const struct change *found = NULL;

	for (size_t i = 0; i < heard.count; i++)
		if (heard.change[i].setting == s) {
			ck_assert_ptr_null(found);
			found = &heard.change[i];
		}
	ck_assert_msg(found != NULL, "nothing was told of %s",
	              setting_rows[s].name);
	return found;
}

static void assert_unsupported(enum setting s, const char *why)
{
	ck_assert_int_eq(told(s)->effect, EFFECT_UNSUPPORTED);
	ck_assert_str_eq(told(s)->why, why);
	ck_assert_uint_eq(told(s)->threads, 0);
	ck_assert_int_eq(told(s)->before, VALUE_UNREAD);
}

static pid_t play(const struct want *w)
{
	pid_t x;

	heard.count = 0;
	x_wants(w);
	rules_end(act_never);
	curtain_up(1, on_change);
	x = run("x");
	settle();
	return x;
}

/* Some value of the setting, which there always is. */
static int64_t some_value(enum setting s)
{
	static const char *const usual[] = { "5", "50%", "2GiB", "10ms", "60s",
	                                     "true", "passive", "default",
	                                     "idle", "0", "build",
	                                     "5ms/1ms/4ms" };
	int64_t value;

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (setting_parse(s, usual[i], building_sets, &value) == 0)
			return value;
	ck_abort_msg("no value for %s", setting_rows[s].name);
}

START_TEST(a_knob_that_the_system_lacks_is_told_once)
{
	struct want w = { 0 };
	pid_t       x;

	rules_begin();
	troupe.without_groups = true;
	want_set(&w, SETTING_memory_high, INT64_C(1) << 30);
	want_set(&w, SETTING_pool, interned_read_names(building_sets, "build"));
	want_set(&w, SETTING_swap, 4096);
	want_set(&w, SETTING_nice, 5);
	x = play(&w);
	assert_unsupported(SETTING_memory_high, LACKS);
	assert_unsupported(SETTING_pool, LACKS);
	assert_unsupported(SETTING_swap, LACKS);
	ck_assert_int_eq(told(SETTING_nice)->effect, EFFECT_APPLIED);
	ck_assert_int_eq(nice_of(x), 5);
	sim_host(stage->sim, HOST_on_battery, 1);
	pass(SECOND);
	ck_assert_uint_eq(heard.count, 4);
	curtain_down();
}
END_TEST

START_TEST(what_is_a_single_threads_is_told_to_be_so)
{
	struct want w = { 0 };

	rules_begin();
	want_set(&w, SETTING_precedence, 3);
	want_set(&w, SETTING_realtime, realtime_value(5000, 1000, 4000));
	play(&w);
	assert_unsupported(SETTING_precedence, ACTUATOR_SINGLE);
	assert_unsupported(SETTING_realtime, ACTUATOR_SINGLE);
	curtain_down();
}
END_TEST

START_TEST(an_intent_that_stands_for_knobs_is_told_as_these)
{
	struct want w = { 0 };
	pid_t       x;

	rules_begin();
	want_set(&w, SETTING_io, IO_PASSIVE);
	x = play(&w);
	ck_assert_int_eq(told(SETTING_ionice)->effect, EFFECT_APPLIED);
	ck_assert_int_eq(knob(x, SETTING_ionice), 0);
	ck_assert_uint_eq(heard.count, 1);
	curtain_down();
}
END_TEST

START_TEST(kinds_of_cores_are_not_taken_for_cpus)
{
	struct want w = { 0 };
	pid_t       x;
	int64_t     before;

	rules_begin();
	want_set(&w, SETTING_affinity,
	         interned_read_cpus(building_sets, "efficiency"));
	x = play(&w);
	assert_unsupported(SETTING_affinity,
	                   "the simulated machine's cores are all alike");
	before = knob(1, SETTING_affinity);
	ck_assert_int_eq(knob(x, SETTING_affinity), before);
	curtain_down();
}
END_TEST

/* One after the other, whichever the system has. */
START_TEST(every_setting_is_answered_for)
{
	enum setting s = (enum setting)_i;
	struct want  w = { 0 };
	size_t       left;

	if (setting_rows[s].kind == SETTING_KIND_PART)
		return;
	rules_begin();
	want_set(&w, s, some_value(s));
	play(&w);
	ck_assert_uint_ge(heard.count, 1);
	for (size_t i = 0; i < heard.count; i++)
		if (heard.change[i].effect == EFFECT_UNSUPPORTED)
			ck_assert_str_ne(heard.change[i].why, "");
	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

START_TEST(nothing_is_recorded_of_what_was_not_turned)
{
	struct want w = { 0 };

	rules_begin();
	troupe.without_groups = true;
	want_set(&w, SETTING_weight, 50);
	want_set(&w, SETTING_reclaim, 4096);
	want_set(&w, SETTING_memory_low, 4096);
	play(&w);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	ck_assert_int_ge(rehearsal_restart(stage), 0);
	settle();
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine, unsupported");
	TCase *c = tcase_create("rehearsal");

	tcase_add_test(c, a_knob_that_the_system_lacks_is_told_once);
	tcase_add_test(c, what_is_a_single_threads_is_told_to_be_so);
	tcase_add_test(c, an_intent_that_stands_for_knobs_is_told_as_these);
	tcase_add_test(c, kinds_of_cores_are_not_taken_for_cpus);
	tcase_add_test(c, nothing_is_recorded_of_what_was_not_turned);
	tcase_add_loop_test(c, every_setting_is_answered_for, 0, SETTING_COUNT);
	suite_add_tcase(s, c);
	return run_suite(s);
}
