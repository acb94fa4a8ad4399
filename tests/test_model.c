/* test_model.c -- sets of CPUs, bounds, classes, facts and names. */

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "model/facts.h"
#include "model/layer.h"
#include "model/intent.h"
#include "model/want.h"
#include "os/os.h"
#include "sets.h"
#include "suite.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

START_TEST(equal_cpu_sets_have_equal_ids)
{
	uint8_t bits[64] = { 0x0f, 0x01 };
	int64_t a = cpus("0-3,8");

	ck_assert_int_ge(a, 0);
	ck_assert_int_eq(cpus("8,3,2,0-1"), a);
	ck_assert_int_eq(cpus("0-3,8\n"), a);
	ck_assert_int_eq(interned_add_cpus(sets, bits, 2), a);
	ck_assert_int_eq(interned_add_cpus(sets, bits, sizeof(bits)), a);
	ck_assert_int_ne(cpus("0-3"), a);
	ck_assert_str_eq(interned_text(sets, a), "0-3,8");
	ck_assert_str_eq(interned_text(sets, cpus("1,0")), "0-1");
	ck_assert_str_eq(interned_text(sets, cpus("4095")), "4095");
	ck_assert_str_eq(interned_text(sets, 99), "");
	ck_assert_str_eq(interned_text(sets, -1), "");
}
END_TEST

START_TEST(a_list_of_cpus_is_read_strictly)
{
	static const char *const wrong[] = {
		"", ",", "0,", ",0", "a", "0-", "-1", "3-1", "0 1", "0-3-5",
		"0\n\n", "0,3-1",
	};

	for (size_t i = 0; i < COUNT(wrong); i++)
		ck_assert_msg(cpus(wrong[i]) == -EINVAL, "'%s'", wrong[i]);
	ck_assert_int_eq(cpus("4096"), -ERANGE);
	ck_assert_int_eq(cpus("0-99999999999999999999999"), -ERANGE);
	ck_assert_int_eq(interned_add_cpus(sets, (uint8_t[4]){ 0 }, 4), -EINVAL);
	ck_assert_int_eq(interned_add_cpus(sets, (uint8_t[4]){ 0 }, 0), -EINVAL);
}
END_TEST

START_TEST(the_longest_list_of_cpus_fits)
{
	uint8_t bits[CPUS_MAX / 8];
	int64_t id;

	memset(bits, 0x55, sizeof(bits));
	id = interned_add_cpus(sets, bits, sizeof(bits));
	ck_assert_int_ge(id, 0);
	ck_assert_int_eq(cpus(interned_text(sets, id)), id);
	memset(bits, 0xff, sizeof(bits));
	id = interned_add_cpus(sets, bits, sizeof(bits));
	ck_assert_str_eq(interned_text(sets, id), "0-4095");
}
END_TEST

START_TEST(a_set_comes_back_as_a_bitmap)
{
	uint8_t bits[4] = { 9, 9, 9, 9 };

	ck_assert_int_eq(interned_bits(sets, cpus("0,9"), bits, 4), 0);
	ck_assert_mem_eq(bits, ((uint8_t[]){ 1, 2, 0, 0 }), 4);
	ck_assert_int_eq(interned_bits(sets, cpus("32"), bits, 4), -ERANGE);
	ck_assert_int_eq(interned_bits(sets, 99, bits, 4), -ENOENT);
	ck_assert_mem_eq(bits, ((uint8_t[]){ 1, 2, 0, 0 }), 4);
}
END_TEST

START_TEST(two_sets_share_what_is_in_both)
{
	int64_t a = cpus("0-7,100"), b = cpus("4-15");

	ck_assert_int_eq(interned_intersect(sets, a, b), cpus("4-7"));
	ck_assert_int_eq(interned_intersect(sets, b, a), cpus("4-7"));
	ck_assert_int_eq(interned_intersect(sets, a, a), a);
	ck_assert_int_eq(interned_intersect(sets, a, cpus("8-9")), -ENOENT);
	ck_assert_int_eq(interned_intersect(sets, a, 12345), -ENOENT);
}
END_TEST

