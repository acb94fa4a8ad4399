/* fighting.h -- a play in which somebody else writes what pqs has set, and what
 * was told of it. */
#ifndef TESTS_FIGHTING_H
#define TESTS_FIGHTING_H

#include "rehearsing.h"

#define MINUTE (60 * SECOND)

static struct change told[64];
static char          why[64][64];
static size_t        tellings;

static inline void on_change(void *self, const struct change *c)
{
	(void)self;
	snprintf(why[tellings % 64], sizeof why[0], "%s", c->why);
	told[tellings++ % 64] = *c;
}

static inline const struct change *last(void)
{
	ck_assert_uint_gt(tellings, 0);
	return &told[(tellings - 1) % 64];
}

static inline const char *last_why(void)
{
	return why[(tellings - 1) % 64];
}

/* "x" gets nice 5, whatever others write; 9 on battery. */
static inline void rules_insist(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	rules_begin();
	want_set(&w, SETTING_nice, 5);
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.want = &w;
	r.insist = true;
	rule_add(r);
	want_set(&w, SETTING_nice, 9);
	r.when = select_battery();
	rule_add(r);
}

static inline void begin_play(void)
{
	rules_end(NULL);
	tellings = 0;
	curtain_up(1, on_change);
}

static inline void others_write(pid_t tid, int64_t nice)
{
	ck_assert_int_eq(sim_set_knob(stage->sim, tid, SETTING_nice, nice), 0);
}

static inline void undo_all_but(size_t others)
{
	size_t left;

	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_uint_eq(left, others);
}

static inline void undo_all(void)
{
	undo_all_but(0);
}

static inline struct fight_counts counts(void)
{
	return fights_counts(stage->engine.fights);
}

#endif
