/* test_enforce.c -- knobs turn as decided, and go back whatever happens. */

#include "base/limits.h"
#include "enforce/enforce.h"
#include "memory_store.h"
#include "model/interned.h"
#include "small_machine.h"
#include "suite.h"

#define NICE   SETTING_nice
#define IO     SETTING_ionice
#define SLACK  SETTING_timer_slack
#define OOM    SETTING_oom_score_adj
#define GROUP  SETTING_autogroup_nice

static struct os           os;
static struct memory_store memory;
static struct interned    *sets;
static struct enforcer     en;
static struct change       seen[256];
static size_t              seen_count;

static void hear(void *ctx, const struct change *c)
{
	(void)ctx;
	if (seen_count < sizeof seen / sizeof *seen)
		seen[seen_count++] = *c;
}

static void open_journal(void)
{
	journal_close(en.journal);
	en.journal = NULL;
	ck_assert_int_eq(journal_open(&os.store, "boot", sets, &en.journal),
	                 0);
}

static void set_up(void)
{
	machine_reset(&os);
	memset(&memory, 0, sizeof memory);
	machine.dead_too = &memory.dead;
	os.store = memory_door(&memory);
	sets = interned_new();
	en = (struct enforcer){ .os = &os, .sets = sets, .report = hear,
	                        .table = table_new(&os.sensor) };
	seen_count = 0;
	open_journal();
}

static void tear_down(void)
{
	enforce_close(&en);
	table_free(en.table);
	journal_close(en.journal);
	interned_free(sets);
	memory_free(&memory);
}

static struct task *row_of(pid_t tid)
{
	struct task *p, *thread;
	struct task_id id = id_of(tid);
	struct value   v;

	id.tid = id.pid;
	ck_assert_int_ge(table_meet(en.table, id, &p), 0);
	ck_assert_int_eq(table_fact(en.table, p, FACT_start_time, &v), 1);
	if (tid == id.pid)
		return p;
	ck_assert_int_ge(table_meet_thread(en.table, p, tid, &thread), 0);
	return thread;
}

/* Wants are given as setting, value, ... , -1. */
static struct verdict verdict(const int64_t *wants)
{
	struct verdict v = { .want.has = 0 };

	for (; *wants >= 0; wants += 2) {
		want_set(&v.want, (enum setting)wants[0], wants[1]);
		v.won[wants[0]] = 7;
	}
	return v;
}

/* Of the main thread alone. */
static struct task *row_of_main(pid_t pid)
{
	struct task *thread;

	ck_assert_int_ge(table_meet_thread(en.table, row_of(pid), pid,
	                                   &thread), 0);
	return thread;
}

static int enact_on(struct task *who, const struct verdict *v)
{
	int r;

	if (os.actuator.grip(NULL, table_process_of(en.table, who)->id) < 0)
		return -ESRCH;
	r = enforce_verdict(&en, who, v);
	os.actuator.let_go(NULL);
	if (r == 0)
		who->settled = true;
	return r;
}

static int enact(pid_t tid, const struct verdict *v)
{
	return enact_on(row_of(tid), v);
}

static int judge_(pid_t tid, const int64_t *wants)
{
	struct verdict v = verdict(wants);

	return enact(tid, &v);
}

#define judge(tid, ...) \
	ck_assert_int_eq(judge_(tid, (int64_t[]){ __VA_ARGS__ }), 0)
#define NOTHING -1

static void leave(pid_t tid)
{
	struct task_id id = id_of(tid);
	struct event   e = { .kind = EVENT_EXIT, .u.task.who = id };
	struct task   *who;

	machine_exit(tid);
	ck_assert_int_eq(enforce_left(&en, id), 0);
	table_update(en.table, &e, &who);
}

static pid_t fork_seen(pid_t of)
{
	struct task_id parent = id_of(of);
	pid_t          pid = machine_fork(of);

	if (!task_id_is_thread(parent))
		parent = task_id_main(parent);

	ck_assert_int_ge(journal_fork(en.journal, id_of(pid), parent), 0);
	return pid;
}

static void is(pid_t tid, enum setting s, int64_t value)
{
	ck_assert_int_eq(*knob_of(tid, s), value);
}

static void all_as_without_us(void)
{
	for (pid_t t = 1; t <= machine.last; t++)
		for (int i = 0; i < SETTING_COUNT && being(t)->alive; i++) {
			enum setting s = (enum setting)i;

			if (*knob_of(t, s) != *mine_of(t, s))
				ck_abort_msg("%s of %d/%d is %d, not %d",
				             setting_rows[s].name,
				             (int)being(t)->pid, (int)t,
				             (int)*knob_of(t, s),
				             (int)*mine_of(t, s));
		}
}

static int undo(size_t *ret_left)
{
	int n;

	seen_count = 0;
	n = enforce_undo(&en, ret_left);
	ck_assert_int_ge(n, 0);
	ck_assert_int_eq(machine.gripped.pid, 0);
	return n;
}

/* kill -9: only what is in the file is known. */
static void die_and_open(void)
{
	machine.dead = memory.dead = false;
	machine.lives = -1;
	machine.gripped.pid = 0;
	machine.meanwhile = NULL;
	memory.writing = NULL;
	open_journal();
}

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

