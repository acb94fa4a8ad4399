/* test_engine_lately.c -- what a parent had from us until a moment ago. */


#include "lately.h"
#include "memory_store.h"
#include "model/group.h"

#include "suite.h"

#define BOOT "5d0c2a0e-1111-2222-3333-444455556666"

static const struct task_id parent = { 70, 70, 700 };

static struct memory_store memory;
static struct store        door;
static struct interned    *sets;
static struct journal     *journal;
static struct lately       lately;
static int64_t             outside, group;

static void set_up(void)
{
	memset(&memory, 0, sizeof memory);
	memset(&lately, 0, sizeof lately);
	door = memory_door(&memory);
	sets = interned_new();
	ck_assert_int_eq(journal_open(&door, BOOT, sets, &journal), 0);
	outside = group_read(sets, "/work;memory:/one");
	group = group_read(sets, "build");
}

static void tear_down(void)
{
	journal_close(journal);
	interned_free(sets);
	memory_free(&memory);
}

static void moved(int64_t before, int64_t wanted, uint32_t rule,
                  uint64_t ours_ns)
{
	struct change c = { .whom = parent, .setting = SETTING_pool,
	                    .before = before, .wanted = wanted, .now = wanted,
	                    .effect = EFFECT_APPLIED, .rule = rule,
	                    .threads = 1, .ours_ns = ours_ns };

	lately_note(&lately, journal, &c, 1000);
}

static void record(void)
{
	struct hold h = { .whom = parent, .through = parent,
	                  .setting = SETTING_pool, .origin = outside,
	                  .applied = outside, .wanted = group };

	ck_assert_int_eq(journal_begin(journal, &h), 0);
	ck_assert_int_eq(journal_settle(journal, parent, SETTING_pool, group),
	                 0);
}

static int expect_origin(void *ctx, const struct lately_turn *t)
{
	++*(int *)ctx;
	ck_assert_int_eq(t->value, group);
	ck_assert_int_eq(t->origin, outside);
	return 0;
}

static int turns(void)
{
	int n = 0;

	lately_each(&lately, parent, 900, expect_origin, &n);
	return n;
}

START_TEST(what_went_back_was_ours_until_then)
{
	moved(group, outside, RULE_NONE, 500);
	ck_assert_int_eq(turns(), 1);
}
END_TEST

/* A thread had it from somebody else, and what is written is of its process. */
START_TEST(what_was_somebody_elses_is_not_ours)
{
	record();
	moved(group, outside, 3, 0);
	ck_assert_int_eq(turns(), 0);
}
END_TEST

/* Its rule was replaced while it was on its way, so it bears none. */
START_TEST(what_was_before_the_first_turn_is_nobodys)
{
	record();
	moved(outside, group, RULE_NONE, 0);
	ck_assert_int_eq(turns(), 0);
	moved(outside, group, 3, 0);
	ck_assert_int_eq(turns(), 0);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("births");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, what_went_back_was_ours_until_then);
	tcase_add_test(c, what_was_somebody_elses_is_not_ours);
	tcase_add_test(c, what_was_before_the_first_turn_is_nobodys);
	return run_case(c, "lately");
}
