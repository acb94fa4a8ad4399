/* test_process_meet.c -- who is met by listing, where a parent
 * comes cheaply. */

#include <errno.h>
#include <string.h>

#include "process/rows.h"

#include "suite.h"

#define PIDS 100

static struct being {
	bool        alive;
	uint64_t    born;
	pid_t       ppid;
	const char *line;
} world[PIDS];

static uint64_t      clock_ns;
static unsigned      stats, parents;
static int           parent_error;
static struct table *t;

static int world_facts(void *self, struct task_id whom, uint64_t which,
                       struct facts *f)
{
	const struct being *b = &world[whom.pid];

	(void)self;
	if (!b->alive || (whom.born != 0 && whom.born != b->born))
		return -ESRCH;
	stats += (which & facts_of_source(FACT_SOURCE_STAT)) != 0;
	f->born = b->born;
	f->start_time_ns = (int64_t)b->born;
	f->ppid = b->ppid;
	if (which & FACT_BIT(FACT_cmdline) && f->cmdline == NULL) {
		f->cmdline = strdup(b->line);
		f->cmdline_bytes = strlen(b->line) + 1;
	}
	if ((which & FACT_BIT(FACT_uid)) != 0)
		f->uid = 0;
	f->known |= which;
	return 0;
}

/* The owner comes along. */
static int world_glimpse(void *self, pid_t pid, struct facts *f,
                         pid_t *ret_ppid)
{
	(void)self;
	parents++;
	if (!world[pid].alive)
		return -ESRCH;
	if (parent_error < 0)
		return parent_error;
	f->uid = 1000 + (uid_t)pid;
	f->known |= FACT_BIT(FACT_uid);
	*ret_ppid = world[pid].ppid;
	return 0;
}

static uint64_t world_now(void *self)
{
	(void)self;
	return clock_ns;
}

static const struct sensor sensor = { .name = "test", .facts = world_facts,
                                      .glimpse = world_glimpse,
                                      .now_ns = world_now };

static void start(void)
{
	memset(world, 0, sizeof world);
	stats = parents = 0;
	parent_error = 0;
	clock_ns = 1000000;
	t = table_new(&sensor);
	ck_assert_ptr_nonnull(t);
}

static void stop(void)
{
	table_free(t);
}

static void appear(pid_t pid, pid_t ppid, uint64_t born)
{
	world[pid] = (struct being){ .alive = true, .born = born,
	                             .ppid = ppid, .line = "line" };
}

static struct task *meet(pid_t pid, int expected)
{
	struct task *who = NULL;

	ck_assert_int_eq(table_meet(t, (struct task_id){ pid, pid, 0 }, &who),
	                 expected);
	return who;
}

static void nobody(void *ctx, struct task_id id)
{
	(void)ctx;
	(void)id;
}

START_TEST(whoever_is_met_is_looked_at_no_closer_than_needed)
{
	struct task *parent, *child;
	struct value v;

	appear(2, 0, 10);
	appear(3, 2, 20);
	parent = meet(2, 1);
	child = meet(3, 1);
	ck_assert_uint_eq(parents, 2);
	ck_assert_uint_eq(stats, 0);
	ck_assert_ptr_eq(table_parent(t, child), parent);
	ck_assert_uint_eq(child->id.born, 0);
	ck_assert_int_eq(table_fact(t, child, FACT_ppid, &v), 1);
	ck_assert_int_eq(v.number, 2);
	ck_assert_uint_eq(child->id.born, 20);
	ck_assert_uint_eq(stats, 1);
}
END_TEST

START_TEST(what_the_first_look_told_is_not_asked_again)
{
	struct task *who;
	struct value v;

	appear(3, 2, 20);
	table_listing_begin(t);
	who = meet(3, 1);
	ck_assert_int_eq(table_fact(t, who, FACT_uid, &v), 1);
	ck_assert_int_eq(v.number, 1003);
}
END_TEST

START_TEST(who_left_meanwhile_is_not_met)
{
	meet(2, -ESRCH);
	ck_assert_uint_eq(table_count(t), 0);
}
END_TEST

START_TEST(where_it_does_not_come_cheaply_the_facts_tell)
{
	parent_error = -ENODATA;
	appear(2, 0, 10);
	appear(3, 2, 20);
	meet(2, 1);
	ck_assert_ptr_eq(table_parent(t, meet(3, 1)),
	                 table_find(t, (struct task_id){ 2, 2, 0 }));
	ck_assert_uint_eq(stats, 2);
}
END_TEST

/* A parent with a higher pid, and another with that pid by the next listing. */
START_TEST(a_parent_listed_later_is_found_by_the_same_listing_alone)
{
	struct task *early, *late;

	table_listing_begin(t);
	appear(3, 9, 10);
	appear(4, 8, 10);
	appear(9, 0, 5);
	early = meet(3, 1);
	late = meet(4, 1);
	meet(9, 1);
	table_listing_end(t, nobody, NULL);
	ck_assert_ptr_eq(table_parent(t, early),
	                 table_find(t, (struct task_id){ 9, 9, 0 }));
	ck_assert_ptr_null(table_parent(t, late));
	table_listing_begin(t);
	world[4].ppid = 1;
	appear(8, 0, 2000);
	meet(3, 0);
	meet(4, 0);
	meet(8, 1);
	meet(9, 0);
	table_listing_end(t, nobody, NULL);
	ck_assert_ptr_null(table_parent(t, late));
}
END_TEST

START_TEST(who_was_born_since_its_pid_was_met_is_a_stranger)
{
	struct task *first, *second;

	table_listing_begin(t);
	appear(5, 0, 10);
	first = meet(5, 1);
	first->settled = true;
	table_listing_end(t, nobody, NULL);
	table_listing_begin(t);
	meet(5, 0);
	table_listing_end(t, nobody, NULL);
	ck_assert(first->settled && first->id.born == 10);

	appear(6, 0, 10);
	meet(6, 1)->settled = true;
	appear(6, 0, clock_ns + 1);
	clock_ns += 10;
	table_listing_begin(t);
	second = meet(6, 1);
	ck_assert(!second->settled);
}
END_TEST

START_TEST(the_title_of_an_old_program_is_read_once)
{
	struct task *old;
	struct value v;

	clock_ns = UINT64_C(60000000000);
	appear(7, 0, 10);
	old = meet(7, 1);
	ck_assert_int_eq(table_fact(t, old, FACT_cmdline, &v), 1);
	ck_assert_uint_eq(table_unsettled_ns(t, old), 0);
	appear(8, 0, clock_ns - 1);
	old = meet(8, 1);
	ck_assert_int_eq(table_fact(t, old, FACT_cmdline, &v), 1);
	ck_assert_uint_gt(table_unsettled_ns(t, old), clock_ns);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("meeting");

	tcase_add_checked_fixture(c, start, stop);
	tcase_add_test(c, whoever_is_met_is_looked_at_no_closer_than_needed);
	tcase_add_test(c, what_the_first_look_told_is_not_asked_again);
	tcase_add_test(c, who_left_meanwhile_is_not_met);
	tcase_add_test(c, where_it_does_not_come_cheaply_the_facts_tell);
	tcase_add_test(c,
		a_parent_listed_later_is_found_by_the_same_listing_alone);
	tcase_add_test(c, who_was_born_since_its_pid_was_met_is_a_stranger);
	tcase_add_test(c, the_title_of_an_old_program_is_read_once);
	return run_case(c, "process: meeting");
}
