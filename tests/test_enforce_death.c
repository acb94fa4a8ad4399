/* test_enforce_death.c -- pqs dies at any write, at any change, and in the undo
 * of that, and all goes back. */

#include "enforcing.h"
#include "suite.h"

/* Somebody else sets the main thread, and it is set again. */
static void fight_for(pid_t pid, int64_t nice)
{
	struct verdict v = verdict((int64_t[]){ NICE, nice, -1 });
	struct task   *who = row_of(pid);

	v.insist = SETTING_BIT(NICE);
	enact_on(who, &v);
	set_by_other(pid, NICE, 33);
	if (os.actuator.grip(NULL, who->id) == 0) {
		enforce_insist(&en, who);
		os.actuator.let_go(NULL);
	}
}

/* A little of everything, in the order of a day. */
static void live_a_day(void)
{
	pid_t p = machine_process(), q = machine_process();
	pid_t t = machine_thread(p), u = machine_thread(p), child;

	set_by_other(u, NICE, 44);
	judge_(p, (int64_t[]){ NICE, 5, IO, 3, GROUP, 4, -1 });
	journal_flush(en.journal);
	judge_(t, (int64_t[]){ NICE, 8, SLACK, 3, -1 });
	child = machine_fork(p);
	journal_fork(en.journal, id_of(child), id_of(p));
	journal_flush(en.journal);
	judge_(p, (int64_t[]){ NICE, 6, OOM, 3, -1 });
	judge_(child, (int64_t[]){ NICE, 7, -1 });
	judge_(q, (int64_t[]){ NICE, 7, GROUP, 5, -1 });
	journal_flush(en.journal);
	judge_(q, (int64_t[]){ NOTHING });
	judge_(t, (int64_t[]){ NICE, 9, -1 });
	journal_flush(en.journal);
	machine_thread(q);
	fight_for(q, 7);
	machine_fork(child);
}

static size_t through_first, through_bytes;

static size_t cut_short(void *ctx, size_t n)
{
	(void)ctx;
	if (through_first-- > 0)
		return SIZE_MAX;
	machine.dead = true;
	return through_bytes < n ? through_bytes : n;
}

static bool day_with_cut(size_t appends, size_t bytes)
{
	size_t left;
	bool   cut;

	tear_down();
	set_up();
	memory.writing = cut_short;
	through_first = appends;
	through_bytes = bytes;
	live_a_day();
	cut = machine.dead;
	die_and_open();
	undo(&left);
	ck_assert_uint_le(left, cut);   /* what was fought for may be theirs  */
	all_as_without_us();
	ck_assert_uint_eq(journal_count(en.journal), 0);
	return cut;
}

START_TEST(a_death_in_any_write_is_undone)
{
	size_t append = 0;

	for (; day_with_cut(append, 0); append++)
		for (size_t bytes = 20; bytes <= 80 * 6; bytes += 20)
			day_with_cut(append, bytes);
	ck_assert_uint_gt(append, 8);
}
END_TEST

START_TEST(a_death_at_any_change_is_undone)
{
	size_t left;
	int    lives = 1;

	for (bool died = true; died; lives++) {
		tear_down();
		set_up();
		machine.lives = lives;
		memory.writing = NULL;
		live_a_day();
		died = machine.dead;
		/* What the dead one would have written after that. */
		die_and_open();
		undo(&left);
		all_as_without_us();
	}
	ck_assert_int_gt(lives, 15);
}
END_TEST

START_TEST(an_undo_that_dies_is_done_again)
{
	size_t left;
	int    lives = 1;

	for (bool died = true; died; lives++) {
		tear_down();
		set_up();
		live_a_day();
		die_and_open();
		machine.lives = lives;
		memory.dead = true;
		undo(&left);
		died = machine.dead;
		die_and_open();
		undo(&left);
		ck_assert_uint_eq(left, 0);
		all_as_without_us();
		ck_assert_uint_eq(journal_count(en.journal), 0);
		ck_assert_int_eq(undo(&left), 0);
	}
	ck_assert_int_gt(lives, 7);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("enforce");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, a_death_in_any_write_is_undone);
	tcase_add_test(t, a_death_at_any_change_is_undone);
	tcase_add_test(t, an_undo_that_dies_is_done_again);
	return run_case(t, "enforce: death");
}
