/* test_enforce_units.c -- settings of whole units: one origin for all that are
 * in one, and back with the last of them, however long it takes. */

#include "base/limits.h"
#include "enforce/enforce.h"
#include "memory_store.h"
#include "model/interned.h"
#include "small_machine.h"

#define WEIGHT SETTING_weight
#define KEY    (-2147483647)
#define UNITS  4
#define LINE   16

/* What a service manager has; a task's unit is its session's number. */
static struct manager {
	int64_t       weight[UNITS];
	bool          runs[UNITS];
	bool          slow;             /* it answers when asked for that     */
	const char   *refuses;
	bool          in_doubt;
	struct landed line[LINE];
	size_t        asked, landed;
	unsigned      calls;
} manager;

static struct os           os;
static struct actuator     below;
static struct memory_store memory;
static struct interned    *sets;
static struct enforcer     en;
static struct change       last;

static void hear(void *ctx, const struct change *c)
{
	(void)ctx;
	last = *c;
}

static int unit_key(void *self, struct task_id whom, enum setting s,
                    struct task_id *ret_key, bool *ret_alone,
                    const char **ret_why)
{
	int n = 0;

	(void)self, (void)s;
	*ret_why = "it is in no unit";
	if (!being(whom.pid)->alive)
		return -ESRCH;
	if (being(whom.pid)->sid == 0)
		return -ENODATA;
	for (pid_t t = 1; t <= machine.last; t++)
		n += being(t)->alive && being(t)->pid == t &&
		     being(t)->sid == being(whom.pid)->sid;
	*ret_alone = n == 1;
	*ret_key = (struct task_id){ KEY, KEY,
	                             (uint64_t)being(whom.pid)->sid };
	return 0;
}

static int read_any(void *self, struct task_id whom, enum setting s,
                    int64_t *ret_value)
{
	if (whom.pid != KEY)
		return setting_rows[s].scope == SETTING_SCOPE_GROUP
		       ? -EOPNOTSUPP : below.read(self, whom, s, ret_value);
	if (!manager.runs[whom.born])
		return -ENODATA;
	*ret_value = manager.weight[whom.born];
	return 0;
}

static struct turned answer(const struct landed *l)
{
	int64_t *weight = &manager.weight[l->whom.born];

	if (manager.refuses != NULL)
		return (struct turned){ EFFECT_DENIED, manager.refuses,
		                        *weight };
	*weight = l->wanted;
	return (struct turned){ EFFECT_APPLIED, "", l->wanted };
}

static void apply_any(void *self, struct task_id whom, enum setting s,
                      int64_t value, struct turned *ret)
{
	struct landed l = { .whom = whom, .setting = s, .wanted = value };

	if (whom.pid != KEY) {
		below.apply(self, whom, s, value, ret);
		return;
	}
	ck_assert_int_eq((int)s, WEIGHT);
	manager.calls++;
	if (!manager.slow) {
		*ret = answer(&l);
		return;
	}
	ck_assert_uint_lt(manager.asked, LINE);
	manager.line[manager.asked++] = l;
	*ret = (struct turned){ EFFECT_UNDERWAY, "",
	                        manager.weight[whom.born] };
}

static bool landed(void *self, struct landed *ret)
{
	(void)self;
	if (manager.landed == manager.asked)
		return false;
	*ret = manager.line[manager.landed++];
	ret->turned = answer(ret);
	ret->in_doubt = manager.in_doubt;
	return true;
}

static void finish(void *self)
{
	struct landed l;

	while (landed(self, &l))
		;
	manager.slow = false;
}

static void open_journal(void)
{
	journal_close(en.journal);
	en.journal = NULL;
	ck_assert_int_eq(journal_open(&os.store, "boot", sets, &en.journal),
	                 0);
}

static void begin(void)
{
	sets = interned_new();
	en = (struct enforcer){ .os = &os, .sets = sets, .report = hear,
	                        .table = table_new(&os.sensor) };
	open_journal();
}

static void end(void)
{
	enforce_close(&en);
	table_free(en.table);
	journal_close(en.journal);
	interned_free(sets);
}

static void set_up(void)
{
	machine_reset(&os);
	memset(&memory, 0, sizeof memory);
	memset(&manager, 0, sizeof manager);
	for (int i = 0; i < UNITS; i++) {
		manager.weight[i] = 100 + i;
		manager.runs[i] = true;
	}
	below = os.actuator;
	os.actuator.unit_key = unit_key;
	os.actuator.read = read_any;
	os.actuator.apply = apply_any;
	os.actuator.landed = landed;
	os.actuator.finish = finish;
	machine.dead_too = &memory.dead;
	os.store = memory_door(&memory);
	begin();
}

