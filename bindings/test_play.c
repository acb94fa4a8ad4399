/* test_play.c -- the tests of one folder, played one after the other. */

#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "book.h"

static void print_mistakes(const struct rule_book *b)
{
	struct rule_mistake m;

	for (size_t i = 0; rule_book_mistake(b, i, &m); i++)
		rule_mistake_print(&m, stdout);
}

static void print_reasons(const char *lines)
{
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		printf("    %.*s\n", (int)n, lines);
		lines += n + (lines[n] == '\n');
	}
}

static void print_failure(const struct test_file *f, const struct test *t,
                          const struct test_end *end)
{
	printf("%s:%d: test \"%s\": %s\n",
	       f->side->book->file[f->side->file].path, end->line, t->name,
	       end->sentence);
	print_reasons(f->stage->reasons);
	if (f->stage->trouble[0] != '\0' &&
	    strcmp(f->stage->trouble, end->sentence) != 0)
		print_reasons(f->stage->trouble);
}

static bool is_asked_for(const struct test *t, const char *filter)
{
	return filter == NULL || strstr(t->name, filter) != NULL;
}

/* Says what comes next, in case that it is our end. */
static void announce(struct tally *tally, const struct test_file *f,
                     const struct test *t)
{
	tally->step = TEST_STEP_TEST;
	tally->playing = true;
	snprintf(tally->place, sizeof tally->place, "%.300s:%d: test \"%s\"",
	         f->side->book->file[f->side->file].path, t->line, t->name);
}

static void play_tests(struct test_file *f, const char *filter,
                       struct tally *tally)
{
	while (tally->test < f->tests) {
		const struct test *t = &f->test[tally->test];
		struct test_end    end;

		if (!is_asked_for(t, filter)) {
			tally->test++;
			continue;
		}
		announce(tally, f, t);
		test_file_play(f, t, &end);
		tally->playing = false;
		tally->test++;
		tally->played++;
		tally->failed += !end.passed;
		if (!end.passed)
			print_failure(f, t, &end);
		fflush(stdout);
	}
}

/* A file that cannot be read is one test that failed. */
static void play_file(struct test_folder *folder, struct stage *stage,
                      const char *filter, struct tally *tally)
{
	struct test_file f;

	tally->step = TEST_STEP_FILE;
	snprintf(tally->place, sizeof tally->place, "%.300s",
	         folder->files->file[tally->file].path);
	if (test_file_load(&f, folder->files, tally->file, stage) == 0) {
		play_tests(&f, filter, tally);
	} else {
		tally->played++;
		tally->failed++;
		print_mistakes(folder->files);
		mistakes_clear(&folder->files->mistakes);
	}
	test_file_clear(&f);
}

void test_folder_play(struct test_folder *folder, const char *filter,
                      struct tally *tally)
{
	struct stage stage = { .rules = folder->rules };

	tally->step = TEST_STEP_RULES;
	text_copy(tally->place, sizeof tally->place, folder->path);
	if (rule_book_compile(folder->rules) < 0) {
		print_mistakes(folder->rules);
		printf("%s: its tests are not played: its rules are wrong\n",
		       folder->path);
		tally->played++;
		tally->failed++;
		tally->file = (uint32_t)folder->count;
	}
	for (; tally->file < folder->count; tally->file++, tally->test = 0) {
		play_file(folder, &stage, filter, tally);
		fflush(stdout);
	}
	tally->step = TEST_STEP_DONE;
	fflush(stdout);
}