START_TEST(sets_past_the_bound_are_refused_and_counted)
{
	for (unsigned i = 1; i <= INTERNED_MAX; i++)
		ck_assert_int_ge(interned_add_cpus(sets, (uint8_t[]){
			(uint8_t)i, (uint8_t)(i >> 8) }, 2), 0);
	ck_assert_uint_eq(interned_refused(sets), 0);
	ck_assert_int_eq(cpus("77"), -ENOMEM);
	ck_assert_uint_eq(interned_refused(sets), 1);
	ck_assert_int_eq(cpus("0"), 0);         /* an old one is still known */
}
END_TEST

static int64_t clamped(enum setting s, struct bound b, int64_t value)
{
	int64_t got = 12345;
	int     r = bound_clamp(s, &b, sets, value, &got);

	ck_assert_int_eq(got == 12345, r < 0);
	return r < 0 ? r : got;
}

START_TEST(an_open_bound_changes_nothing)
{
	ck_assert_int_eq(clamped(SETTING_nice, bound_open(SETTING_nice), -20),
	                 -20);
	ck_assert_int_eq(clamped(SETTING_sched, bound_open(SETTING_sched),
	                         SCHED_CLASS_FIFO | 10 << 8),
	                 SCHED_CLASS_FIFO | 10 << 8);
	ck_assert_int_eq(clamped(SETTING_qos, bound_open(SETTING_qos), 4), 4);
	ck_assert_int_eq(clamped(SETTING_affinity, bound_open(SETTING_affinity),
	                         cpus("5")), cpus("5"));
	ck_assert_int_eq(clamped(SETTING_ionice, bound_open(SETTING_ionice),
	                         -1),
	                 -1);
}
END_TEST

START_TEST(a_number_is_clamped_to_the_nearest)
{
	struct bound b = { .low = 0, .high = 10 };

	ck_assert_int_eq(clamped(SETTING_nice, b, -5), 0);
	ck_assert_int_eq(clamped(SETTING_nice, b, 15), 10);
	ck_assert_int_eq(clamped(SETTING_nice, b, 3), 3);
	ck_assert_int_eq(clamped(SETTING_nice, b, VALUE_UNTOUCHED),
	                 VALUE_UNTOUCHED);
	b = (struct bound){ .low = 1, .high = 50000 };
	ck_assert_int_eq(clamped(SETTING_timer_slack, b, 60000), 50000);
	b = (struct bound){ .low = -1, .high = 0 };
	ck_assert_int_eq(clamped(SETTING_ionice, b, 15), 0);
}
END_TEST

#define CLASS(c) (UINT32_C(1) << SCHED_CLASS_##c)

START_TEST(a_class_falls_to_the_highest_allowed_below)
{
	struct bound ordinary = { .allowed = CLASS(IDLE) | CLASS(BATCH) |
	                                     CLASS(OTHER) };
	struct bound batch = { .allowed = CLASS(BATCH) };
	struct bound rr = { .allowed = CLASS(RR) };
	int64_t      fifo = sched_value(SCHED_CLASS_FIFO, 30);

	ck_assert_int_eq(clamped(SETTING_sched, ordinary, fifo),
	                 SCHED_CLASS_OTHER);
	ck_assert_int_eq(clamped(SETTING_sched, ordinary,
	                         fifo | SCHED_VALUE_RESET),
	                 SCHED_CLASS_OTHER | SCHED_VALUE_RESET);
	ck_assert_int_eq(clamped(SETTING_sched, batch, SCHED_CLASS_IDLE),
	                 SCHED_CLASS_BATCH);
	ck_assert_int_eq(clamped(SETTING_sched, rr, fifo),
	                 sched_value(SCHED_CLASS_RR, 30));
	ck_assert_int_eq(clamped(SETTING_sched, rr, SCHED_CLASS_OTHER),
	                 sched_value(SCHED_CLASS_RR, 1));
	ck_assert_int_eq(clamped(SETTING_sched, (struct bound){ 0 }, fifo),
	                 -ENOENT);
	ck_assert_int_eq(clamped(SETTING_qos,
	                         (struct bound){ .allowed = 1 << 1 },
	                         QOS_USER_INITIATED), QOS_UTILITY);
	ck_assert_int_eq(clamped(SETTING_qos,
	                         (struct bound){ .allowed = 1 << 1 },
	                         QOS_BACKGROUND), QOS_UTILITY);
}
END_TEST

