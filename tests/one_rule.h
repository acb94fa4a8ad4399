/* one_rule.h -- an engine that has one rule. */
#ifndef TESTS_ONE_RULE_H
#define TESTS_ONE_RULE_H

#include "rehearsing.h"

/* After rules_begin(): the one rule there is, or the last of them. */
static inline void begin_with(uint32_t match, uint32_t when, enum setting s,
                              int64_t value)
{
	rule_wants(match, when, s, value);
	rules_end(NULL);
	curtain_up(1, NULL);
}

/* Five for "a", and nothing for anybody else. */
static inline void begin(void)
{
	rules_begin();
	begin_with(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, SETTING_nice,
	           5);
}

static inline void undo(void)
{
	size_t left;

	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
}

static inline TCase *case_new(void)
{
	TCase *c = tcase_create("faults");

	tcase_set_timeout(c, 60);
	return c;
}

#endif
