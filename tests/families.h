/* piping.h */
#ifndef TESTS_FAMILIES_H
#define TESTS_FAMILIES_H

#include "rehearsing.h"

static const int64_t batch = SCHED_CLASS_BATCH;

static inline void act_never(struct asking *q)
{
	(void)q;
	ck_abort_msg("no function should have been asked");
}

/* "x" gets nice 5, its children 9. */
static inline void rules_family(void)
{
	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_nice,
	           5);
	struct builder_rule r = rule_of(
		select_child_of(select_named(SELECT_PROCESS, "x")));
	struct want w = { 0 };

	want_set(&w, SETTING_nice, 9);
	r.want = &w;
	r.priority = 1;
	rule_add(r);
	rules_end(act_never);
	curtain_up(1, NULL);
}

static inline void undo(size_t left)
{
	size_t n;

	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &n), 0);
	ck_assert_uint_eq(n, left);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
}

static inline void one_rule(const char *name)
{
	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, name), IMAGE_NONE, SETTING_nice,
	           5);
	rules_end(act_never);
	curtain_up(1, NULL);
}

#endif
