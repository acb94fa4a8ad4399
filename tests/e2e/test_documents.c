/* test_documents.c -- what README.md and docs/ show is what the program takes.
 *
 * Each ```lua block with a rule in it is checked, each with a test in it is
 * played on the rules of the block before, and each ```yaml block is read as a
 * pqs.yaml.  A block that shows a mistake says so in its first line, "-- wrong:
 * the message" ("# wrong:" in YAML), and must be refused with that message. */

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../suite.h"
#include "running.h"

#define FENCE "```"

struct block {
	char   language[16];
	char   text[16384];
	char   place[128];              /* "README.md:12"                     */
	char   wrong[256];              /* the message; "" where it is right  */
	bool   is_wrong;
};

struct document {
	FILE       *file;
	const char *path;
	int         line;
};

static struct running r;

static void prepare(void)
{
	running_prepare(&r, "rule \"any\" { match = process { name = \"e2edoc\" "
	                    "}, want = { nice = 1 } }", "");
}

static void clear(void)
{
	running_clear(&r);
}

static bool line_next(struct document *d, char *line, size_t size)
{
	d->line++;
	return fgets(line, (int)size, d->file) != NULL;
}

/* The first line of a block, with its sign of a comment left out. */
static void wrong_read(struct block *b)
{
	const char *mark = strstr(b->text, "wrong:");
	size_t      first = strcspn(b->text, "\n");

	b->is_wrong = mark != NULL && (size_t)(mark - b->text) < first;
	b->wrong[0] = '\0';
	if (!b->is_wrong)
		return;
	mark += strlen("wrong:");
	mark += strspn(mark, " ");
	ck_assert_uint_lt(strcspn(mark, "\n"), sizeof b->wrong);
	snprintf(b->wrong, sizeof b->wrong, "%.*s", (int)strcspn(mark, "\n"),
	         mark);
}

/* False when the document has no further block. */
static bool block_next(struct document *d, struct block *b)
{
	char   line[1024];
	size_t used = 0;

	do
		if (!line_next(d, line, sizeof line))
			return false;
	while (strncmp(line, FENCE, strlen(FENCE)) != 0);
	b->language[0] = '\0';
	sscanf(line + strlen(FENCE), "%15s", b->language);
	snprintf(b->place, sizeof b->place, "%s:%d", d->path, d->line);
	b->text[0] = '\0';
	while (line_next(d, line, sizeof line) &&
	       strncmp(line, FENCE, strlen(FENCE)) != 0) {
		size_t n = strlen(line);

		ck_assert_msg(used + n < sizeof b->text, "%s is too long",
		              b->place);
		memcpy(b->text + used, line, n + 1);
		used += n;
	}
	wrong_read(b);
	return true;
}

/* Puts the text into the folder of the test; the path is lent. */
static char *file_with(const char *name, const char *text)
{
	static char path[128];
	FILE       *f;

	snprintf(path, sizeof path, "%s/%s", r.folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	return path;
}

/* Whether the command went as the block says that it goes. */
static void assert_goes(const struct block *b, int status)
{
	if (!b->is_wrong) {
		ck_assert_msg(status == 0, "%s: ended with %d:\n%s", b->place,
		              status, r.text);
		return;
	}
	ck_assert_msg(status == 1, "%s: is not refused:\n%s", b->place, r.text);
	ck_assert_msg(strstr(r.text, b->wrong) != NULL,
	              "%s: does not say '%s':\n%s", b->place, b->wrong, r.text);
}

static size_t rules_try(const struct block *b)
{
	char *words[] = { (char[]){ "check" }, NULL, NULL };

	if (strcmp(b->language, "lua") != 0 ||
	    strstr(b->text, "rule \"") == NULL)
		return 0;
	words[1] = file_with("rules.lua", b->text);
	assert_goes(b, running_command(&r, words));
	return 1;
}

/* The rules are those of the last block that had right ones. */
static size_t tests_try(const struct block *b)
{
	char *words[] = { (char[]){ "test" }, NULL, NULL };

	if (strcmp(b->language, "lua") != 0)
		return 0;
	if (strstr(b->text, "rule \"") != NULL && !b->is_wrong)
		file_with("rules.lua", b->text);
	if (strstr(b->text, "test \"") == NULL)
		return 0;
	words[1] = file_with("rules.test.lua", b->text);
	assert_goes(b, running_command(&r, words));
	return 1;
}

/* 'explain' reads the whole file, and turns nothing. */
static size_t configuration_try(const struct block *b)
{
	char  config[128], pid[16], rules[128];
	char *words[] = { (char[]){ "explain" }, (char[]){ "--config" },
	                  config, pid, rules, NULL };

	if (strcmp(b->language, "yaml") != 0)
		return 0;
	snprintf(config, sizeof config, "%s",
	         file_with("block.yaml", b->text));
	snprintf(rules, sizeof rules, "%s/rules.lua", r.folder);
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	assert_goes(b, running_command(&r, words));
	return 1;
}

static size_t document_walk(const char *path,
                            size_t (*try)(const struct block *b))
{
	struct document d = { fopen(path, "r"),
	                      path + strlen(PQS_TREE) + 1, 0 };
	struct block    b;
	size_t          tried = 0;

	ck_assert_msg(d.file != NULL, "%s cannot be read", path);
	while (block_next(&d, &b))
		tried += try(&b);
	fclose(d.file);
	return tried;
}

/* A walk that finds nothing to try would prove nothing. */
static void all_documents_walk(size_t (*try)(const struct block *b))
{
	glob_t found;
	size_t tried = document_walk(PQS_TREE "/README.md", try);

	ck_assert_int_eq(glob(PQS_TREE "/docs/*.md", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		tried += document_walk(found.gl_pathv[i], try);
	globfree(&found);
	ck_assert_uint_gt(tried, 0);
}

START_TEST(rules_are_accepted_and_mistakes_refused)
{
	all_documents_walk(rules_try);
}
END_TEST

START_TEST(tests_pass)
{
	all_documents_walk(tests_try);
}
END_TEST

START_TEST(configurations_are_accepted_and_mistakes_refused)
{
	all_documents_walk(configuration_try);
}
END_TEST

START_TEST(the_whole_language_is_taken)
{
	char *words[] = {
		(char[]){ "check" },
		(char[]){ PQS_TREE "/tests/language/whole/rules.lua" },
		(char[]){ PQS_TREE "/tests/fixtures/language/whole.lua" },
		NULL
	};

	ck_assert_msg(running_command(&r, words) == 0, "%s", r.text);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("blocks");

	tcase_add_checked_fixture(c, prepare, clear);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, rules_are_accepted_and_mistakes_refused);
	tcase_add_test(c, tests_pass);
	tcase_add_test(c, the_whole_language_is_taken);
	tcase_add_test(c, configurations_are_accepted_and_mistakes_refused);
	return run_case(c, "documents");
}
