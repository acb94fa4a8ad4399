/* test_enforce.c -- knobs turn as decided, once, and what was
 * decided is told. */

#include "enforcing.h"
#include "suite.h"

START_TEST(an_unchanged_verdict_is_neither_read_nor_written)
{
	pid_t    p = machine_process();
	unsigned reads, appends;

	judge(p, NICE, 5, IO, 3, -1);
	is(p, NICE, 5);
	is(p, IO, 3);
	reads = machine.reads;
	appends = memory.appends;
	journal_flush(en.journal);
	judge(p, NICE, 5, IO, 3, -1);
	ck_assert_uint_eq(machine.reads, reads);
	ck_assert_uint_eq(machine.applies, 2);
	ck_assert_uint_le(memory.appends, appends + 1);
	judge(p, NICE, 5, IO, 4, -1);
	ck_assert_uint_eq(machine.applies, 3);
}
END_TEST

static int64_t means_twice(void *self, enum setting s, int64_t value)
{
	(void)self;
	return s == NICE && value < 10 ? value * 2 : value;
}

START_TEST(what_a_value_stands_for_is_what_is_recorded)
{
	pid_t              p = machine_process(), t = machine_thread(p);
	const struct hold *h;
	size_t             left;

	os.actuator.means = means_twice;
	judge(p, NICE, 6, -1);
	is(p, NICE, 12);
	is(t, NICE, 12);
	h = journal_find(en.journal, id_of(p), NICE);
	ck_assert_int_eq(h->wanted, 12);
	ck_assert_int_eq(row_of(p)->in_force.value[NICE], 6);
	judge(p, NICE, 6, -1);
	ck_assert_uint_eq(machine.applies, 2);
	die_and_open();
	ck_assert_int_eq(undo(&left), 1);
	ck_assert_uint_eq(left, 0);
	all_as_without_us();
}
END_TEST

START_TEST(what_nobody_wants_any_more_goes_back)
{
	pid_t p = machine_process();

	judge(p, NICE, 5, IO, 3, OOM, 4, -1);
	judge(p, NICE, 6, -1);
	is(p, NICE, 6);
	is(p, IO, *mine_of(p, IO));
	is(p, OOM, *mine_of(p, OOM));
	ck_assert_uint_eq(journal_count(en.journal), 1);
	judge(p, NOTHING);
	all_as_without_us();
	ck_assert_uint_eq(journal_count(en.journal), 0);
	ck_assert_uint_eq(seen[seen_count - 1].rule, RULE_NONE);
	ck_assert_int_eq(seen[seen_count - 1].before, 6);
	ck_assert_int_eq(seen[seen_count - 1].now, *mine_of(p, NICE));
}
END_TEST

START_TEST(what_is_so_already_is_not_ours)
{
	pid_t p = machine_process();

	set_by_other(p, NICE, 5);
	judge(p, NICE, 5, -1);
	ck_assert_uint_eq(journal_count(en.journal), 0);
	ck_assert_uint_eq(machine.applies, 0);
	ck_assert_int_eq(seen[0].effect, EFFECT_ALREADY);
	judge(p, NOTHING);
	is(p, NICE, 5);
}
END_TEST

/* What the others were seen to have a moment ago. */
static bool had_five(void *self, struct task_id whom, enum setting s,
                     int64_t value)
{
	(void)self;
	(void)whom;
	return s == NICE && value == 5;
}

START_TEST(what_was_seen_to_be_so_is_not_read_again)
{
	pid_t    p = machine_process();
	unsigned reads;

	os.actuator.had = had_five;
	set_by_other(p, NICE, 5);
	reads = machine.reads;
	judge(p, NICE, 5, -1);
	ck_assert_uint_eq(machine.reads, reads);
	ck_assert_uint_eq(machine.applies, 0);
	ck_assert_uint_eq(journal_count(en.journal), 0);
	ck_assert_int_eq(seen[0].effect, EFFECT_ALREADY);
	/* The origin of a change is what is so, whatever was seen. */
	set_by_other(p, NICE, 3);
	judge(p, NICE, 6, -1);
	is(p, NICE, 6);
	ck_assert_int_eq(journal_find(en.journal, id_of(p), NICE)->origin, 3);
	/* Nor is anybody else's word taken for what pqs left there itself. */
	reads = machine.reads;
	judge(p, NICE, 5, -1);
	ck_assert_uint_gt(machine.reads, reads);
	is(p, NICE, 5);
	judge(p, NOTHING);
	is(p, NICE, 3);
}
END_TEST

