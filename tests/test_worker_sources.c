/* test_worker_sources.c -- rule files and folders on a real file system. */

#include "worker/sources.h"

#include "suite.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char           folder[] = "/tmp/pqs-sources-XXXXXX";
static struct sources list;
static char           why[512];

static const char *at(const char *name)
{
	static char path[4][512];
	static int  turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
	return path[turn];
}

static void write_file(const char *name, const char *text, size_t n)
{
	FILE *f = fopen(at(name), "w");

	ck_assert_ptr_nonnull(f);
	fwrite(text, 1, n, f);
	fclose(f);
}

static void make(const char *name)
{
	write_file(name, name, strlen(name));
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static void setup(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	mkdir(at("b"), 0755);
	mkdir(at("b/deep"), 0755);
	mkdir(at(".hidden"), 0755);
	make("z.lua");
	make("a.lua");
	make("b/m.lua");
	make("b/m.test.lua");
	make("b/deep/x.lua");
	make("b-side.lua");
	make("notes.txt");
	make(".swap.lua");
	make(".hidden/y.lua");
}

static void teardown(void)
{
	sources_clear(&list);
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void expect(const char *const *names, size_t n)
{
	ck_assert_uint_eq(list.count, n);
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(list.source[i].path, at(names[i]));
}

START_TEST(a_folder_gives_its_rules_sorted_by_path)
{
	static const char *const names[] = { "a.lua", "b-side.lua",
	                                     "b/deep/x.lua", "b/m.lua",
	                                     "z.lua" };

	ck_assert_int_eq(sources_add(&list, LAYER_ADMIN, folder, why,
	                             sizeof why), 0);
	expect(names, 5);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(list.source[i].layer, LAYER_ADMIN);
		ck_assert_uint_eq(list.source[i].bytes, strlen(names[i]));
		ck_assert_str_eq(list.source[i].text, names[i]);
	}
}
END_TEST

START_TEST(what_is_given_twice_is_there_once)
{
	static const char *const names[] = { "z.lua", "a.lua", "b-side.lua",
	                                     "b/deep/x.lua", "b/m.lua" };

	ck_assert_int_eq(symlink("a.lua", at("same.lua")), 0);
	ck_assert_int_eq(sources_add(&list, LAYER_USER, at("z.lua"), why,
	                             sizeof why), 0);
	ck_assert_int_eq(sources_add(&list, LAYER_ADMIN, at("b/.."), why,
	                             sizeof why), 0);
	ck_assert_int_eq(sources_add(&list, LAYER_ADMIN, at("same.lua"), why,
	                             sizeof why), 0);
	ck_assert_uint_eq(list.count, 5);
	ck_assert_str_eq(list.source[0].path, at(names[0]));
	ck_assert_int_eq(list.source[0].layer, LAYER_USER);
}
END_TEST

START_TEST(a_named_file_is_taken_whatever_its_name)
{
	ck_assert_int_eq(sources_add(&list, LAYER_USER, at("notes.txt"), why,
	                             sizeof why), 0);
	ck_assert_int_eq(sources_add(&list, LAYER_USER, at("b/m.test.lua"), why,
	                             sizeof why), 0);
	ck_assert_uint_eq(list.count, 2);
}
END_TEST

START_TEST(a_link_to_a_folder_is_not_followed_and_no_trap)
{
	ck_assert_int_eq(symlink("..", at("b/up")), 0);
	ck_assert_int_eq(symlink("/", at("b/root.d")), 0);
	ck_assert_int_eq(sources_add(&list, LAYER_USER, folder, why,
	                             sizeof why), 0);
	ck_assert_uint_eq(list.count, 5);
}
END_TEST

static void expect_error(const char *path, int error, const char *sentence)
{
	size_t before = list.count;

	ck_assert_int_eq(sources_add(&list, LAYER_USER, path, why, sizeof why),
	                 error);
	ck_assert_ptr_nonnull(strstr(why, sentence));
	ck_assert_uint_eq(list.count, before);
}

START_TEST(what_cannot_be_read_is_named_and_leaves_the_list_alone)
{
	make("b/first.lua");
	sources_add(&list, LAYER_USER, at("z.lua"), why, sizeof why);
	expect_error(at("none.lua"), -ENOENT, "none.lua: No such file");
	ck_assert_int_eq(mkfifo(at("b/pipe.lua"), 0644), 0);
	expect_error(at("b/pipe.lua"), -EINVAL, "pipe.lua: neither a file");
	expect_error(folder, -EINVAL, "b/pipe.lua: neither a file");
	unlink(at("b/pipe.lua"));
	ck_assert_int_eq(symlink("nowhere", at("broken.lua")), 0);
	expect_error(folder, -ENOENT, "broken.lua: No such file");
}
END_TEST

START_TEST(a_file_has_a_bound)
{
	static char text[RULE_FILE_MAX + 9];

	memset(text, ' ', sizeof text);
	write_file("full.lua", text, RULE_FILE_MAX);
	ck_assert_int_eq(sources_add(&list, LAYER_USER, at("full.lua"), why,
	                             sizeof why), 0);
	ck_assert_uint_eq(list.source[0].bytes, RULE_FILE_MAX);
	ck_assert_int_eq(list.source[0].text[RULE_FILE_MAX], '\0');
	write_file("more.lua", text, sizeof text);
	ck_assert_int_eq(sources_add(&list, LAYER_USER, at("more.lua"), why,
	                             sizeof why), 0);
	ck_assert_uint_eq(list.source[1].bytes, RULE_FILE_MAX + 1);
	ck_assert_int_eq(list.source[1].text[RULE_FILE_MAX + 1], '\0');
}
END_TEST

START_TEST(a_text_that_is_forgotten_is_still_known_from_others)
{
	struct sources again = { 0 };

	ck_assert_int_eq(sources_add(&list, LAYER_ADMIN, folder, why,
	                             sizeof why), 0);
	write_file("a.lua", "a-lua", 5);
	ck_assert_int_eq(sources_add(&again, LAYER_ADMIN, folder, why,
	                             sizeof why), 0);
	for (size_t i = 0; i < list.count; i++) {
		bool same = i > 0;      /* the first was written to           */

		ck_assert(source_same(&list.source[i], &again.source[i]) ==
		          same);
		source_forget(&list.source[i]);
		ck_assert_ptr_null(list.source[i].text);
		ck_assert(source_same(&list.source[i], &again.source[i]) ==
		          same);
		source_forget(&again.source[i]);
		ck_assert(source_same(&list.source[i], &again.source[i]) ==
		          same);
	}
	sources_clear(&again);
}
END_TEST

/* Later than the tick in which it was written. */
static void add_settled(void)
{
	usleep(60000);
	ck_assert_int_eq(sources_add(&list, LAYER_ADMIN, at("a.lua"), why,
	                             sizeof why), 0);
}

START_TEST(a_file_is_unsettled_while_somebody_writes_it)
{
	FILE *f = fopen(at("a.lua"), "w");

	ck_assert_ptr_nonnull(f);
	fputs("half", f);
	fflush(f);
	add_settled();
	ck_assert_str_eq(sources_unsettled(&list), at("a.lua"));
	fclose(f);
	ck_assert_ptr_null(sources_unsettled(&list));
	write_file("a.lua", "other", 5);
	ck_assert_ptr_nonnull(sources_unsettled(&list));
}
END_TEST

START_TEST(who_only_reads_a_file_does_not_make_it_unsettled)
{
	FILE *f = fopen(at("a.lua"), "r");

	ck_assert_ptr_nonnull(f);
	add_settled();
	ck_assert_ptr_null(sources_unsettled(&list));
	fclose(f);
}
END_TEST

START_TEST(tests_are_looked_for_alone)
{
	static const char *const names[] = { "b/m.test.lua" };

	list.tests = true;
	ck_assert_int_eq(sources_add(&list, LAYER_USER, folder, why,
	                             sizeof why), 0);
	expect(names, 1);
	sources_clear(&list);
	list.tests = false;
}
END_TEST

START_TEST(a_folder_can_be_taken_without_those_in_it)
{
	static const char *const names[] = { "a.lua", "b-side.lua", "z.lua" };

	list.flat = true;
	ck_assert_int_eq(sources_add(&list, LAYER_USER, folder, why,
	                             sizeof why), 0);
	expect(names, 3);
	sources_clear(&list);
	list.flat = false;
}
END_TEST

START_TEST(the_number_of_files_has_a_bound)
{
	char name[32];

	for (int i = 0; i < RULE_FILES_MAX - 4; i++) {
		snprintf(name, sizeof name, "b/deep/%d.lua", i);
		make(name);
	}
	expect_error(folder, -E2BIG, "one rule file too many");
	unlink(at("z.lua"));
	ck_assert_int_eq(sources_add(&list, LAYER_USER, folder, why,
	                             sizeof why), 0);
	ck_assert_uint_eq(list.count, RULE_FILES_MAX);
	make("z.lua");
	expect_error(at("z.lua"), -E2BIG, "z.lua: one rule file too many");
}
END_TEST

START_TEST(folders_have_a_depth)
{
	char path[512] = "b";

	for (int i = 0; i < 40; i++) {
		strcat(path, "/d");
		mkdir(at(path), 0755);
	}
	expect_error(folder, -ELOOP, "too deep");
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("sources");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_folder_gives_its_rules_sorted_by_path);
	tcase_add_test(t, what_is_given_twice_is_there_once);
	tcase_add_test(t, a_named_file_is_taken_whatever_its_name);
	tcase_add_test(t, a_link_to_a_folder_is_not_followed_and_no_trap);
	tcase_add_test(t,
	        what_cannot_be_read_is_named_and_leaves_the_list_alone);
	tcase_add_test(t, a_file_has_a_bound);
	tcase_add_test(t, a_text_that_is_forgotten_is_still_known_from_others);
	tcase_add_test(t, a_file_is_unsettled_while_somebody_writes_it);
	tcase_add_test(t,
	    who_only_reads_a_file_does_not_make_it_unsettled);
	tcase_add_test(t, tests_are_looked_for_alone);
	tcase_add_test(t, a_folder_can_be_taken_without_those_in_it);
	tcase_add_test(t, the_number_of_files_has_a_bound);
	tcase_add_test(t, folders_have_a_depth);
	return run_case(t, "worker: sources");
}
