/* test_command_stubs.c -- what an editor is told of the language, and in which
 * files. */

#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "told.h"

static char top[64];

static void folder_begin(void)
{
	strcpy(top, "/tmp/pqs-stubs-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
}

static void folder_end(void)
{
	char command[96];

	snprintf(command, sizeof command, "rm -r %s", top);
	ck_assert_int_eq(system(command), 0);
}

/* The file in the folder, in told. */
static void read_back(const char *name)
{
	char  path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", top, name);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "there is no %s", path);
	told[fread(told, 1, sizeof told - 1, f)] = '\0';
	fclose(f);
}

static void put(const char *name, const char *text)
{
	char  path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", top, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void assert_field(const char *name)
{
	char field[64];

	snprintf(field, sizeof field, "\n---@field %s? ", name);
	ck_assert_msg(strstr(told, field) != NULL, "no field %s", name);
}

START_TEST(an_editor_is_told_of_every_row)
{
	ck_assert_int_eq(ask(command_stubs, "stubs", top, NULL), EXIT_OK);
	read_back(".pqs/language.lua");
	for (int f = 0; f < FACT_COUNT; f++)
		assert_field(fact_rows[f].name);
	for (int f = 0; f < HOST_COUNT; f++)
		assert_field(host_rows[f].name);
	for (int s = 0; s < SETTING_COUNT; s++)
		assert_field(setting_rows[s].name);
	ck_assert_ptr_nonnull(strstr(told, "---@field qos? \"background\"|"));
	ck_assert_ptr_nonnull(strstr(told, "---@field nice? integer|"));
	read_back(".luarc.json");
	ck_assert(json_is_valid(told));
	read_back(".luacheckrc");
	ck_assert_ptr_nonnull(strstr(told, "std = \"none\""));
}
END_TEST

static bool is_declared(const char *type)
{
	char class[96], alias[96];

	snprintf(class, sizeof class, "---@class %s\n", type);
	snprintf(alias, sizeof alias, "---@alias %s ", type);
	if (strstr(told, class) != NULL || strstr(told, alias) != NULL)
		return true;
	snprintf(class, sizeof class, "---@class %s : ", type);
	return strstr(told, class) != NULL;
}

START_TEST(every_type_that_is_named_is_declared)
{
	char   type[64];
	size_t named = 0;

	ask(command_stubs, "stubs", top, NULL);
	read_back(".pqs/language.lua");
	for (const char *at = told; (at = strstr(at, "pqs.")) != NULL;
	     at += strlen("pqs.")) {
		size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz._");

		while (at[n - 1] == '.')
			n--;
		ck_assert_uint_lt(n, sizeof type);
		snprintf(type, sizeof type, "%.*s", (int)n, at);
		if (strcmp(type, "pqs.yaml") == 0)
			continue;       /* a file, in a sentence              */
		ck_assert_msg(is_declared(type), "%s is not declared", type);
		named++;
	}
	ck_assert_uint_gt(named, 100);
}
END_TEST

START_TEST(files_of_ours_are_written_again)
{
	ck_assert_int_eq(ask(command_stubs, "stubs", top, NULL), EXIT_OK);
	put(".pqs/language.lua", "---@meta pqs\n-- Written by 'pqs stubs', "
	    "which will write it again.\nan old one\n");
	ck_assert_int_eq(ask(command_stubs, "stubs", top, NULL), EXIT_OK);
	read_back(".pqs/language.lua");
	ck_assert_ptr_null(strstr(told, "an old one"));
}
END_TEST

START_TEST(a_file_of_somebody_else_stays_unless_forced)
{
	char expected[512], path[128];

	put(".luacheckrc", "mine\n");
	ck_assert_int_eq(ask(command_stubs, "stubs", top, NULL), EXIT_WRONG);
	snprintf(expected, sizeof expected,
	         "pqs stubs: %s/.luacheckrc was not written by this command\n"
	         "pqs stubs: nothing was written; move that away, or replace "
	         "it with --force\n", top);
	ck_assert_str_eq(told, expected);
	snprintf(path, sizeof path, "%s/.luarc.json", top);
	ck_assert_int_eq(access(path, F_OK), -1);
	read_back(".luacheckrc");
	ck_assert_str_eq(told, "mine\n");
	ck_assert_int_eq(ask(command_stubs, "stubs", "--force", top), EXIT_OK);
	read_back(".luacheckrc");
	ck_assert_ptr_nonnull(strstr(told, "Written by"));
}
END_TEST

/* A link may lead to a file that others read; it is replaced, not followed. */
START_TEST(a_link_is_replaced_and_not_written_through)
{
	char link[128], target[128];

	put("target", "untouched\n");
	snprintf(link, sizeof link, "%s/.luarc.json", top);
	snprintf(target, sizeof target, "%s/target", top);
	ck_assert_int_eq(symlink(target, link), 0);
	ck_assert_int_eq(ask(command_stubs, "stubs", top, NULL), EXIT_WRONG);
	ck_assert_int_eq(ask(command_stubs, "stubs", "--force", top), EXIT_OK);
	read_back("target");
	ck_assert_str_eq(told, "untouched\n");
	read_back(".luarc.json");
	ck_assert(json_is_valid(told));
}
END_TEST

START_TEST(stubs_must_know_where_to)
{
	ck_assert_int_eq(ask(command_stubs, "stubs", NULL, NULL), EXIT_USAGE);
	ck_assert_int_eq(ask(command_stubs, "stubs", "/dev/null/x", NULL),
	                 EXIT_SYSTEM);
	ck_assert_str_eq(told, "pqs stubs: /dev/null/x: Not a directory\n");
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("stubs");

	tcase_add_checked_fixture(t, folder_begin, folder_end);
	tcase_add_test(t, an_editor_is_told_of_every_row);
	tcase_add_test(t, every_type_that_is_named_is_declared);
	tcase_add_test(t, files_of_ours_are_written_again);
	tcase_add_test(t, a_file_of_somebody_else_stays_unless_forced);
	tcase_add_test(t, a_link_is_replaced_and_not_written_through);
	tcase_add_test(t, stubs_must_know_where_to);
	return run_case(t, "command stubs");
}
