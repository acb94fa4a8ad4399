/* pooling.h -- rules that put processes into groups, and what came of it. */
#ifndef TESTS_POOLING_H
#define TESTS_POOLING_H

#include "rehearsing.h"

#include "enforce/pools.h"
#include "model/group.h"

static struct change told[4096];
static size_t        tolds;

static inline void on_change(void *self, const struct change *c)
{
	(void)self;
	if (tolds < sizeof told / sizeof *told)
		told[tolds++] = *c;
}

static inline void act_never(struct asking *q)
{
	(void)q;
	ck_abort_msg("no function should have been asked");
}

static inline void begin(void)
{
	rules_begin();
	tolds = 0;
}

static inline void up(void)
{
	rules_end(act_never);
	curtain_up(1, on_change);
}

static inline int64_t name(const char *pool)
{
	return interned_read_names(building_sets, pool);
}

static inline void pool_is(const char *pool, enum layer layer,
                           enum pool_per per, enum setting s, int64_t value)
{
	struct want         w = { 0 };
	struct builder_pool p = { .name = pool, .file = "test.c", .line = 1,
		                  .layer = layer, .per = per, .want = &w };

	want_set(&w, s, value);
	ck_assert_int_eq(builder_pool(building, &p, building_sets), 0);
}

/* Processes of that name want the pool, and one thing more of it. */
static inline uint32_t wants_pool(const char *of, const char *pool,
                                  enum setting s, int64_t value)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, of));
	struct want         w = { 0 };

	want_set(&w, SETTING_pool, name(pool));
	if (s != SETTING_pool)
		want_set(&w, s, value);
	r.want = &w;
	return rule_add(r);
}

/* Who is called x is in "build", which has a weight of 50. */
static inline void up_with_build(void)
{
	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	up();
}

static inline const char *where(pid_t pid)
{
	static char text[4][GROUP_TEXT_MAX];
	static int  turn;

	turn = (turn + 1) % 4;
	return group_text(stage->sets, knob(pid, SETTING_pool), text[turn],
	                  sizeof text[turn]);
}

static inline int64_t weight(const char *group)
{
	const struct actuator *door = &stage->os.actuator;
	int64_t                value;
	int                    r = door->group_get(door->self,
		                                   group_read(stage->sets,
		                                              group),
		                                   SETTING_weight, &value);

	return r < 0 ? r : value;
}

static inline pid_t start(const char *of)
{
	pid_t pid = run(of);

	settle();
	return pid;
}

static inline size_t count_told(enum setting s, enum effect e)
{
	size_t n = 0;

	for (size_t i = 0; i < tolds; i++)
		n += told[i].setting == s && told[i].effect == e;
	return n;
}

static inline void undo(void)
{
	size_t left;

	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
}

static inline TCase *case_new(void)
{
	TCase *c = tcase_create("pools");

	tcase_set_timeout(c, 60);
	return c;
}

#endif