START_TEST(what_is_denied_is_not_held)
{
	pid_t p = machine_process();

	machine_thread(p);
	machine.denied = SETTING_BIT(NICE);
	judge(p, NICE, 5, IO, 3, -1);
	ck_assert_int_eq(seen[0].effect, EFFECT_DENIED);
	ck_assert_str_eq(seen[0].why, "not today");
	ck_assert_int_eq(seen[1].effect, EFFECT_APPLIED);
	ck_assert_uint_eq(machine.applies, 3);
	ck_assert_uint_eq(journal_count(en.journal), 1);
	judge(p, NICE, 5, IO, 3, -1);
	ck_assert_uint_eq(machine.applies, 3);
}
END_TEST

START_TEST(a_change_denied_later_leaves_the_hold_as_it_was)
{
	pid_t  p = machine_process();
	pid_t  t = machine_thread(p);
	size_t left;

	judge(p, NICE, 5, -1);
	machine.denied = SETTING_BIT(NICE);
	machine.denied_tid = t;
	judge(p, NICE, 6, -1);
	is(p, NICE, 6);
	is(t, NICE, 5);
	machine.denied_tid = 0;
	judge(p, NICE, 7, -1);
	is(p, NICE, 6);
	judge(p, NOTHING);
	is(p, NICE, 6);
	ck_assert_int_eq(seen[seen_count - 1].effect, EFFECT_DENIED);
	machine.denied = 0;
	undo(&left);
	all_as_without_us();
}
END_TEST

START_TEST(a_value_kept_within_bounds_is_still_ours)
{
	pid_t p = machine_process();

	machine.most = 130 + p;
	judge(p, NICE, 150 + p, -1);
	ck_assert_int_eq(seen[0].now, 130 + p);
	judge(p, NICE, 120 + p, -1);
	ck_assert(!seen[1].foreign);
	is(p, NICE, 120 + p);
	machine.most = 100 + p;
	judge(p, NICE, 120 + p, IO, 200 + p, -1);
	/* The I/O knob did not move at all, so there is nothing to hold. */
	ck_assert_uint_eq(journal_holds(en.journal, id_of(p)),
	                  SETTING_BIT(NICE));
	judge(p, NOTHING);
	all_as_without_us();
}
END_TEST

START_TEST(no_record_no_change)
{
	pid_t    p = machine_process();
	unsigned applies;

	machine_thread(p);
	judge(p, NICE, 5, -1);
	journal_flush(en.journal);
	applies = machine.applies;
	memory.error = ENOSPC;
	for (size_t torn = 0; torn < 300; torn += 17) {
		struct verdict v = verdict((int64_t[]){ NICE, 6, IO, 3, -1 });

		memory.torn_bytes = torn;
		ck_assert_int_eq(enact(p, &v), -ENOSPC);
		ck_assert_uint_eq(machine.applies, applies);
		is(p, NICE, 5);
		ck_assert_uint_eq(journal_holds(en.journal, id_of(p)),
		                  SETTING_BIT(NICE));
	}
	memory.error = 0;
	judge(p, NICE, 6, IO, 3, -1);
	is(p, NICE, 6);
	is(p, IO, 3);
	judge(p, NOTHING);
	all_as_without_us();
}
END_TEST

START_TEST(going_back_needs_no_room_on_the_disk)
{
	pid_t  p = machine_process();
	size_t left;

	judge(p, NICE, 5, IO, 3, -1);
	memory.error = ENOSPC;
	judge(p, NICE, 5, -1);
	is(p, IO, *mine_of(p, IO));
	ck_assert_int_eq(undo(&left), 1);
	all_as_without_us();
	memory.error = 0;
	die_and_open();
	ck_assert_int_eq(undo(&left), 0);
	ck_assert_uint_eq(left, 0);
	all_as_without_us();
}
END_TEST

START_TEST(what_moves_nothing_is_said_to_be_inert)
{
	pid_t p = machine_process();

	judge(p, NICE, 5, SETTING_sched, SCHED_CLASS_IDLE, -1);
	ck_assert_int_eq(seen[0].setting, SETTING_sched);
	ck_assert_int_eq(seen[0].effect, EFFECT_APPLIED);
	ck_assert_int_eq(seen[1].effect, EFFECT_INERT);
	ck_assert_str_eq(seen[1].why, "idle");
	ck_assert_uint_eq(en.effects[EFFECT_INERT], 1);
	ck_assert_uint_eq(en.changes, 2);
}
END_TEST

