/* test_policy_standing.c -- since when what holds, and for whom it is kept. */

#include "small_world.h"

#include "policy/standing.h"

static struct standing *st;

static void begin(void)
{
	world_start();
	st = standing_new();
	ck_assert_ptr_nonnull(st);
}

static void end(void)
{
	standing_free(st);
	world_stop();
}

static uint64_t hold(struct task *whom, uint32_t selector, uint64_t now_ns)
{
	return standing_hold(st, (struct stand){ whom, STANDING_SELECTOR,
	                                         selector }, now_ns, 0);
}

START_TEST(since_the_first_look_that_found_it_so)
{
	struct task *a = appear(10, 0, (struct being){ .name = "a" });
	struct task *b = appear(11, 0, (struct being){ .name = "b" });
	struct stand what = { a, STANDING_SELECTOR, 1 };

	ck_assert_uint_eq(hold(a, 1, 100), 100);
	ck_assert_uint_eq(hold(b, 1, 150), 150);
	ck_assert_uint_eq(hold(a, 2, 170), 170);
	ck_assert_uint_eq(hold(NULL, 1, 180), 180);
	ck_assert_uint_eq(hold(a, 1, 200), 100);
	standing_break(st, what);
	ck_assert(!standing_held(st, what, 210));
	ck_assert_uint_eq(hold(a, 1, 220), 220);
	ck_assert_uint_eq(hold(b, 1, 230), 150);
	ck_assert_uint_eq(hold(NULL, 1, 240), 180);
}
END_TEST

START_TEST(a_selector_and_an_alternative_are_two_things)
{
	struct task *a = appear(10, 0, (struct being){ .name = "a" });
	struct stand other = { a, STANDING_ALTERNATIVE, 1 };

	hold(a, 1, 100);
	ck_assert(!standing_held(st, other, 100));
	standing_break(st, other);
	ck_assert_uint_eq(hold(a, 1, 200), 100);
}
END_TEST

START_TEST(looks_too_far_apart_begin_anew)
{
	struct task *a = appear(10, 0, (struct being){ .name = "a" });
	struct stand what = { a, STANDING_SELECTOR, 1 };

	ck_assert_uint_eq(standing_hold(st, what, 100, 50), 100);
	ck_assert_uint_eq(standing_hold(st, what, 150, 50), 100);
	ck_assert(standing_held(st, what, 200));
	ck_assert(!standing_held(st, what, 201));
	ck_assert_uint_eq(standing_hold(st, what, 201, 50), 201);
}
END_TEST

START_TEST(a_process_is_forgotten_with_its_threads)
{
	struct task *a = appear(10, 0, (struct being){ .name = "a" });
	struct task *b = appear(11, 0, (struct being){ .name = "b" });
	struct task *t = appear_thread(a, 500, "t");
	struct task *u = appear_thread(a, 501, "u");

	hold(a, 1, 1);
	hold(t, 1, 1);
	hold(u, 1, 1);
	hold(b, 1, 1);
	standing_forget(st, t);
	ck_assert_uint_eq(standing_count(st), 3);
	ck_assert_uint_eq(hold(t, 1, 2), 2);
	standing_forget(st, a);
	ck_assert_uint_eq(standing_count(st), 1);
	ck_assert_uint_eq(hold(u, 1, 3), 3);
	ck_assert_uint_eq(hold(b, 1, 3), 1);
}
END_TEST

START_TEST(so_many_and_no_more)
{
	struct task *a = appear(10, 0, (struct being){ .name = "a" });
	struct task *b = appear(11, 0, (struct being){ .name = "b" });

	for (uint32_t i = 0; i < STANDING_MAX / 64; i++)
		for (uint32_t k = 0; k < 64; k++) {
			struct task other = { .id = { (pid_t)i + 100,
			                              (pid_t)i + 100, 0 } };

			ck_assert_uint_eq(hold(&other, k, 1), 1);
		}
	ck_assert_uint_eq(standing_refused(st), 0);
	ck_assert_uint_eq(hold(a, 1, 2), UINT64_MAX);
	ck_assert_uint_eq(standing_refused(st), 1);
	ck_assert_uint_eq(standing_count(st), STANDING_MAX);
	standing_clear(st);
	ck_assert_uint_eq(standing_count(st), 0);
	ck_assert_uint_eq(hold(b, 1, 3), 3);
}
END_TEST

START_TEST(what_nobody_asked_for_is_given_once)
{
	struct task *a = appear(10, 0, (struct being){ .name = "a" });
	uint32_t     selector;

	standing_begin(st);
	hold(a, 1, 1);
	standing_hold(st, (struct stand){ a, STANDING_SELECTOR, 2 }, 1, 9);
	ck_assert(!standing_unasked(st, a, &selector));
	standing_begin(st);
	ck_assert(standing_unasked(st, a, &selector));
	ck_assert_uint_eq(selector, 1);
	ck_assert(!standing_unasked(st, a, &selector));
}
END_TEST

static enum truth truth_at(const void *image, uint32_t selector,
                           struct task *who, struct standing *memory,
                           uint64_t now_ns, uint64_t *ret_again_ns)
{
	struct subject s = about(who);
	enum truth     t;

	s.standing = memory;
	s.now_ns = now_ns;
	t = match_truth(image, selector, IMAGE_NONE, &s);
	*ret_again_ns = s.again_ns;
	return t;
}

