/* test_reload_places.c -- however a rule file is changed, and wherever it lies,
 * a running pqs reads it again. */

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reloading.h"

START_TEST(a_file_that_is_written_in_place_is_read)
{
	pid_t pid = begin("e2ereplace");

	put("rules.lua", nice_rule("e2ereplace", 9));
	ck_assert(EVENTUALLY(nice_of(pid) == 9));
	end(pid);
}
END_TEST

START_TEST(a_file_that_is_renamed_over_is_read)
{
	pid_t pid = begin("e2erename");

	put("new", nice_rule("e2erename", 8));
	ck_assert_int_eq(rename(path_of("new"), path_of("rules.lua")), 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 8));
	put("new", nice_rule("e2erename", 5));
	ck_assert_int_eq(rename(path_of("new"), path_of("rules.lua")), 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 5));
	end(pid);
}
END_TEST

START_TEST(a_file_that_comes_to_a_folder_is_read_and_one_that_leaves_is_not)
{
	char  late[] = "rule \"late\" { match = process { name = \"e2ecome\" "
	               "}, want = { nice = 6 } }\n";
	pid_t pid = begin_in_folder("e2ecome", "rules");

	ck_assert_int_eq(mkdir(path_of("rules/sub"), 0755), 0);
	put("rules/sub/b.lua", late);
	ck_assert(EVENTUALLY(nice_of(pid) == 6));
	late[strlen(late) - 6] = '7';
	put("rules/sub/b.lua", late);
	ck_assert(EVENTUALLY(nice_of(pid) == 7));
	ck_assert_int_eq(unlink(path_of("rules/sub/b.lua")), 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 3));
	end(pid);
}
END_TEST

START_TEST(a_folder_that_is_moved_into_place_is_read)
{
	pid_t pid = begin_in_folder("e2emove", "rules");

	ck_assert_int_eq(mkdir(path_of("next"), 0755), 0);
	put("next/a.lua", nice_rule("e2emove", 4));
	ck_assert_int_eq(rename(path_of("rules"), path_of("before")), 0);
	ck_assert_int_eq(rename(path_of("next"), path_of("rules")), 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 4));
	put("rules/a.lua", nice_rule("e2emove", 2));
	ck_assert(EVENTUALLY(nice_of(pid) == 2));
	end(pid);
}
END_TEST

/* From "rules" to "v2". */
static void turn_link(void)
{
	ck_assert_int_eq(symlink("v2", path_of("current.new")), 0);
	ck_assert_int_eq(rename(path_of("current.new"), path_of("current")),
	                 0);
}

START_TEST(a_link_that_is_turned_elsewhere_is_followed)
{
	pid_t pid = begin_in_folder("e2elink", "current");

	ck_assert_int_eq(mkdir(path_of("v2"), 0755), 0);
	put("v2/a.lua", nice_rule("e2elink", 12));
	turn_link();
	ck_assert(EVENTUALLY(nice_of(pid) == 12));
	end(pid);
}
END_TEST

/* As those have it who install all that they configure side by side. */
START_TEST(a_link_on_the_way_to_the_folder_is_followed_too)
{
	pid_t pid;

	prepare_folder("current/rules", "");
	ck_assert_int_eq(mkdir(path_of("rules/rules"), 0755), 0);
	ck_assert_int_eq(symlink("rules", path_of("current")), 0);
	put("rules/rules/a.lua", nice_rule("e2eabove", 3));
	pid = begin_prepared("e2eabove");
	ck_assert_int_eq(mkdir(path_of("v2"), 0755), 0);
	ck_assert_int_eq(mkdir(path_of("v2/rules"), 0755), 0);
	put("v2/rules/a.lua", nice_rule("e2eabove", 12));
	turn_link();
	ck_assert(EVENTUALLY(nice_of(pid) == 12));
	end(pid);
}
END_TEST

START_TEST(without_watching_a_signal_asks)
{
	pid_t pid;

	running_prepare(&r, "", "reload: { watch: false }\n");
	put("rules.lua", nice_rule("e2esig", 3));
	pid = begin_prepared("e2esig");
	put("rules.lua", nice_rule("e2esig", 9));
	ask_again();
	ck_assert(EVENTUALLY(nice_of(pid) == 9));
	end(pid);
}
END_TEST

START_TEST(a_thousand_writes_are_two_reloads_at_most)
{
	pid_t    pid = begin("e2emany");
	unsigned before = times_said("in force (generation");

	for (int i = 0; i < 1000; i++) {
		put("rules.lua", nice_rule("e2emany", i % 10 + 1));
		usleep(900);
	}
	put("rules.lua", nice_rule("e2emany", 14));
	ck_assert(EVENTUALLY(nice_of(pid) == 14));
	ask_again();
	ck_assert(running_says(&r, "in force (generation"));
	ck_assert_uint_le(times_said("in force (generation") - before, 4);
	ck_assert_ptr_null(strstr(r.text, "refused"));
	end(pid);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("reload: places");
	TCase *c = tcase_create("real kernel");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, a_file_that_is_written_in_place_is_read);
	tcase_add_test(c, a_file_that_is_renamed_over_is_read);
	tcase_add_test(c, a_file_that_comes_to_a_folder_is_read_and_one_that_leaves_is_not);
	tcase_add_test(c, a_folder_that_is_moved_into_place_is_read);
	tcase_add_test(c, a_link_that_is_turned_elsewhere_is_followed);
	tcase_add_test(c, a_link_on_the_way_to_the_folder_is_followed_too);
	tcase_add_test(c, without_watching_a_signal_asks);
	tcase_add_test(c, a_thousand_writes_are_two_reloads_at_most);
	suite_add_tcase(s, c);
	return run_suite(s);
}