START_TEST(an_observer_turns_nothing)
{
	pid_t           p = machine_process();
	struct journal *j = en.journal;

	en.observe = true;
	en.journal = NULL;
	machine_thread(p);
	judge(p, NICE, 5, GROUP, 3, -1);
	ck_assert_uint_eq(machine.applies, 0);
	ck_assert_uint_eq(memory.file.count, 0);
	ck_assert_int_eq(seen[0].effect, EFFECT_APPLIED);
	ck_assert_int_eq(seen[0].now, seen[0].before);
	ck_assert_uint_eq(seen[0].threads, 2);
	ck_assert_uint_eq(en.changes, 0);
	judge(p, NICE, 5, GROUP, 3, -1);
	ck_assert_uint_eq(seen_count, 2);
	judge(p, NOTHING);
	ck_assert_int_eq(enforce_left(&en, id_of(p)), 0);
	en.journal = j;
	all_as_without_us();
}
END_TEST

static pid_t doomed;

static void dies(void)
{
	machine_exit(doomed);
}

START_TEST(a_task_that_leaves_meanwhile_is_no_error_to_tell)
{
	pid_t          p = machine_process();
	struct verdict v = verdict((int64_t[]){ NICE, 5, IO, 3, -1 });

	row_of(p);
	doomed = p;
	machine.meanwhile = dies;
	ck_assert_int_eq(enact(p, &v), -ESRCH);
	ck_assert_uint_eq(seen_count, 0);
}
END_TEST

static void reincarnates(void)
{
	being(doomed)->born += 1000;
	set_by_other(doomed, NICE, 55);
	set_by_other(doomed, IO, 55);
	machine.meanwhile = NULL;
}

START_TEST(a_recycled_pid_is_noticed)
{
	pid_t          p = machine_process();
	struct verdict v = verdict((int64_t[]){ NICE, 5, -1 });
	struct task   *who = row_of(p);

	ck_assert_int_eq(os.actuator.grip(NULL, who->id), 0);
	doomed = p;
	reincarnates();
	ck_assert_int_eq(enforce_verdict(&en, who, &v), -ESRCH);
	os.actuator.let_go(NULL);
	ck_assert_uint_eq(machine.applies, 0);
	ck_assert_uint_eq(journal_count(en.journal), 0);
	is(p, NICE, 55);
}
END_TEST

START_TEST(what_goes_back_goes_before_what_comes)
{
	pid_t p = machine_process();

	judge(p, SETTING_sched, SCHED_CLASS_IDLE, NICE, 5, -1);
	seen_count = 0;
	judge(p, IO, 4, SLACK, 5, -1);
	ck_assert_uint_eq(seen_count, 4);
	ck_assert_int_eq(seen[0].setting, NICE);
	ck_assert_int_eq(seen[1].setting, SETTING_sched);
	ck_assert_int_eq(seen[2].setting, IO);
	ck_assert_int_eq(seen[3].setting, SLACK);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("enforce");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, an_unchanged_verdict_is_neither_read_nor_written);
	tcase_add_test(t, what_a_value_stands_for_is_what_is_recorded);
	tcase_add_test(t, what_nobody_wants_any_more_goes_back);
	tcase_add_test(t, what_is_so_already_is_not_ours);
	tcase_add_test(t, what_was_seen_to_be_so_is_not_read_again);
	tcase_add_test(t, what_is_denied_is_not_held);
	tcase_add_test(t, a_change_denied_later_leaves_the_hold_as_it_was);
	tcase_add_test(t, a_value_kept_within_bounds_is_still_ours);
	tcase_add_test(t, no_record_no_change);
	tcase_add_test(t, going_back_needs_no_room_on_the_disk);
	tcase_add_test(t, what_moves_nothing_is_said_to_be_inert);
	tcase_add_test(t, an_observer_turns_nothing);
	tcase_add_test(t, a_task_that_leaves_meanwhile_is_no_error_to_tell);
	tcase_add_test(t, a_recycled_pid_is_noticed);
	tcase_add_test(t, what_goes_back_goes_before_what_comes);
	return run_case(t, "enforce");
}
