/* test_enforce_campaign.c -- births, verdicts, deaths and others at random, and
 * every original value comes back. */

#include "enforcing.h"
#include "suite.h"

/* Of the main thread alone. */
static struct task *row_of_main(pid_t pid)
{
	struct task *thread;

	ck_assert_int_ge(table_meet_thread(en.table, row_of(pid), pid,
	                                   &thread), 0);
	return thread;
}

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

int main(void)
{
	TCase *t = tcase_create("enforce");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 900);
	tcase_add_test(t, whatever_happened_every_original_value_comes_back);
	return run_case(t, "enforce: campaign");
}
