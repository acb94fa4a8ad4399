/* test_play.c -- the tests of one folder, played one after the other. */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/glob.h"
#include "base/text.h"
#include "book.h"
#include "test_news.h"

#define MISTAKES_TEXT_MAX ((size_t)64 << 10)

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void tell_failed(FILE *news, const struct rule_book *b,
                        const char *sentence)
{
	char               *text = malloc(MISTAKES_TEXT_MAX);
	FILE               *lines = text == NULL ? NULL
	                          : fmemopen(text, MISTAKES_TEXT_MAX, "w");
	struct rule_mistake m;

	for (size_t i = 0; lines != NULL && rule_book_mistake(b, i, &m); i++)
		rule_mistake_print(&m, lines);
	if (lines != NULL)
		fclose(lines);
	news_send(news, &(struct news){ .kind = NEWS_END, .sentence = sentence,
	                                .lines = lines == NULL ? "" : text });
	free(text);
}

static bool is_pattern(const char *filter)
{
	return strpbrk(filter, "*?[") != NULL;
}

/* Text that the name contains, or a glob for the whole of it. */
static bool is_asked_for(const struct test *t, const char *filter)
{
	if (filter == NULL)
		return true;
	return strstr(t->name, filter) != NULL ||
	       (is_pattern(filter) && glob_match(filter, t->name));
}

static void play_test(struct test_file *f, const struct test *t, FILE *news)
{
	struct stage   *stage = f->stage;
	struct test_end end;
	uint64_t        begun = clock_ns();
	char            lines[TEST_REASONS_MAX + sizeof stage->trouble + 1];

	test_file_play(f, t, &end);
	snprintf(lines, sizeof lines, "%s%s", stage->reasons,
	         strcmp(stage->trouble, end.sentence) != 0 ? stage->trouble
	                                                   : "");
	news_send(news, &(struct news){
		.kind = NEWS_END, .line = end.line, .well = end.passed,
		.ns = clock_ns() - begun, .sentence = end.sentence,
		.lines = end.passed ? "" : lines });
}

/* Says what comes next, in case that it is our end. */
static void announce(FILE *news, const struct news *what)
{
	news_send(news, what);
	fflush(news);
}

static void play_tests(struct test_file *f, const struct play_order *order,
                       uint32_t file, uint32_t from, FILE *news)
{
	for (uint32_t i = from; i < f->tests; i++) {
		const struct test *t = &f->test[i];

		if (!is_asked_for(t, order->filter))
			continue;
		announce(news, &(struct news){
			.kind = NEWS_TEST, .file = file, .index = i,
			.line = t->line, .name = t->name });
		play_test(f, t, news);
	}
}

/* A file that cannot be read is one test that failed. */
static void play_file(struct test_folder *folder, struct stage *stage,
                      const struct play_order *order, uint32_t file, FILE *news)
{
	struct test_file f;

	announce(news, &(struct news){ .kind = NEWS_FILE, .file = file });
	if (test_file_load(&f, folder->files, file, stage) == 0) {
		play_tests(&f, order, file,
		           file == order->file ? order->test : 0, news);
	} else {
		tell_failed(news, folder->files, "");
		mistakes_clear(&folder->files->mistakes);
	}
	test_file_clear(&f);
}

static void play_files(struct test_folder *folder,
                       const struct play_order *order, FILE *news)
{
	struct stage stage = { .rules = folder->rules };

	if (order->covering && !reach_open(&stage.reach, folder->rules, news))
		return;                 /* the end without news tells it      */
	for (uint32_t i = order->file; i < folder->count; i++)
		play_file(folder, &stage, order, i, news);
	reach_close(&stage.reach);
	news_send(news, &(struct news){ .kind = NEWS_DONE });
}

void test_folder_play(struct test_folder *folder,
                      const struct play_order *order, FILE *news)
{
	announce(news, &(struct news){ .kind = NEWS_RULES });
	if (rule_book_compile(folder->rules) < 0) {
		tell_failed(news, folder->rules,
		            "its tests are not played: its rules are wrong");
		news_send(news, &(struct news){ .kind = NEWS_DONE });
	} else {
		play_files(folder, order, news);
	}
	fflush(news);
}