START_TEST(until_it_lasted_it_is_plainly_not_so)
{
	struct task *a = appear(10, 0, (struct being){ .name = "a" });
	uint32_t     n = pick_with(SELECT_PROCESS, "name=a",
	                           (struct inside){ .lasting_ns = 100 });
	uint64_t     again_ns;
	size_t       bytes;
	void        *image;

	rule_add(rule_for("r", n));
	image = image_finish(&bytes);
	ck_assert_int_eq(truth_at(image, n, a, st, 1000, &again_ns), TRUTH_NO);
	ck_assert_uint_eq(again_ns, 1100);
	ck_assert_int_eq(truth_at(image, n, a, st, 1099, &again_ns), TRUTH_NO);
	ck_assert_uint_eq(again_ns, 1100);
	ck_assert_int_eq(truth_at(image, n, a, st, 1100, &again_ns), TRUTH_YES);
	ck_assert_uint_eq(again_ns, 0);
	/* Without a memory nothing ever lasts. */
	ck_assert_int_eq(truth_at(image, n, a, NULL, 9999, &again_ns),
	                 TRUTH_NO);
	ck_assert_uint_eq(again_ns, 0);
	free(image);
}
END_TEST

START_TEST(who_is_dead_does_nothing_any_longer)
{
	struct task *child;
	uint32_t     n;
	uint64_t     again_ns;
	size_t       bytes;
	void        *image;

	table_keep_facts(table, FACT_BIT(FACT_name));
	appear(10, 0, (struct being){ .name = "make" });
	child = appear(11, 10, (struct being){ .name = "cc1" });
	n = pick_with(SELECT_PROCESS, "name=make",
	              (struct inside){ .lasting_ns = 100 });
	n = pick_with(SELECT_PROCESS, "", (struct inside){ .parent = 1 + n });
	rule_add(rule_for("r", n));
	image = image_finish(&bytes);
	truth_at(image, n, child, st, 1000, &again_ns);
	ck_assert_int_eq(truth_at(image, n, child, st, 1100, &again_ns),
	                 TRUTH_YES);
	leave(10);
	ck_assert_int_eq(truth_at(image, n, child, st, 1200, &again_ns),
	                 TRUTH_NO);
	ck_assert_uint_eq(again_ns, 0);
	free(image);
}
END_TEST

START_TEST(only_what_goes_up_and_down_is_released_late)
{
	static const struct image_alternative range = { .op = OP_RANGE,
	                                                .low = 80, .high = 90 };
	static const struct image_alternative one = { .op = OP_RANGE,
	                                              .low = 80, .high = 80 };
	static const struct image_alternative open = {
		.op = OP_RANGE, .low = INT64_MIN, .high = INT64_MAX };
	struct image_condition c = { .kind = CONDITION_FACT,
	                             .fact = FACT_cpu };
	int64_t low, high;

	ck_assert(match_swings(&c, &range));
	ck_assert(!match_swings(&c, &one));
	match_release(&range, &low, &high);
	ck_assert_int_eq(low, 72);
	ck_assert_int_eq(high, 99);
	match_release(&open, &low, &high);
	ck_assert_int_eq(low, INT64_MIN);
	ck_assert_int_eq(high, INT64_MAX);
	c.fact = FACT_age;
	ck_assert(!match_swings(&c, &range));
	c.fact = FACT_uid;
	ck_assert(!match_swings(&c, &range));
	c = (struct image_condition){ .kind = CONDITION_HOST,
	                              .fact = HOST_cpu };
	ck_assert(match_swings(&c, &range));
	c.fact = HOST_idle;
	ck_assert(!match_swings(&c, &range));
	c.fact = HOST_time;
	ck_assert(!match_swings(&c, &range));
}
END_TEST

START_TEST(what_is_unknown_of_the_machine_silences_either_way)
{
	struct task        *a = appear(10, 0, (struct being){ .name = "a" });
	struct builder_rule r = rule_for("r", pick(SELECT_PROCESS, ""));
	struct subject      who = about(a);
	struct ruleset     *rs;
	uint32_t            alive[TAGS_MAX] = { 0 };

	r.unless = pick(SELECT_HOST, "on_battery=1");
	rule_add(r);
	r.unless = IMAGE_NONE;
	r.when = pick(SELECT_HOST, "running=any");
	r.tag = "t";
	rule_add(r);
	rs = rules_finish();
	host.known = 0;
	ck_assert(!ruleset_when(rs, 0, &who));
	host_set(&host, HOST_on_battery, 0);
	ck_assert(ruleset_when(rs, 0, &who));
	host_set(&host, HOST_on_battery, 1);
	ck_assert(!ruleset_when(rs, 0, &who));
	ck_assert(!ruleset_when(rs, 1, &who));
	who.tag_alive = alive;
	ck_assert(!ruleset_when(rs, 1, &who));
	alive[0] = 1;
	ck_assert(ruleset_when(rs, 1, &who));
	ruleset_free(rs);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		since_the_first_look_that_found_it_so,
		a_selector_and_an_alternative_are_two_things,
		looks_too_far_apart_begin_anew,
		a_process_is_forgotten_with_its_threads,
		so_many_and_no_more,
		what_nobody_asked_for_is_given_once,
		until_it_lasted_it_is_plainly_not_so,
		who_is_dead_does_nothing_any_longer,
		only_what_goes_up_and_down_is_released_late,
		what_is_unknown_of_the_machine_silences_either_way,
	};

	return run_between("policy: standing", tests,
	                   sizeof tests / sizeof *tests, begin, end);
}
