/* rule_files.h -- rule files written in a test, and one
 * process to ask about. */
#ifndef TESTS_RULE_FILES_H
#define TESTS_RULE_FILES_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/interned.h"
#include "only_process.h"
#include "policy/image.h"
#include "policy/question.h"
#include "rules.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define EVERY_FACT (FACT_BIT(FACT_COUNT) - 1)

/* In the shape that a want function has: "WANT" is its body. */
#define ASKED(body) "rule \"asked\" { match = process { }, " \
                    "want = function (p, host) " body " end }"

static inline struct rule_book *book_of(const char *source)
{
	struct rule_book *b = rule_book_new();

	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(rule_book_add(b, LAYER_ADMIN, "rules/a.lua", source,
	                               strlen(source)), 0);
	return b;
}

/* Compiles what must be right. */
static inline struct rule_book *book_right(const char *source)
{
	struct rule_book   *b = book_of(source);
	struct rule_mistake m;
	int                 status = rule_book_compile(b);

	if (rule_book_mistake(b, 0, &m))
		ck_abort_msg("line %d: %s", m.line, m.sentence);
	ck_assert_int_eq(status, 0);
	return b;
}

/* Asks a rule about it, with these facts sent along. */
static inline struct answer ask_with(struct rule_book *b, uint32_t rule,
                                     struct reads sent, struct interned *sets)
{
	static char     question[16384], out[ANSWER_BYTES_MAX];
	struct table   *t = table_new(&only);
	struct host     host = { .known = HOST_BIT(HOST_on_battery) |
		                          HOST_BIT(HOST_memory_pressure),
		                 .value[HOST_on_battery] = 1,
		                 .value[HOST_memory_pressure] = 1 };
	struct subject  who = { .table = t, .host = &host };
	struct answer   a;
	uint32_t        got_id, generation, got_rule;
	int64_t         n;

	ck_assert_int_eq(table_meet(t, only_id, &who.task), 1);
	n = question_write(&(struct inquiry){ .id = 7, .generation = 3,
	                                      .rule = rule, .what = sent },
	                   &who, question, sizeof question);
	ck_assert_int_gt(n, 0);
	n = rule_book_ask(b, question, (size_t)n, out, sizeof out);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(answer_read(out, (size_t)n, sets, &got_id,
	                             &generation, &got_rule, &a, NULL), 0);
	ck_assert_uint_eq(got_id, 7);
	ck_assert_uint_eq(generation, 3);
	ck_assert_uint_eq(got_rule, rule);
	table_free(t);
	return a;
}

static inline struct answer ask_rule(struct rule_book *b, uint32_t rule)
{
	const struct reads sent = { EVERY_FACT, HOST_BIT(HOST_COUNT) - 1, 0 };
	struct interned   *sets = interned_new();
	struct answer      a = ask_with(b, rule, sent, sets);

	interned_free(sets);
	return a;
}

static inline struct answer ask(struct rule_book *b)
{
	return ask_rule(b, 0);
}

#endif