START_TEST(all_threads_change_and_are_told_of_once)
{
	pid_t p = machine_process();
	pid_t t[10];

	for (int i = 0; i < 10; i++)
		t[i] = machine_thread(p);
	judge(p, NICE, 5, OOM, 6, -1);
	for (int i = 0; i < 10; i++)
		is(t[i], NICE, 5);
	ck_assert_uint_eq(seen_count, 2);
	ck_assert_uint_eq(seen[0].threads, 11);
	ck_assert_uint_eq(seen[1].threads, 1);
	ck_assert_int_eq(seen[0].before, 100 + p);
	ck_assert_int_eq(seen[0].now, 5);
	ck_assert_uint_eq(seen[0].rule, 7);
	ck_assert_uint_eq(journal_count(en.journal), 2);
	judge(p, NOTHING);
	all_as_without_us();
}
END_TEST

START_TEST(threads_that_differed_get_their_own_values_back)
{
	pid_t  p = machine_process();
	pid_t  other = machine_thread(p), same = machine_thread(p);
	pid_t  already = machine_thread(p);
	size_t left;

	set_by_other(other, NICE, 77);
	set_by_other(already, NICE, 5);
	for (int round = 0; round < 3; round++) {
		judge(p, NICE, 5, -1);
		ck_assert_uint_eq(journal_count(en.journal), 3);
		is(other, NICE, 5);
		is(same, NICE, 5);
		judge(p, NICE, 6, -1);
		is(already, NICE, 6);
		if (round == 1)
			undo(&left);
		else
			judge(p, NOTHING);
		all_as_without_us();
		ck_assert_uint_eq(journal_count(en.journal), 0);
		row_of(p)->in_force.has = 0;
	}
}
END_TEST

static pid_t breeder;
static int   to_be_born;

static void breed(void)
{
	if (to_be_born-- > 0)
		breeder = machine_thread(breeder);
}