START_TEST(an_affinity_is_cut_to_the_widest_set)
{
	struct bound b = { .low = cpus("0-3") };

	ck_assert_int_eq(clamped(SETTING_affinity, b, cpus("2-9")),
	                 cpus("2-3"));
	ck_assert_int_eq(clamped(SETTING_affinity, b, cpus("8")), -ENOENT);
}
END_TEST

START_TEST(two_bounds_leave_what_both_allow)
{
	struct bound a = { .low = -5, .high = 10 };
	struct bound b = { .low = 0, .high = 19 };

	ck_assert_int_eq(bound_intersect(SETTING_nice, &a, &b, sets), 0);
	ck_assert_int_eq(a.low, 0);
	ck_assert_int_eq(a.high, 10);
	b = (struct bound){ .low = 11, .high = 19 };
	ck_assert_int_eq(bound_intersect(SETTING_nice, &a, &b, sets), -ENOENT);
	ck_assert_int_eq(a.low, 0);
	ck_assert_int_eq(a.high, 10);

	a = bound_open(SETTING_sched);
	b.allowed = CLASS(OTHER) | CLASS(FIFO);
	ck_assert_int_eq(bound_intersect(SETTING_sched, &a, &b, sets), 0);
	ck_assert_uint_eq(a.allowed, CLASS(OTHER) | CLASS(FIFO));
	b.allowed = CLASS(IDLE);
	ck_assert_int_eq(bound_intersect(SETTING_sched, &a, &b, sets), -ENOENT);
	ck_assert_uint_eq(a.allowed, CLASS(OTHER) | CLASS(FIFO));

	a = bound_open(SETTING_affinity);
	b = (struct bound){ .low = cpus("0-3") };
	ck_assert_int_eq(bound_intersect(SETTING_affinity, &a, &b, sets), 0);
	ck_assert_int_eq(a.low, cpus("0-3"));
	b = bound_open(SETTING_affinity);
	ck_assert_int_eq(bound_intersect(SETTING_affinity, &a, &b, sets), 0);
	ck_assert_int_eq(a.low, cpus("0-3"));
	b.low = cpus("4");
	ck_assert_int_eq(bound_intersect(SETTING_affinity, &a, &b, sets),
	                 -ENOENT);
	ck_assert_int_eq(a.low, cpus("0-3"));
}
END_TEST

START_TEST(every_class_sets_the_same_knobs)
{
	struct intents t;

	intents_default(&t);
	for (int i = 0; i < QOS_COUNT; i++) {
		ck_assert(t.qos[i].has == t.qos[0].has);
		ck_assert((t.qos[i].has & ~setting_knobs()) == 0);
		for (int s = 0; s < SETTING_COUNT; s++)
			ck_assert(!want_has(&t.qos[i], (enum setting)s) ||
			          setting_valid((enum setting)s,
			                        t.qos[i].value[s]));
	}
}
END_TEST

static const char *knob_of(const struct want *w, enum setting s)
{
	static char text[VALUE_TEXT_MAX];

	ck_assert(want_has(w, s));
	return setting_print(s, w->value[s], sets, text, sizeof(text));
}