static void tear_down(void)
{
	end();
	memory_free(&memory);
}

static pid_t process_in(pid_t unit)
{
	pid_t pid = machine_process();

	being(pid)->sid = unit;
	return pid;
}

static struct task *row_of(pid_t pid)
{
	struct task *p;
	struct value v;

	ck_assert_int_ge(table_meet(en.table, id_of(pid), &p), 0);
	ck_assert_int_eq(table_fact(en.table, p, FACT_start_time, &v), 1);
	return p;
}

/* weight 0: nothing is wanted. */
static void judge_by(pid_t pid, int64_t weight, bool whole)
{
	struct task   *who = row_of(pid);
	struct verdict v = { .want.has = 0 };

	if (weight != 0)
		want_set(&v.want, WEIGHT, weight);
	if (whole)
		v.of_unit = SETTING_BIT(WEIGHT);
	ck_assert_int_eq(os.actuator.grip(NULL, who->id), 0);
	ck_assert_int_eq(enforce_verdict(&en, who, &v), 0);
	os.actuator.let_go(NULL);
	who->settled = true;
}

static void judge(pid_t pid, int64_t weight)
{
	judge_by(pid, weight, true);
}

static void leave(pid_t pid)
{
	struct task_id id = id_of(pid);
	struct event   e = { .kind = EVENT_EXIT, .u.task.who = id };
	struct task   *who;

	machine_exit(pid);
	ck_assert_int_eq(enforce_left(&en, id), 0);
	table_update(en.table, &e, &who);
}