START_TEST(threads_born_meanwhile_are_met)
{
	pid_t  p = machine_process();
	size_t left;

	machine_thread(p);
	for (int round = 0; round < 4; round++) {
		breeder = p + round % 2;
		to_be_born = 5;
		machine.meanwhile = breed;
		judge(p, NICE, 5 + round, IO, 3, -1);
		for (pid_t t = p; t <= machine.last; t++) {
			is(t, NICE, 5 + round);
			is(t, IO, 3);
		}
	}
	to_be_born = 5;
	undo(&left);
	all_as_without_us();
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(a_thread_with_its_own_verdict_is_left_out)
{
	pid_t  p = machine_process();
	pid_t  t = machine_thread(p);
	size_t left;

	judge(p, NICE, 5, IO, 3, -1);
	judge(t, NICE, 8, IO, 3, -1);
	is(t, NICE, 8);
	is(p, NICE, 5);
	judge(p, NICE, 6, IO, 4, -1);
	is(t, NICE, 8);
	is(t, IO, 3);
	judge(t, NOTHING);
	is(t, NICE, *mine_of(t, NICE));
	is(t, IO, *mine_of(t, IO));
	is(p, NICE, 6);
	judge(t, NICE, 8, IO, 9, -1);
	undo(&left);
	all_as_without_us();
}
END_TEST

START_TEST(a_thread_may_be_let_go_after_its_process)
{
	pid_t p = machine_process();
	pid_t t = machine_thread(p);

	judge(p, NICE, 5, -1);
	judge(t, NICE, 5, -1);
	ck_assert_uint_eq(journal_count(en.journal), 1);
	judge(p, NOTHING);
	is(p, NICE, *mine_of(p, NICE));
	is(t, NICE, 5);
	judge(t, NOTHING);
	all_as_without_us();
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(a_thread_left_untouched_goes_back_alone)
{
	pid_t p = machine_process();
	pid_t t = machine_thread(p);

	judge(p, NICE, 5, IO, 3, -1);
	judge(t, IO, 3, -1);
	is(t, NICE, *mine_of(t, NICE));
	is(p, NICE, 5);
	judge(p, NOTHING);
	judge(t, NOTHING);
	all_as_without_us();
}
END_TEST

START_TEST(what_reaches_further_is_not_a_threads_affair)
{
	pid_t p = machine_process();
	pid_t t = machine_thread(p);

	judge(p, OOM, 5, -1);
	seen_count = 0;
	judge(t, OOM, 5, -1);
	ck_assert_uint_eq(seen_count, 0);
	judge(t, OOM, 6, GROUP, 3, -1);
	ck_assert_uint_eq(seen_count, 2);
	ck_assert_int_eq(seen[0].effect, EFFECT_UNSUPPORTED);
	ck_assert_int_eq(seen[1].effect, EFFECT_UNSUPPORTED);
	is(p, OOM, 5);
}
END_TEST

START_TEST(someone_elses_value_survives)
{
	pid_t  p = machine_process();
	pid_t  t = machine_thread(p);
	size_t left;

	judge(p, NICE, 5, IO, 3, -1);
	set_by_other(p, NICE, 2);
	seen_count = 0;
	judge(p, NICE, 6, IO, 4, -1);
	is(p, NICE, 2);
	is(p, IO, 4);
	is(t, NICE, *mine_of(t, NICE));
	ck_assert(seen[0].foreign);
	ck_assert_int_eq(seen[0].before, 5);
	ck_assert_int_eq(seen[0].now, 2);
	ck_assert(!seen[1].foreign);
	judge(p, NICE, 7, IO, 4, -1);
	judge(p, IO, 4, -1);
	is(p, NICE, 2);
	undo(&left);
	all_as_without_us();
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(what_was_yielded_is_taken_up_at_the_next_exec)
{
	pid_t        p = machine_process();
	struct task *who;

	judge(p, NICE, 5, -1);
	set_by_other(p, NICE, 2);
	judge(p, NICE, 6, -1);
	who = row_of(p);
	who->yielded = 0;
	who->settled = false;
	judge(p, NICE, 6, -1);
	is(p, NICE, 6);
	judge(p, NOTHING);
	is(p, NICE, 2);
}
END_TEST

START_TEST(somebody_who_puts_the_origin_back_is_heeded)
{
	pid_t p = machine_process();

	judge(p, NICE, 5, -1);
	set_by_other(p, NICE, 100 + p);
	judge(p, NICE, 6, -1);
	is(p, NICE, 100 + p);
	ck_assert(seen[1].foreign);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(a_thread_that_minds_itself_is_counted_and_left)
{
	pid_t  p = machine_process();
	pid_t  t = machine_thread(p), own = machine_thread(p);
	size_t left;

	set_by_other(own, NICE, 50);
	judge(p, NICE, 5, -1);
	set_by_other(t, NICE, 51);
	set_by_other(own, NICE, 52);
	judge(p, NICE, 6, -1);
	is(t, NICE, 51);
	is(own, NICE, 52);
	is(p, NICE, 6);
	ck_assert_uint_eq(seen[1].threads, 1);
	ck_assert_uint_eq(seen[1].others, 2);
	ck_assert(!seen[1].foreign);
	undo(&left);
	all_as_without_us();
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

START_TEST(a_child_goes_back_to_the_origin_of_its_parent)
{
	pid_t p = machine_process(), child, grandchild;

	judge(p, NICE, 5, IO, 3, -1);
	child = fork_seen(p);
	grandchild = fork_seen(child);
	judge(child, NICE, 6, -1);
	is(child, NICE, 6);
	is(child, IO, *mine_of(p, IO));
	judge(child, NOTHING);
	judge(grandchild, NOTHING);
	judge(p, NOTHING);
	all_as_without_us();
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(a_child_that_did_not_inherit_has_its_own_origin)
{
	pid_t p = machine_process(), child, t;

	judge(p, NICE, 5, IO, 3, -1);
	child = fork_seen(p);
	t = machine_thread(child);
	set_by_other(child, NICE, 0);
	judge(child, NICE, 6, -1);
	is(child, NICE, 6);
	is(t, NICE, 6);
	ck_assert(!seen[seen_count - 1].foreign);
	judge(child, NOTHING);
	is(child, NICE, 0);
	is(t, NICE, *mine_of(p, NICE));
	judge(p, NOTHING);
	all_as_without_us();
}
END_TEST

START_TEST(a_child_born_before_the_last_change_goes_back_too)
{
	pid_t  p = machine_process(), child, unseen;
	size_t left;

	judge(p, NICE, 5, -1);
	child = machine_fork(p);                /* we hear of it later */
	unseen = machine_fork(p);
	judge(p, NICE, 6, -1);
	is(child, NICE, 5);
	ck_assert_int_eq(journal_fork(en.journal, id_of(child), id_of(p)), 1);
	judge(child, NICE, 7, -1);
	is(child, NICE, 7);
	judge(child, NOTHING);
	is(child, NICE, *mine_of(p, NICE));
	is(unseen, NICE, 5);
	undo(&left);
	all_as_without_us();
}
END_TEST

START_TEST(the_threads_of_such_a_child_change_with_it)
{
	pid_t p = machine_process(), child, thread;

	judge(p, NICE, 5, -1);
	child = machine_fork(p);
	thread = machine_thread(child);
	judge(p, NICE, 6, -1);
	ck_assert_int_eq(journal_fork(en.journal, id_of(child), id_of(p)), 1);
	judge(child, NICE, 7, -1);
	is(child, NICE, 7);
	is(thread, NICE, 7);
	judge(child, NOTHING);
	judge(p, NOTHING);
	all_as_without_us();
}
END_TEST

START_TEST(a_session_has_one_origin_for_all_its_tasks)
{
	pid_t a = machine_process(), b = machine_fork(a);

	judge(a, GROUP, 5, -1);
	judge(b, GROUP, 6, -1);
	is(a, GROUP, 6);
	ck_assert_uint_eq(journal_count(en.journal), 1);
	judge(b, NOTHING);
	is(a, GROUP, 5);
	ck_assert_int_eq(seen[seen_count - 1].rule, 7);
	judge(b, GROUP, 5, -1);
	judge(a, NOTHING);
	is(a, GROUP, 5);
	judge(b, NOTHING);
	all_as_without_us();
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(a_session_goes_back_when_the_last_that_wanted_it_exits)
{
	pid_t shell = machine_process(), a = machine_fork(shell);
	pid_t b = machine_fork(shell);

	being(shell)->sid = being(a)->sid = being(b)->sid = 9;
	row_of(shell);
	judge(a, GROUP, 5, -1);
	judge(b, GROUP, 6, -1);
	leave(b);
	is(shell, GROUP, 5);
	ck_assert_int_eq(seen[seen_count - 1].rule, 7);
	leave(a);
	is(shell, GROUP, 1009);
	ck_assert_uint_eq(journal_count(en.journal), 0);
	ck_assert_int_eq(seen[seen_count - 1].rule, RULE_NONE);
	judge(shell, GROUP, 5, -1);
	leave(shell);                           /* and with it the session */
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(a_task_that_moved_to_another_session_gives_the_old_one_back)
{
	pid_t shell = machine_process(), a = machine_fork(shell);

	being(shell)->sid = being(a)->sid = 9;
	row_of(shell);
	judge(a, GROUP, 5, -1);
	being(a)->sid = 10;
	judge(a, GROUP, 6, -1);
	is(shell, GROUP, 1009);
	is(a, GROUP, 6);
	being(a)->sid = 11;
	machine.last++;
	machine_fork(a);
	being(machine.last)->sid = 10;
	row_of(machine.last);
	table_forget(en.table, row_of(machine.last), FACT_BIT(FACT_session));
	judge(a, NOTHING);
	ck_assert_int_eq(machine.session[11], 1011);
}
END_TEST

START_TEST(a_session_that_somebody_set_is_left_to_them)
{
	pid_t  a = machine_process(), b = machine_fork(a), c;
	size_t left;

	judge(a, GROUP, 5, -1);
	judge(b, GROUP, 5, -1);
	set_by_other(a, GROUP, 2);
	judge(a, GROUP, 6, -1);
	is(a, GROUP, 2);
	c = machine_fork(a);
	judge(c, GROUP, 7, -1);
	is(a, GROUP, 2);
	leave(b);
	leave(c);
	undo(&left);
	all_as_without_us();
}
END_TEST

START_TEST(the_protected_are_told_apart)
{
	pid_t p = machine_process();

	ck_assert_str_eq(enforce_protected(&en, row_of(1)), "pid 1");
	ck_assert_ptr_null(enforce_protected(&en, row_of(p)));
	en.core = p;
	ck_assert_str_eq(enforce_protected(&en, row_of(p)), "pqs itself");
	en.core = 0;
	row_of(p)->facts->flags = 0x00200000;
	ck_assert_str_eq(enforce_protected(&en, row_of(p)), "kernel thread");
	judge(p, NICE, 5, -1);
	is(p, NICE, 100 + p);
	ck_assert_int_eq(seen[0].effect, EFFECT_DENIED);
	ck_assert_str_eq(seen[0].why, "kernel thread");
	en.allow_kernel_threads = true;
	ck_assert_ptr_null(enforce_protected(&en, row_of(p)));
	en.allow_init = true;
	ck_assert_ptr_null(enforce_protected(&en, row_of(1)));
	row_of(p)->facts->known = 0;
	ck_assert_ptr_nonnull(enforce_protected(&en, table_find(en.table,
	                                                        id_of(p))));
}
END_TEST

START_TEST(who_can_start_us_again_is_never_stopped)
{
	pid_t shell = machine_process(), keeper = machine_fork(shell);
	pid_t core = machine_fork(keeper), worker = machine_fork(core);
	pid_t leader = machine_process(), other = machine_fork(shell);

	en.keeper = keeper;
	en.core = core;
	being(core)->sid = leader;
	for (pid_t p = shell; p <= other; p++) {
		set_by_other(p, SETTING_freeze, 0);
		row_of(p);
	}
	for (pid_t p = shell; p <= leader; p++) {
		judge(p, SETTING_freeze, 1, -1);
		is(p, SETTING_freeze, 0);
		ck_assert_int_eq(seen[seen_count - 1].effect, EFFECT_DENIED);
	}
	ck_assert_str_eq(seen[seen_count - 1].why, "pqs was started from it");
	ck_assert_str_eq(enforce_protected(&en, row_of(worker)),
	                 "pqs itself");
	en.allow_init = true;
	judge(1, SETTING_freeze, 1, -1);
	is(1, SETTING_freeze, 90);
	ck_assert_str_eq(seen[seen_count - 1].why, "pid 1 cannot be stopped");
	judge(other, SETTING_freeze, 1, -1);
	is(other, SETTING_freeze, 1);
	judge(other, NOTHING);
	is(other, SETTING_freeze, 0);
}
END_TEST

START_TEST(not_to_be_frozen_continues_nobody_whom_others_stopped)
{
	pid_t p = machine_process(), ours = machine_process();

	set_by_other(p, SETTING_freeze, 1);
	judge(p, SETTING_freeze, 0, -1);
	is(p, SETTING_freeze, 1);
	judge(p, SETTING_freeze, 1, -1);
	judge(p, SETTING_freeze, 0, -1);
	judge(p, NOTHING);
	is(p, SETTING_freeze, 1);
	set_by_other(ours, SETTING_freeze, 0);
	judge(ours, SETTING_freeze, 1, -1);
	is(ours, SETTING_freeze, 1);
	judge(ours, SETTING_freeze, 0, -1);
	is(ours, SETTING_freeze, 0);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(who_is_realtime_by_itself_is_spared)
{
	int64_t fifo = sched_value(SCHED_CLASS_FIFO, 10);
	pid_t   p = machine_process(), t = machine_thread(p), u;

	set_by_other(t, SETTING_sched, fifo);
	judge(p, NICE, 5, SETTING_sched, SCHED_CLASS_IDLE, -1);
	is(p, NICE, 5);
	is(t, NICE, *mine_of(t, NICE));
	is(t, SETTING_sched, fifo);
	ck_assert_str_eq(enforce_protected(&en, row_of(t)),
	                 "already real-time");
	judge(p, NOTHING);
	all_as_without_us();
	u = machine_process();
	judge(u, SETTING_sched, fifo, -1);
	row_of(u)->facts->sched = fifo;
	ck_assert_ptr_null(enforce_protected(&en, row_of(u)));
	judge(u, SETTING_sched, fifo, NICE, 5, -1);
	is(u, NICE, 5);
	set_by_other(u, SETTING_sched, fifo + 256);
	row_of(u)->facts->sched = fifo + 256;
	ck_assert_str_eq(enforce_protected(&en, row_of(u)),
	                 "already real-time");
	en.allow_realtime = true;
	ck_assert_ptr_null(enforce_protected(&en, row_of(u)));
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

START_TEST(undo_reaches_children_and_threads_nobody_saw_born)
{
	pid_t  p = machine_process(), old = machine_fork(p);
	pid_t  child, grandchild, late, stranger = machine_process();
	size_t left;

	set_by_other(old, NICE, 5);     /* chose what the parent will get */
	set_by_other(stranger, NICE, 5);
	for (int i = 0; i < 5; i++)
		machine.now_ns += TICK;
	judge(p, NICE, 5, IO, 3, -1);
	child = machine_fork(p);
	grandchild = machine_fork(child);
	late = machine_thread(p);
	machine_thread(grandchild);
	die_and_open();
	ck_assert_int_eq(undo(&left), 6);
	is(child, NICE, 100 + p);
	is(grandchild, IO, 100 + p);
	is(late, NICE, 100 + p);
	all_as_without_us();
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(journal_count(en.journal), 0);
	ck_assert_uint_eq(memory.file.count, 64);
}
END_TEST

START_TEST(undo_reaches_threads_born_of_a_thread_with_its_own_value)
{
	pid_t  p = machine_process();
	pid_t  t = machine_thread(p), late, other = machine_thread(p);
	size_t left;

	judge(p, IO, 3, -1);
	judge(t, NICE, 11, IO, 3, -1);
	late = machine_thread(t);
	set_by_other(other, NICE, 12);
	die_and_open();
	undo(&left);
	is(late, NICE, 100 + p);
	all_as_without_us();
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(a_thread_already_as_wanted_is_not_its_sibling)
{
	pid_t  p = machine_process();
	pid_t  already = machine_thread(p), t = machine_thread(p);
	size_t left;

	set_by_other(already, NICE, 11);
	judge(p, IO, 3, -1);
	judge(already, NICE, 11, IO, 3, -1);
	judge(t, NICE, 11, IO, 3, -1);
	undo(&left);
	is(already, NICE, 11);
	all_as_without_us();
}
END_TEST

/* kill -9 before any of them was heard of. */
START_TEST(undo_reaches_children_of_who_went_back_or_on_since)
{
	pid_t  p = machine_process(), q = machine_process();
	pid_t  child, grandchild, once, twice, late;
	size_t left;

	judge(p, NICE, 5, IO, 3, -1);
	child = machine_fork(p);
	grandchild = machine_fork(child);
	judge(p, NOTHING);
	judge(q, NICE, 5, -1);
	once = machine_fork(q);
	judge(q, NICE, 6, -1);
	twice = machine_fork(q);
	judge(q, NICE, 7, -1);
	machine.now_ns += 200 * TICK;
	late = machine_fork(p);
	set_by_other(late, NICE, 5);    /* by itself: too late to be ours */
	ck_assert_int_eq(journal_flush(en.journal), 0);
	die_and_open();
	ck_assert_int_eq(undo(&left), 7);
	is(child, NICE, 100 + p);
	is(grandchild, IO, 100 + p);
	is(once, NICE, 100 + q);
	is(twice, NICE, 100 + q);
	is(late, NICE, 5);
	all_as_without_us();
	ck_assert_uint_eq(left, 0);
	ck_assert(journal_is_empty(en.journal));
	ck_assert_uint_eq(memory.file.count, 64);
}
END_TEST

/* It has its parent's values as soon as that begins to fork. */
START_TEST(undo_reaches_a_child_that_took_its_time_to_be_born)
{
	pid_t  p = machine_process(), child;
	size_t left;

	judge(p, NICE, 5, -1);
	child = machine_fork(p);
	judge(p, NOTHING);
	being(child)->born += 50;
	ck_assert_int_eq(journal_flush(en.journal), 0);
	die_and_open();
	ck_assert_int_eq(undo(&left), 1);
	all_as_without_us();
}
END_TEST

/* What was written of its birth is what its parent has by now. */
START_TEST(a_child_that_has_what_its_parent_had_is_nobody_elses)
{
	pid_t  p = machine_process(), child;
	size_t left;

	judge(p, NICE, 5, -1);
	child = machine_fork(p);
	judge(p, NICE, 6, -1);
	judge(p, NICE, 7, -1);
	ck_assert_int_eq(journal_fork(en.journal, id_of(child), id_of(p)), 1);
	ck_assert_int_eq(journal_flush(en.journal), 0);
	die_and_open();
	ck_assert_int_eq(undo(&left), 2);
	ck_assert_uint_eq(left, 0);
	all_as_without_us();
}
END_TEST

/* It was seen to then, and what it has by now is its own. */
START_TEST(undo_leaves_children_that_were_heard_of)
{
	pid_t  p = machine_process(), q = machine_process(), child;
	size_t left;

	judge(p, NICE, 5, -1);
	judge(q, NICE, 5, -1);
	child = fork_seen(p);
	judge(p, NOTHING);
	judge(child, NOTHING);
	set_by_other(child, NICE, 5);
	machine.now_ns += 200 * TICK;
	journal_heard(en.journal, machine.now_ns);
	ck_assert_int_eq(journal_flush(en.journal), 0);
	die_and_open();
	ck_assert_int_eq(undo(&left), 1);
	is(child, NICE, 5);
	all_as_without_us();
}
END_TEST

static pid_t birth_of;

static void born_meanwhile(void)
{
	machine.meanwhile = NULL;
	birth_of = machine_fork(birth_of);
}

START_TEST(undo_reaches_who_is_born_while_it_puts_back)
{
	pid_t  p = machine_process();
	size_t left;

	judge(p, NICE, 5, -1);
	birth_of = p;
	machine.meanwhile = born_meanwhile;
	ck_assert_int_eq(undo(&left), 2);
	ck_assert_int_ne(birth_of, p);
	is(birth_of, NICE, 100 + p);
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(undo_knows_children_whose_parent_has_left)
{
	pid_t  p = machine_process(), child;
	size_t left;

	judge(p, NICE, 5, -1);
	child = fork_seen(p);
	leave(p);
	being(child)->ppid = 1;
	journal_flush(en.journal);
	die_and_open();
	ck_assert_int_eq(undo(&left), 1);
	is(child, NICE, 100 + p);
}
END_TEST

START_TEST(undo_leaves_and_counts_what_somebody_else_set)
{
	pid_t  p = machine_process(), q = machine_process();
	size_t left;

	judge(p, NICE, 5, IO, 3, GROUP, 4, -1);
	judge(q, NICE, 5, -1);
	set_by_other(p, NICE, 2);
	set_by_other(p, GROUP, 1);
	ck_assert_int_eq(undo(&left), 2);
	ck_assert_uint_eq(left, 2);
	all_as_without_us();
	ck_assert(seen[0].foreign || seen[1].foreign);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(undo_is_not_for_strangers_with_an_old_pid)
{
	pid_t  p = machine_process();
	size_t left;

	judge(p, NICE, 5, -1);
	die_and_open();
	being(p)->born += 5;
	ck_assert_int_eq(undo(&left), 0);
	is(p, NICE, 5);
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(undo_keeps_what_the_system_refused)
{
	pid_t  p = machine_process();
	size_t left;

	judge(p, NICE, 5, IO, 3, -1);
	machine.denied = SETTING_BIT(NICE);
	ck_assert_int_eq(undo(&left), 1);
	ck_assert_uint_eq(journal_count(en.journal), 1);
	ck_assert_int_eq(seen[0].effect, EFFECT_DENIED);
	machine.denied = 0;
	die_and_open();
	ck_assert_int_eq(undo(&left), 1);
	all_as_without_us();
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(undo_reaches_a_session_through_whoever_is_left_in_it)
{
	pid_t  a = machine_process(), b = machine_fork(a);
	size_t left;

	judge(a, GROUP, 5, -1);
	machine_exit(a);
	die_and_open();
	ck_assert_int_eq(undo(&left), 1);
	is(b, GROUP, 1001);
	all_as_without_us();
}
END_TEST

START_TEST(undo_takes_fewer_cpus_than_asked_for_as_ours)
{
	pid_t   p = machine_process(), q = machine_process();
	int64_t all = interned_read_cpus(sets, "0-7"), half, some, other;
	size_t  left;

	half = interned_read_cpus(sets, "0-3");
	some = interned_read_cpus(sets, "0-1");
	other = interned_read_cpus(sets, "3-5");
	set_by_other(p, SETTING_affinity, all);
	set_by_other(q, SETTING_affinity, all);
	machine.lives = 1;                      /* died before it was settled */
	judge(p, SETTING_affinity, half, -1);
	die_and_open();
	machine.lives = 1;
	judge(q, SETTING_affinity, half, -1);
	die_and_open();
	being(p)->knob[SETTING_affinity] = some;
	set_by_other(q, SETTING_affinity, other);
	undo(&left);
	ck_assert_uint_eq(left, 1);
	all_as_without_us();
}
END_TEST

/* Somebody else's, of whom nobody has read anything since the birth. */
START_TEST(undo_leaves_a_child_the_fewer_cpus_that_somebody_else_gave_it)
{
	pid_t   p = machine_process(), child;
	int64_t all = interned_read_cpus(sets, "0-7");
	int64_t half = interned_read_cpus(sets, "0-3");
	size_t  left;

	set_by_other(p, SETTING_affinity, all);
	judge(p, SETTING_affinity, half, -1);
	child = fork_seen(p);
	set_by_other(child, SETTING_affinity, interned_read_cpus(sets, "0-1"));
	undo(&left);
	ck_assert_uint_eq(left, 1);
	all_as_without_us();
}
END_TEST

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

static uint32_t dice;

static int roll(int sides)
{
	dice = dice * 1664525u + 1013904223u;
	return (int)((dice >> 8) % (uint32_t)sides);
}

static pid_t pick(bool process)
{
	for (int i = 0; i < 200 && machine.last > 1; i++) {
		pid_t t = 2 + roll(machine.last - 1);

		if (being(t)->alive && (!process || being(t)->pid == t))
			return t;
	}
	return machine_process();
}

static bool has_row(pid_t tid)
{
	struct task *row = table_find(en.table, id_of(tid));

	return row != NULL && being(tid)->pid != tid && row->settled;
}

/* The main thread has something for itself. */
static bool is_apart(pid_t tid)
{
	struct task_id     leader = task_id_main(id_of(tid));
	const struct task *row = table_find(en.table, leader);

	return being(tid)->pid == tid &&
	       ((row != NULL && row->settled) ||
	        journal_holds(en.journal, leader) != 0);
}

static pid_t judged;

/* A thread's children are taken for its process's, so it must be like it. */
static bool may_breed(pid_t tid)
{
	return !has_row(tid) && !is_apart(tid) && (tid != judged || being(tid)->pid == tid) &&
	       memcmp(being(tid)->mine, being(being(tid)->pid)->mine,
	              offsetof(struct being, mine) -
	              offsetof(struct being, knob)) == 0;
}

/* A birth does not say what value the child had, so whose child a thread with a
 * sibling's value has borne is not known. */
static bool may_fork(pid_t tid)
{
	for (int s = 0; s < SETTING_COUNT; s++) {
		const struct hold *kin;

		if (journal_find(en.journal, id_of(tid), (enum setting)s) ||
		    journal_find(en.journal, task_id_main(id_of(tid)),
		                 (enum setting)s))
			continue;
		kin = journal_kin(en.journal, KIN_OF_ANY, id_of(tid),
		                  (enum setting)s,
		                  *knob_of(tid, (enum setting)s));
		if (kin != NULL && task_id_is_thread(kin->whom))
			return false;
	}
	return true;
}

static void random_birth(void)
{
	pid_t t = pick(false);

	if (machine.last < BEINGS - 300 && may_breed(t)) {
		being(t)->bred |= journal_holds(en.journal, id_of(t)) != 0;
		machine_thread(t);
	}
}

static void sometimes_born(void)
{
	if (roll(4) == 0)
		random_birth();
}

static void random_verdict(pid_t tid)
{
	static const enum setting any[] = { NICE, IO, SLACK, OOM, GROUP };
	struct verdict v = { .want.has = 0 };
	bool           process = being(tid)->pid == tid;
	int            n = process ? 5 : 3;
	/* With one value from both, nobody could say whose child has it. */
	int            least = process ? 1 : 11;

	for (int i = 0; i < n; i++)
		if (roll(3) != 0) {
			want_set(&v.want, any[i], least + roll(3));
			v.won[any[i]] = 7;
		}
	judged = tid;
	ck_assert_int_eq(enact(tid, &v), 0);
	judged = 0;
}

/* Of all the three, each value tells whose child has it. */
static void random_verdict_of_main(pid_t pid)
{
	static const enum setting any[] = { NICE, IO, SLACK };
	struct verdict v = { .want.has = 0 };

	for (int i = 0; i < 3; i++)
		if (roll(3) != 0) {
			want_set(&v.want, any[i], 21 + roll(3));
			v.won[any[i]] = 7;
		}
	judged = pid;
	ck_assert_int_eq(enact_on(row_of_main(pid), &v), 0);
	judged = 0;
}

static void drop_main(pid_t pid)
{
	struct task *row = table_find(en.table, task_id_main(id_of(pid)));

	if (row != NULL)
		table_drop_thread(en.table, row);
}

static void random_exec(pid_t p)
{
	struct task *who;

	/* What it takes along of that is the engine's affair. */
	if (journal_holds(en.journal, task_id_main(id_of(p))) != 0)
		return;
	drop_main(p);

	for (pid_t t = 2; t <= machine.last; t++)
		if (being(t)->alive && being(t)->pid == p && t != p)
			leave(t);
	who = row_of(p);
	who->settled = false;
	who->yielded = 0;
	table_forget(en.table, who, facts_of_source(FACT_SOURCE_STAT));
}

/* A session of which nobody was left is another one. */
static void random_process(pid_t sid, int64_t fresh)
{
	pid_t p = machine_process();
	bool  lives = false;

	for (pid_t t = 2; t <= machine.last; t++)
		lives |= being(t)->alive && being(t)->sid == sid;
	being(p)->sid = sid;
	if (!lives)
		set_by_other(p, GROUP, fresh);
	row_of(p);
}

static void random_move(void)
{
	static const enum setting any[] = { NICE, IO, SLACK, OOM, GROUP };
	static int64_t theirs = 5000;
	pid_t          t = pick(false);

	switch (machine.last > BEINGS - 300 ? 3 + roll(7) : roll(10)) {
	case 0:
		random_process(2 + roll(5), theirs++);
		break;
	case 1:
		if (may_fork(t))
			row_of(fork_seen(t));
		break;
	case 2:
		random_birth();
		break;
	case 3:
		if (being(t)->pid == t || !being(t)->bred)
			set_by_other(t, any[roll(5)], theirs++);
		break;
	case 4:
		/* With its record goes the origin of the threads born of it,
		 * as long as those have none: that much is not known. */
		if (roll(3) == 0 && (being(t)->pid == t || !being(t)->bred))
			leave(t);
		break;
	case 5:
		random_exec(being(t)->pid);
		break;
	case 6:
		machine.denied = roll(4) == 0 ? SETTING_BIT(any[roll(5)]) : 0;
		break;
	case 7:
		if (has_row(t))
			table_drop_thread(en.table, row_of(t));
		else if (being(t)->pid == t)
			drop_main(t);
		break;
	case 8:
		if (row_of(being(t)->pid)->settled) {
			random_verdict_of_main(being(t)->pid);
			break;
		}
		/* fall through */
	default:
		/* A thread comes after its process. */
		random_verdict(roll(3) == 0 && !being(t)->bred &&
		               row_of(being(t)->pid)->settled
		               ? t : being(t)->pid);
	}
}

static void forget_verdicts(pid_t t)
{
	struct task *leader = table_find(en.table, task_id_main(id_of(t)));

	row_of(t)->in_force.has = 0;
	if (leader != NULL)
		leader->in_force.has = 0;
}

static void campaign(uint32_t seed)
{
	size_t left;

	tear_down();
	set_up();
	dice = seed;
	row_of(1);
	machine.meanwhile = sometimes_born;
	for (int i = 0; i < 250; i++) {
		random_move();
		ck_assert_int_eq(journal_flush(en.journal), 0);
		ck_assert_int_ge(journal_compact(en.journal), 0);
		if (seed % 3 == 2 && i % 50 == 49) {
			machine.denied = 0;
			undo(&left);
			all_as_without_us();
			for (pid_t t = 2; t <= machine.last; t++)
				if (being(t)->alive &&
				    table_find(en.table, id_of(t)) != NULL)
					forget_verdicts(t);
			enforce_close(&en);
		}
	}
	machine.denied = 0;
	if (seed % 2 == 0)
		die_and_open();
	undo(&left);
	all_as_without_us();
	ck_assert_uint_eq(journal_count(en.journal), 0);
	ck_assert_int_eq(undo(&left), 0);
}

START_TEST(whatever_happened_every_original_value_comes_back)
{
	const char *seeds = getenv("SEEDS");
	uint32_t    n = seeds == NULL ? 60 : (uint32_t)atoi(seeds);

	for (uint32_t seed = 1; seed <= n; seed++)
		campaign(seed);
}
END_TEST

static Suite *enforce_suite(void)
{
	Suite *s = suite_create("enforce");
	TCase *t = tcase_create("verdicts");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, an_unchanged_verdict_is_neither_read_nor_written);
	tcase_add_test(t, what_a_value_stands_for_is_what_is_recorded);
	tcase_add_test(t, what_nobody_wants_any_more_goes_back);
	tcase_add_test(t, what_is_so_already_is_not_ours);
	tcase_add_test(t, what_was_seen_to_be_so_is_not_read_again);
	tcase_add_test(t, all_threads_change_and_are_told_of_once);
	tcase_add_test(t, threads_that_differed_get_their_own_values_back);
	tcase_add_test(t, threads_born_meanwhile_are_met);
	tcase_add_test(t, a_thread_with_its_own_verdict_is_left_out);
	tcase_add_test(t, a_thread_may_be_let_go_after_its_process);
	tcase_add_test(t, a_thread_left_untouched_goes_back_alone);
	tcase_add_test(t, what_reaches_further_is_not_a_threads_affair);
	tcase_add_test(t, someone_elses_value_survives);
	tcase_add_test(t, what_was_yielded_is_taken_up_at_the_next_exec);
	tcase_add_test(t, somebody_who_puts_the_origin_back_is_heeded);
	tcase_add_test(t, a_thread_that_minds_itself_is_counted_and_left);
	tcase_add_test(t, what_is_denied_is_not_held);
	tcase_add_test(t, a_change_denied_later_leaves_the_hold_as_it_was);
	tcase_add_test(t, a_value_kept_within_bounds_is_still_ours);
	tcase_add_test(t, no_record_no_change);
	tcase_add_test(t, going_back_needs_no_room_on_the_disk);
	tcase_add_test(t, a_child_goes_back_to_the_origin_of_its_parent);
	tcase_add_test(t, a_child_that_did_not_inherit_has_its_own_origin);
	tcase_add_test(t, a_child_born_before_the_last_change_goes_back_too);
	tcase_add_test(t, the_threads_of_such_a_child_change_with_it);
	tcase_add_test(t, a_session_has_one_origin_for_all_its_tasks);
	tcase_add_test(t, a_session_goes_back_when_the_last_that_wanted_it_exits);
	tcase_add_test(t, a_task_that_moved_to_another_session_gives_the_old_one_back);
	tcase_add_test(t, a_session_that_somebody_set_is_left_to_them);
	tcase_add_test(t, the_protected_are_told_apart);
	tcase_add_test(t, who_can_start_us_again_is_never_stopped);
	tcase_add_test(t, not_to_be_frozen_continues_nobody_whom_others_stopped);
	tcase_add_test(t, who_is_realtime_by_itself_is_spared);
	tcase_add_test(t, what_moves_nothing_is_said_to_be_inert);
	tcase_add_test(t, an_observer_turns_nothing);
	tcase_add_test(t, a_task_that_leaves_meanwhile_is_no_error_to_tell);
	tcase_add_test(t, a_recycled_pid_is_noticed);
	tcase_add_test(t, what_goes_back_goes_before_what_comes);
	suite_add_tcase(s, t);
	t = tcase_create("undo");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, undo_reaches_children_and_threads_nobody_saw_born);
	tcase_add_test(t, undo_reaches_threads_born_of_a_thread_with_its_own_value);
	tcase_add_test(t, a_thread_already_as_wanted_is_not_its_sibling);
	tcase_add_test(t, undo_reaches_children_of_who_went_back_or_on_since);
	tcase_add_test(t, undo_reaches_a_child_that_took_its_time_to_be_born);
	tcase_add_test(t, a_child_that_has_what_its_parent_had_is_nobody_elses);
	tcase_add_test(t, undo_leaves_children_that_were_heard_of);
	tcase_add_test(t, undo_reaches_who_is_born_while_it_puts_back);
	tcase_add_test(t, undo_knows_children_whose_parent_has_left);
	tcase_add_test(t, undo_leaves_and_counts_what_somebody_else_set);
	tcase_add_test(t, undo_is_not_for_strangers_with_an_old_pid);
	tcase_add_test(t, undo_keeps_what_the_system_refused);
	tcase_add_test(t, undo_reaches_a_session_through_whoever_is_left_in_it);
	tcase_add_test(t, undo_takes_fewer_cpus_than_asked_for_as_ours);
	tcase_add_test(
		t, undo_leaves_a_child_the_fewer_cpus_that_somebody_else_gave_it);
	tcase_add_test(t, a_death_in_any_write_is_undone);
	tcase_add_test(t, a_death_at_any_change_is_undone);
	tcase_add_test(t, an_undo_that_dies_is_done_again);
	suite_add_tcase(s, t);
	t = tcase_create("campaign");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 900);
	tcase_add_test(t, whatever_happened_every_original_value_comes_back);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(enforce_suite());
}