START_TEST(a_class_expands_and_a_knob_beside_it_stays)
{
	struct intents t;
	struct want    w = { 0 };

	intents_default(&t);
	want_set(&w, SETTING_qos, QOS_UTILITY);
	want_set(&w, SETTING_nice, 3);
	want_set(&w, SETTING_oom_score_adj, 100);
	intents_expand(&t, &w);
	ck_assert(!want_has(&w, SETTING_qos));
	ck_assert_str_eq(knob_of(&w, SETTING_nice), "3");
	ck_assert_str_eq(knob_of(&w, SETTING_oom_score_adj), "100");
	ck_assert_str_eq(knob_of(&w, SETTING_sched), "batch");
	ck_assert_str_eq(knob_of(&w, SETTING_ionice), "best-effort:6");
	ck_assert_str_eq(knob_of(&w, SETTING_timer_slack), "1ms");
}
END_TEST

START_TEST(an_untouched_class_leaves_all_its_knobs_untouched)
{
	struct intents t;
	struct want    w = { 0 };

	intents_default(&t);
	want_set(&w, SETTING_qos, VALUE_UNTOUCHED);
	intents_expand(&t, &w);
	ck_assert(w.has == t.qos[QOS_DEFAULT].has);
	ck_assert_str_eq(knob_of(&w, SETTING_nice), "untouched");

	want_set(&t.qos[QOS_UTILITY], SETTING_oom_score_adj, 5);
	w = (struct want){ 0 };
	want_set(&w, SETTING_qos, VALUE_UNTOUCHED);
	intents_expand(&t, &w);
	ck_assert_str_eq(knob_of(&w, SETTING_oom_score_adj), "untouched");

	w = (struct want){ 0 };
	intents_expand(&t, &w);
	ck_assert(w.has == 0);
}
END_TEST

START_TEST(a_forgotten_fact_is_read_again)
{
	struct facts f = { .known = FACT_BIT(FACT_uid) | FACT_BIT(FACT_args) |
	                            FACT_BIT(FACT_cmdline),
	                   .unreadable = FACT_BIT(FACT_exe) };

	f.cmdline = strdup("a");
	f.cmdline_bytes = 2;
	facts_forget(&f, FACT_BIT(FACT_args) | FACT_BIT(FACT_exe));
	ck_assert(f.known == (FACT_BIT(FACT_uid) | FACT_BIT(FACT_cmdline)));
	ck_assert(f.unreadable == 0);
	ck_assert_str_eq(f.cmdline, "a");       /* cmdline still needs it */
	facts_forget(&f, FACT_BIT(FACT_cmdline));
	ck_assert_ptr_null(f.cmdline);
	ck_assert_uint_eq(f.cmdline_bytes, 0);
	f.cmdline = strdup("b");
	facts_clear(&f);
	ck_assert(f.known == 0 && f.cmdline == NULL);
}
END_TEST

START_TEST(a_text_is_kept_as_far_as_there_is_room_and_stays_where_it_is)
{
	struct facts f = { .known = 0 };
	char         name[NAME_KEEP + 10];
	const char  *kept;

	ck_assert_str_eq(facts_text(&f, FACT_exe), "");
	facts_tell(&f, FACT_exe, "/bin/a");
	ck_assert(f.known == FACT_BIT(FACT_exe) && f.unreadable == 0);
	kept = facts_text(&f, FACT_exe);
	ck_assert_str_eq(kept, "/bin/a");
	facts_forget(&f, FACT_BIT(FACT_exe));
	facts_tell(&f, FACT_exe, "/bin/a");
	ck_assert_ptr_eq(facts_text(&f, FACT_exe), kept);
	facts_tell(&f, FACT_exe, "/bin/b");
	ck_assert_str_eq(f.exe, "/bin/b");
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = '\0';
	facts_tell(&f, FACT_unit, name);
	ck_assert_uint_eq(strlen(f.unit), NAME_KEEP - 1);
	facts_tell(&f, FACT_user, name);
	ck_assert_uint_eq(strlen(f.user), NAME_KEEP / 4 - 1);
	ck_assert_ptr_null(f.name);
	facts_clear(&f);
	ck_assert(f.known == 0 && f.exe == NULL && f.unit == NULL);
}
END_TEST