START_TEST(all_of_a_unit_share_one_origin)
{
	pid_t a = process_in(1), b = process_in(1);

	judge(a, 300);
	ck_assert_int_eq(manager.weight[1], 300);
	judge(b, 300);
	ck_assert_uint_eq(manager.calls, 1);
	ck_assert_uint_eq(journal_count(en.journal), 1);
	judge(a, 0);
	ck_assert_int_eq(manager.weight[1], 300);
	judge(b, 0);
	ck_assert_int_eq(manager.weight[1], 101);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(one_of_several_cannot_speak_for_its_unit)
{
	pid_t a = process_in(2), b;

	judge_by(a, 300, false);
	ck_assert_int_eq(manager.weight[2], 300);
	judge_by(a, 0, false);
	b = process_in(2);
	judge_by(b, 300, false);
	ck_assert_int_eq(manager.weight[2], 102);
	ck_assert_int_eq(last.effect, EFFECT_UNSUPPORTED);
	ck_assert_str_eq(last.why, "shares unit");
}
END_TEST

START_TEST(a_unit_is_turned_once_for_all_threads)
{
	pid_t a = process_in(2);

	machine_thread(a);
	judge_by(a, 300, false);
	ck_assert_int_eq(manager.weight[2], 300);
	ck_assert_uint_eq(manager.calls, 1);
	ck_assert_uint_eq(journal_count(en.journal), 1);
}
END_TEST

START_TEST(who_is_in_no_unit_is_told_so)
{
	judge(process_in(0), 300);
	ck_assert_int_eq(last.effect, EFFECT_UNSUPPORTED);
	ck_assert_str_eq(last.why, "it is in no unit");
}
END_TEST

/* Nobody is left to reach it through, and it would be started with ours
 * again. */
START_TEST(a_unit_goes_back_when_its_last_process_exits)
{
	pid_t a = process_in(1), b = process_in(1);

	judge(a, 300);
	judge(b, 300);
	leave(a);
	ck_assert_int_eq(manager.weight[1], 300);
	manager.runs[1] = false;
	leave(b);
	ck_assert_int_eq(manager.weight[1], 101);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(the_newest_wish_holds_and_then_the_one_before)
{
	pid_t a = process_in(1), b = process_in(1);

	judge(a, 300);
	judge(b, 200);
	ck_assert_int_eq(manager.weight[1], 200);
	leave(b);
	ck_assert_int_eq(manager.weight[1], 300);
	leave(a);
	ck_assert_int_eq(manager.weight[1], 101);
}
END_TEST

START_TEST(what_changes_while_it_is_under_way_is_seen_to_afterwards)
{
	pid_t a = process_in(1), b = process_in(1);

	manager.slow = true;
	judge(a, 300);
	judge(b, 300);
	ck_assert_uint_eq(manager.calls, 1);
	judge(b, 200);
	ck_assert_uint_eq(manager.calls, 1);
	enforce_landed(&en);            /* and what follows from it           */
	ck_assert_uint_eq(manager.calls, 2);
	ck_assert_int_eq(manager.weight[1], 200);
	judge(b, 0);
	leave(a);
	enforce_landed(&en);
	ck_assert_int_eq(manager.weight[1], 101);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(who_leaves_while_it_is_under_way_leaves_nothing)
{
	pid_t a = process_in(1);

	manager.slow = true;
	judge(a, 300);
	leave(a);
	enforce_landed(&en);
	ck_assert_int_eq(manager.weight[1], 101);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(what_was_refused_leaves_no_record)
{
	manager.slow = true;
	manager.refuses = "systemd refuses it";
	judge(process_in(1), 300);
	enforce_landed(&en);
	ck_assert_int_eq(last.effect, EFFECT_DENIED);
	ck_assert_str_eq(last.why, "systemd refuses it");
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

/* It may come true when nobody waits for it any more. */
START_TEST(what_was_not_answered_is_undone_all_the_same)
{
	size_t left;

	manager.slow = true;
	manager.in_doubt = true;
	manager.refuses = "systemd does not answer";
	judge(process_in(1), 300);
	enforce_landed(&en);
	manager.weight[1] = 300;
	manager.refuses = NULL;
	ck_assert_int_eq(enforce_undo(&en, &left), 1);
	ck_assert_int_eq(manager.weight[1], 101);
}
END_TEST

START_TEST(a_unit_that_somebody_set_is_left_to_them)
{
	pid_t a = process_in(1), b = process_in(1);

	judge(a, 300);
	manager.weight[1] = 77;
	judge(b, 200);
	ck_assert(last.foreign);
	ck_assert_int_eq(manager.weight[1], 77);
	leave(a);
	leave(b);
	ck_assert_int_eq(manager.weight[1], 77);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

/* By another pqs, after this one was killed; whether the unit runs or not. */
START_TEST(undo_for_the_dead_puts_units_back)
{
	size_t left;

	judge(process_in(1), 300);
	judge(process_in(2), 200);
	manager.runs[2] = false;
	end();
	begin();
	ck_assert_uint_eq(journal_count(en.journal), 2);
	ck_assert_int_eq(enforce_undo(&en, &left), 2);
	ck_assert_int_eq(manager.weight[1], 101);
	ck_assert_int_eq(manager.weight[2], 102);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

/* Its next life would begin with it. */
START_TEST(undo_puts_back_what_was_refused_as_the_unit_stopped)
{
	size_t left;
	pid_t  pid = process_in(1);

	judge(pid, 300);
	manager.runs[1] = false;
	manager.refuses = "no";
	leave(pid);
	ck_assert_int_eq(manager.weight[1], 300);
	manager.refuses = NULL;
	ck_assert_int_eq(enforce_undo(&en, &left), 1);
	ck_assert_int_eq(manager.weight[1], 101);
}
END_TEST

START_TEST(undo_leaves_what_somebody_else_set)
{
	size_t left;

	judge(process_in(1), 300);
	manager.weight[1] = 77;
	ck_assert_int_eq(enforce_undo(&en, &left), 0);
	ck_assert_uint_eq(left, 1);
	ck_assert_int_eq(manager.weight[1], 77);
}
END_TEST

int main(void)
{
	Suite   *s = suite_create("enforce: units");
	TCase   *t = tcase_create("units");
	SRunner *r = srunner_create(s);
	int      failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, all_of_a_unit_share_one_origin);
	tcase_add_test(t, one_of_several_cannot_speak_for_its_unit);
	tcase_add_test(t, a_unit_is_turned_once_for_all_threads);
	tcase_add_test(t, who_is_in_no_unit_is_told_so);
	tcase_add_test(t, a_unit_goes_back_when_its_last_process_exits);
	tcase_add_test(t, the_newest_wish_holds_and_then_the_one_before);
	tcase_add_test(t,
	               what_changes_while_it_is_under_way_is_seen_to_afterwards);
	tcase_add_test(t, who_leaves_while_it_is_under_way_leaves_nothing);
	tcase_add_test(t, what_was_refused_leaves_no_record);
	tcase_add_test(t, what_was_not_answered_is_undone_all_the_same);
	tcase_add_test(t, a_unit_that_somebody_set_is_left_to_them);
	tcase_add_test(t, undo_for_the_dead_puts_units_back);
	tcase_add_test(t, undo_puts_back_what_was_refused_as_the_unit_stopped);
	tcase_add_test(t, undo_leaves_what_somebody_else_set);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
