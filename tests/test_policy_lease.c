/* test_policy_lease.c -- wants that outlive their cause, or reach others. */

#include <errno.h>

#include "base/limits.h"
#include "policy/lease.h"

#include "suite.h"

static struct leases *leases;
static unsigned       told;
static struct lease   last;

static void changed(void *self, const struct lease *l)
{
	(void)self;
	told++;
	last = *l;
}

static void begin(void)
{
	leases = leases_new((struct lease_ear){ NULL, changed });
	ck_assert_ptr_nonnull(leases);
	told = 0;
}

static void end(void)
{
	leases_free(leases);
}

static struct task_id id(pid_t pid)
{
	return (struct task_id){ pid, pid, 1 };
}

static struct lease terms(uint32_t rule, pid_t holder, int64_t nice)
{
	struct lease l = { .rule = rule, .reach = TARGET_SELF,
	                   .holder = id(holder) };

	want_set(&l.want, SETTING_nice, nice);
	return l;
}

static void hold(const struct lease *l, pid_t cause)
{
	ck_assert_int_eq(lease_hold(leases, l, id(cause)), 0);
}

START_TEST(a_lease_has_many_causes_and_ends_with_the_last)
{
	struct lease l = terms(3, 10, 5);

	hold(&l, 20);
	hold(&l, 21);
	ck_assert_uint_eq(leases_count(leases), 1);
	ck_assert_uint_eq(told, 1);
	lease_left(leases, id(20), 100);
	ck_assert_uint_eq(told, 1);
	ck_assert_ptr_nonnull(lease_of(leases, id(10)));
	lease_left(leases, id(21), 100);
	ck_assert_uint_eq(told, 2);
	ck_assert_ptr_null(lease_of(leases, id(10)));
}
END_TEST

START_TEST(what_is_not_held_again_in_a_round_is_lost)
{
	struct lease first = terms(1, 10, 5), second = terms(2, 10, 6);

	hold(&first, 10);
	hold(&second, 10);
	lease_round_begin(leases, id(10));
	hold(&second, 10);
	lease_round_end(leases, id(10), 0);
	ck_assert_uint_eq(leases_count(leases), 1);
	ck_assert_uint_eq(lease_of(leases, id(10))->rule, 2);
	lease_round_begin(leases, id(10));
	lease_hold_on(leases, &second, id(10));
	lease_round_end(leases, id(10), 0);
	ck_assert_uint_eq(leases_count(leases), 1);
}
END_TEST

START_TEST(another_want_is_told_and_the_same_is_not)
{
	struct lease l = terms(1, 10, 5);

	hold(&l, 10);
	hold(&l, 10);
	ck_assert_uint_eq(told, 1);
	l.want.value[SETTING_nice] = 6;
	hold(&l, 10);
	ck_assert_uint_eq(told, 2);
	ck_assert_int_eq(last.want.value[SETTING_nice], 6);
}
END_TEST

START_TEST(a_grant_ends_in_time_and_a_later_end_replaces_an_earlier)
{
	struct lease l = terms(1, 10, 5);

	l.ends_ns = 100;
	ck_assert_int_eq(lease_grant(leases, &l), 0);
	ck_assert_uint_eq(lease_wake_ns(leases), 100);
	l.ends_ns = 300;
	ck_assert_int_eq(lease_grant(leases, &l), 0);
	l.ends_ns = 200;
	ck_assert_int_eq(lease_grant(leases, &l), 0);
	ck_assert(!lease_expire(leases, 299, SIZE_MAX));
	ck_assert_ptr_nonnull(lease_of(leases, id(10)));
	ck_assert(!lease_expire(leases, 300, SIZE_MAX));
	ck_assert_ptr_null(lease_of(leases, id(10)));
	ck_assert_uint_eq(lease_wake_ns(leases), UINT64_MAX);
}
END_TEST

