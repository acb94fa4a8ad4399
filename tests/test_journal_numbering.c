/* test_journal_numbering.c -- sets, names and places are known again by another
 * numbering. */

#include "journalling.h"

START_TEST(sets_of_cpus_survive_another_numbering)
{
	char    wide[8000] = "";
	int64_t all, some, many;

	for (int cpu = 0, at = 0; cpu < 1200; cpu += 2)
		at += snprintf(wide + at, sizeof wide - (size_t)at, "%s%d",
		               cpu == 0 ? "" : ",", cpu);
	all = interned_read_cpus(sets, "0-7");
	some = interned_read_cpus(sets, "2,4");
	many = interned_read_cpus(sets, wide);
	ck_assert_int_ge(many, 0);
	begin(process(5), SETTING_affinity, all, some);
	begin(process(6), SETTING_affinity, many, some);
	journal_flush(journal);
	for (int round = 0; round < 2; round++) {
		const struct hold *h;

		interned_free(sets);
		sets = interned_new();
		interned_read_cpus(sets, "5");
		interned_read_cpus(sets, "6");
		reopen();
		h = journal_find(journal, process(5), SETTING_affinity);
		ck_assert_str_eq(interned_text(sets, h->origin), "0-7");
		ck_assert_str_eq(interned_text(sets, h->wanted), "2,4");
		h = journal_find(journal, process(6), SETTING_affinity);
		ck_assert_str_eq(interned_text(sets, h->origin), wide);
		/* The next round reads two numberings from one file. */
		begin(process(7 + round), SETTING_affinity,
		      interned_read_cpus(sets, "5"),
		      interned_read_cpus(sets, "6"));
		journal_flush(journal);
	}
	ck_assert_int_eq(begin(process(9), SETTING_affinity, 4000, some),
	                 -EINVAL);
	ck_assert_ptr_null(journal_find(journal, process(9),
	                                SETTING_affinity));
}
END_TEST

START_TEST(names_and_kinds_of_cores_survive_another_numbering)
{
	const struct hold *h;

	/* A name and a kind of cores with the same text. */
	begin(process(5), SETTING_pool, interned_read_names(sets, "games"),
	      interned_read_names(sets, "performance"));
	begin(process(6), SETTING_affinity, interned_read_cpus(sets, "0-7"),
	      interned_read_cpus(sets, "performance"));
	journal_flush(journal);
	interned_free(sets);
	sets = interned_new();
	interned_read_names(sets, "other");
	reopen();
	h = journal_find(journal, process(5), SETTING_pool);
	ck_assert_int_eq(h->origin, interned_read_names(sets, "games"));
	ck_assert_int_eq(h->wanted, interned_read_names(sets, "performance"));
	h = journal_find(journal, process(6), SETTING_affinity);
	ck_assert_int_eq(h->origin, interned_read_cpus(sets, "0-7"));
	ck_assert_int_eq(h->wanted, interned_read_cpus(sets, "performance"));
}
END_TEST

static void renumber(void)
{
	interned_free(sets);
	sets = interned_new();
	ck_assert_int_eq(interned_read_names(sets, "first"), 0);
	reopen();
}

START_TEST(places_survive_another_numbering_and_groups_of_one_need_none)
{
	const char *const origin[] = { "/a/b c", "cpu,cpuacct:/a memory:/",
		                       "build@1000" };
	int64_t           one = group_of_one(process(9));
	char              text[GROUP_TEXT_MAX];

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(begin(process(5 + i), SETTING_pool,
		                       group_read(sets, origin[i]), one), 0);
	begin(process(8), SETTING_pool, one, group_read(sets, "build"));
	journal_flush(journal);
	journal_close(journal);
	journal = NULL;
	renumber();
	for (int i = 0; i < 3; i++) {
		const struct hold *h = journal_find(journal, process(5 + i),
		                                    SETTING_pool);

		ck_assert_str_eq(group_text(sets, h->origin, text,
		                            sizeof text), origin[i]);
		ck_assert_int_eq(h->wanted, one);
	}
	check_hold(process(8), SETTING_pool, one, group_read(sets, "build"),
	           false);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, sets_of_cpus_survive_another_numbering);
	tcase_add_test(c, names_and_kinds_of_cores_survive_another_numbering);
	tcase_add_test(c, places_survive_another_numbering_and_groups_of_one_need_none);
	return run_case(c, "journal: numbering");
}
