/* test_engine_reload_memory.c -- every allocation on the way to another
 * generation may fail: then the old one stays, and the next try works. */

#include "failing_memory.h"
#include "reloading_stage.h"

static void act_nine(struct asking *q)
{
	ask_fact(q, FACT_uid, NULL);
	say_want(q, SETTING_nice, 9);
}

/* With a tag, a lease and a function, of which each has parts of its own. */
static void next_of_all_kinds(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	next_begin();
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.name = "f";
	r.tag = "t";
	r.is_function = true;
	rule_add(r);
	r = rule_of(select_named(SELECT_PROCESS, "y"));
	want_set(&w, SETTING_timer_slack, 7000);
	r.name = "tree";
	r.want = &w;
	r.to = TARGET_TREE;
	rule_add(r);
	next_end("functions");
	troupe.act = act_nine;
}

/* What the kernel's news cost is not what is tried here: the engine itself may
 * end when it has no memory for its table. */
static void reload_without(long n, pid_t x)
{
	int r;

	ask_again(1);
	until = n;
	has_failed = false;
	r = rehearsal_pass(stage, 300 * SECOND);
	until = -1;
	ck_assert_int_eq(r, 0);
	ck_assert_uint_ge(shelf.ends, 1);
	/* A question that could not be kept is a function's only one. */
	ck_assert_msg(last_end() == RELOAD_IN_FORCE ||
	              last_end() == RELOAD_REFUSED ||
	              last_end() == RELOAD_TAKEN_BACK, "%s: %s",
	              reload_end_name(last_end()), shelf.why);
	/* A question that could not be written down has no answer yet. */
	ck_assert(generation() == 1 ? nice_of(x) == 3
	                            : nice_of(x) == 9 || nice_of(x) == 0);
}

START_TEST(a_reload_without_memory_leaves_the_old_rules_and_the_next_works)
{
	unsigned refused = 0, tries = 0;

	do {
		pid_t x;

		stage_nice(1);
		x = run("x");
		settle();
		next_of_all_kinds();
		shelf.ends = 0;
		reload_without((long)tries, x);
		refused += last_end() == RELOAD_REFUSED;
		ask_again(2);
		pass(300 * SECOND);
		ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
		ck_assert_int_eq(nice_of(x), 9);
		curtain_down();
		tries++;
	} while (has_failed && tries < 100000);
	ck_assert(!has_failed);
#ifndef ALLOCATOR_IS_TAKEN
	ck_assert_uint_gt(tries, 50);
	ck_assert_uint_gt(refused, 10);
#endif
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine: reload without memory");
	TCase *t = tcase_create("memory");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 600);
	tcase_add_test(t, a_reload_without_memory_leaves_the_old_rules_and_the_next_works);
	return run_suite(s);
}