START_TEST(what_ended_before_its_time_needs_no_more_room)
{
	for (pid_t pid = 1; pid <= 1000; pid++) {
		struct lease l = terms(1, pid, 5);

		l.ends_ns = 1000000;
		ck_assert_int_eq(lease_grant(leases, &l), 0);
	}
	for (pid_t pid = 2; pid <= 1000; pid++)
		lease_revoke(leases, id(pid), 1);
	ck_assert_uint_eq(leases_count(leases), 1);
	ck_assert_uint_le(lease_ends_kept(leases), 66);
	ck_assert(!lease_expire(leases, 1000000, SIZE_MAX));
	ck_assert_uint_eq(leases_count(leases), 0);
	ck_assert_uint_eq(lease_ends_kept(leases), 0);
}
END_TEST

START_TEST(a_lease_renewed_for_ever_needs_no_more_room)
{
	struct lease l = terms(1, 10, 5);

	for (uint64_t i = 1; i <= 100000; i++) {
		l.ends_ns = 1000000 + i;
		ck_assert_int_eq(lease_grant(leases, &l), 0);
	}
	ck_assert_uint_le(lease_ends_kept(leases), 200);
}
END_TEST

START_TEST(a_tree_outlives_its_root_until_nobody_is_left)
{
	struct lease l = terms(1, 10, 5);

	l.reach = TARGET_TREE;
	hold(&l, 10);
	lease_left(leases, id(10), 0);
	ck_assert_uint_eq(leases_reaching(leases, TARGET_TREE), 1);
	ck_assert_ptr_nonnull(lease_of(leases, id(10)));
	lease_tree_gone(leases, id(10));
	ck_assert_uint_eq(leases_count(leases), 0);
}
END_TEST

START_TEST(a_unit_is_known_by_its_name)
{
	char         unit[] = "a.service";
	struct lease l = terms(1, 0, 5);

	l.reach = TARGET_UNIT;
	l.unit = unit;
	hold(&l, 10);
	unit[0] = 'b';                          /* it was copied              */
	ck_assert_ptr_nonnull(lease_of_unit(leases, "a.service"));
	ck_assert_ptr_null(lease_of_unit(leases, "b.service"));
	lease_left(leases, id(10), 0);
	ck_assert_ptr_null(lease_of_unit(leases, "a.service"));
}
END_TEST

START_TEST(past_the_bound_a_lease_is_refused_and_counted)
{
	struct lease l;

	for (unsigned i = 0; i < LEASES_MAX; i++) {
		l = terms(1, (pid_t)(i + 1), 5);
		l.ends_ns = 1000;
		ck_assert_int_eq(lease_grant(leases, &l), 0);
	}
	l = terms(1, LEASES_MAX + 1, 5);
	ck_assert_int_eq(lease_grant(leases, &l), -ENOBUFS);
	ck_assert_uint_eq(leases_refused(leases), 1);
	ck_assert(!lease_expire(leases, 1000, SIZE_MAX));
	ck_assert_uint_eq(leases_count(leases), 0);
}
END_TEST

static uint32_t only_two(void *ctx, uint32_t rule)
{
	(void)ctx;
	return rule == 2 ? 7 : IMAGE_NONE;
}

START_TEST(another_generation_renumbers_or_ends)
{
	struct lease first = terms(1, 10, 5), second = terms(2, 10, 6);

	hold(&first, 10);
	hold(&second, 10);
	leases_renumber(leases, only_two, NULL);
	ck_assert_uint_eq(leases_count(leases), 1);
	ck_assert_uint_eq(lease_of(leases, id(10))->rule, 7);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, begin, end);
	tcase_add_test(all, a_lease_has_many_causes_and_ends_with_the_last);
	tcase_add_test(all, what_is_not_held_again_in_a_round_is_lost);
	tcase_add_test(all, another_want_is_told_and_the_same_is_not);
	tcase_add_test(all,
	               a_grant_ends_in_time_and_a_later_end_replaces_an_earlier);
	tcase_add_test(all, what_ended_before_its_time_needs_no_more_room);
	tcase_add_test(all, a_lease_renewed_for_ever_needs_no_more_room);
	tcase_add_test(all, a_tree_outlives_its_root_until_nobody_is_left);
	tcase_add_test(all, a_unit_is_known_by_its_name);
	tcase_add_test(all, past_the_bound_a_lease_is_refused_and_counted);
	tcase_add_test(all, another_generation_renumbers_or_ends);
	return run_case(all, "policy: lease");
}
