/* bindings_news.h -- what a player of tests tells, believed only where it makes
 * sense. */
#ifndef TESTS_BINDINGS_NEWS_H
#define TESTS_BINDINGS_NEWS_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "test_news.h"

#define PIPE_BYTES ((size_t)512 << 10)

/* What was sent, to be spoilt and read. */
struct pipe_end {
	char  *bytes;
	size_t used;
};

static struct pipe_end news_sent(const struct news *n)
{
	struct pipe_end p = { malloc(PIPE_BYTES), 0 };
	FILE           *out = fmemopen(p.bytes, PIPE_BYTES, "w");

	ck_assert_ptr_nonnull(out);
	news_send(out, n);
	p.used = (size_t)ftell(out);
	fclose(out);
	return p;
}

/* The first 'bytes' of it, read once; the reader must be closed. */
static int news_read(const struct pipe_end *p, size_t bytes,
                     struct news_reader *ret_reader, struct news *ret_news)
{
	*ret_reader = (struct news_reader){ .in = bytes == 0 ? NULL
	                                    : fmemopen(p->bytes, bytes, "r") };
	return bytes == 0 ? 0 : news_next(ret_reader, ret_news);
}

static const struct news some_news = {
	.kind = NEWS_END, .file = 3, .index = 7, .line = 12, .well = true,
	.ns = 99, .name = "a", .sentence = "b\x1b[2J\nc", .lines = "d\x1b\ne\n",
};

START_TEST(news_arrive_as_they_were_sent_but_clean)
{
	struct pipe_end    p = news_sent(&some_news);
	struct news_reader r;
	struct news        n;

	ck_assert_int_eq(news_read(&p, p.used, &r, &n), 1);
	ck_assert_int_eq(n.kind, NEWS_END);
	ck_assert_uint_eq(n.file, 3);
	ck_assert_uint_eq(n.index, 7);
	ck_assert_int_eq(n.line, 12);
	ck_assert(n.well);
	ck_assert_uint_eq(n.ns, 99);
	ck_assert_str_eq(n.name, "a");
	ck_assert_str_eq(n.sentence, "b?[2J?c");
	ck_assert_str_eq(n.lines, "d?\ne\n");
	ck_assert_int_eq(news_next(&r, &n), 0);
	news_close(&r);
	free(p.bytes);
}
END_TEST

START_TEST(news_that_end_early_are_none)
{
	struct pipe_end p = news_sent(&some_news);

	for (size_t bytes = 0; bytes < p.used; bytes++) {
		struct news_reader r;
		struct news        n;

		ck_assert_int_eq(news_read(&p, bytes, &r, &n), 0);
		news_close(&r);
	}
	free(p.bytes);
}
END_TEST

/* Each byte of the head made as great as it can be: never a crash, and never
 * more text than was sent. */
START_TEST(news_without_sense_are_none)
{
	const size_t head = 40;
	int          refused = 0;

	for (size_t at = 0; at < head; at++) {
		struct pipe_end    p = news_sent(&some_news);
		struct news_reader r;
		struct news        n;

		p.bytes[at] = (char)0xff;
		if (news_read(&p, p.used, &r, &n) == 0)
			refused++;
		else
			ck_assert_uint_le(strlen(n.name) + strlen(n.sentence) +
			                  strlen(n.lines), p.used - head);
		news_close(&r);
		free(p.bytes);
	}
	/* the kind, the sign of the line, and the three lengths */
	ck_assert_int_eq(refused, 4 + 1 + 3 * 4);
}
END_TEST

START_TEST(news_too_long_are_cut)
{
	char              *text = malloc(300000);
	struct news        n = { .kind = NEWS_END, .lines = text };
	struct pipe_end    p;
	struct news_reader r;

	memset(text, 'x', 299999);
	text[299999] = '\0';
	p = news_sent(&n);
	ck_assert_int_eq(news_read(&p, p.used, &r, &n), 1);
	ck_assert_uint_eq(strlen(n.lines), 128 << 10);
	news_close(&r);
	free(p.bytes);
	free(text);
}
END_TEST

static TCase *news_case(void)
{
	TCase *c = tcase_create("news");

	tcase_add_test(c, news_arrive_as_they_were_sent_but_clean);
	tcase_add_test(c, news_that_end_early_are_none);
	tcase_add_test(c, news_without_sense_are_none);
	tcase_add_test(c, news_too_long_are_cut);
	return c;
}

#endif