START_TEST(facts_are_known_by_name_source_and_drift)
{
	enum fact f;

	for (int i = 0; i < FACT_COUNT; i++) {
		ck_assert_int_eq(fact_find(fact_rows[i].name, &f), 0);
		ck_assert_int_eq((int)f, i);
	}
	ck_assert_int_eq(fact_find("comn", &f), -ENOENT);
	ck_assert_str_eq(fact_nearest("comn"), "comm");
	ck_assert(facts_of_source(FACT_SOURCE_SLOW) ==
	          (FACT_BIT(FACT_cmdline) | FACT_BIT(FACT_args) |
	           FACT_BIT(FACT_title) | FACT_BIT(FACT_script) |
	           FACT_BIT(FACT_app) | FACT_BIT(FACT_env)));
	ck_assert(facts_that_drift() ==
	          (FACT_BIT(FACT_age) | FACT_BIT(FACT_threads) |
	           FACT_BIT(FACT_cpu) | FACT_BIT(FACT_rss) |
	           FACT_BIT(FACT_io_rate)));
}
END_TEST

START_TEST(a_fact_with_a_unit_is_written_with_it)
{
	static const struct {
		enum fact   fact;
		const char *text;
		int64_t     value;
	} right[] = {
		{ FACT_age, "5s", INT64_C(5000000000) },
		{ FACT_rss, "2GiB", INT64_C(1) << 31 },
		{ FACT_cpu, "80%", 80 }, { FACT_cpu, "250%", 250 },
		{ FACT_io_rate, "1.5MiB/s", 3 << 19 },
	}, wrong[] = {
		{ FACT_age, "5", 0 }, { FACT_rss, "2GiB/s", 0 },
		{ FACT_cpu, "0.5%", 0 }, { FACT_cpu, "80", 0 },
		{ FACT_io_rate, "1MiB", 0 }, { FACT_io_rate, "/s", 0 },
		{ FACT_threads, "5", 0 }, { FACT_name, "5s", 0 },
	};
	int64_t value;

	for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
		ck_assert_int_eq(fact_parse(right[i].fact, right[i].text,
		                            &value), 0);
		ck_assert_int_eq(value, right[i].value);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_int_eq(fact_parse(wrong[i].fact, wrong[i].text,
		                            &value), -EINVAL);
	ck_assert_int_eq(fact_in_step(FACT_cpu, 84), 80);
	ck_assert_int_eq(fact_in_step(FACT_threads, 7), 7);
}
END_TEST

START_TEST(layers_and_effects_have_names)
{
	ck_assert_str_eq(layer_name(LAYER_VENDOR), "vendor");
	ck_assert_str_eq(layer_name(LAYER_USER), "user");
	ck_assert_str_eq(layer_name(LAYERS), "?");
	ck_assert_str_eq(effect_name(EFFECT_INERT), "inert");
	for (int e = 0; e < EFFECTS; e++)
		ck_assert_str_ne(effect_name((enum effect)e), "?");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		equal_cpu_sets_have_equal_ids,
		a_list_of_cpus_is_read_strictly,
		the_longest_list_of_cpus_fits,
		a_set_comes_back_as_a_bitmap,
		two_sets_share_what_is_in_both,
		sets_past_the_bound_are_refused_and_counted,
		an_open_bound_changes_nothing,
		a_number_is_clamped_to_the_nearest,
		a_class_falls_to_the_highest_allowed_below,
		an_affinity_is_cut_to_the_widest_set,
		two_bounds_leave_what_both_allow,
		every_class_sets_the_same_knobs,
		a_class_expands_and_a_knob_beside_it_stays,
		an_untouched_class_leaves_all_its_knobs_untouched,
		a_forgotten_fact_is_read_again,
		a_text_is_kept_as_far_as_there_is_room_and_stays_where_it_is,
		facts_are_known_by_name_source_and_drift,
		a_fact_with_a_unit_is_written_with_it,
		layers_and_effects_have_names,
	};

	return run_between("model", tests, sizeof tests / sizeof *tests,
	                   sets_up, sets_down);
}
