/* pools.c -- groups of ours: who belongs to them, and what each has. */

#include "enforce/pools.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/circle.h"
#include "enforce/walk.h"
#include "model/group.h"

#define LINGER_NS      UINT64_C(1000000000)
#define TRIES_MAX      8                /* each twice as long after the last  */
#define FOUND_AT_ONCE  64
#define NEVER          UINT64_MAX

struct member_key {
	uint64_t born;
	int64_t  pid;
};

struct member {
	struct member_key key;
	struct circle    *in;
	struct bid       *bid[2 * GROUPED];     /* values, then caps; or NULL */
	UT_hash_handle    by_task;
};

struct pools {
	struct circle *circles;
	struct member *members;
	struct member *entering;        /* not a member yet                   */
	uint64_t       due_ns;          /* not after the first of them        */
};

static struct pools *pools_of(struct enforcer *en)
{
	if (en->pools == NULL)
		en->pools = calloc(1, sizeof *en->pools);
	if (en->pools != NULL && en->pools->circles == NULL)
		en->pools->due_ns = NEVER;
	return en->pools;
}

uint64_t pools_settings(const struct enforcer *en, const struct verdict *v)
{
	return want_has(&v->want, SETTING_pool)
	       ? v->want.has & en->os->actuator.group_can : 0;
}

static struct circle *circle_find(const struct enforcer *en, int64_t group)
{
	struct circle *c = NULL;

	if (en->pools != NULL)
		HASH_FIND(by_group, en->pools->circles, &group, sizeof group,
		          c);
	return c;
}

static void circle_end(struct pools *p, struct circle *c)
{
	HASH_DELETE(by_group, p->circles, c);
	circle_free(c);
}

/* Nobody is in them, so far as we know. */
static void drop_empty(struct enforcer *en)
{
	const struct actuator *door = &en->os->actuator;
	struct circle         *c, *next;

	HASH_ITER(by_group, en->pools->circles, c, next)
		if (c->members == 0 &&
		    door->group_drop(door->self, c->group) == 0)
			circle_end(en->pools, c);
}

/* Whether one more can be made; past the bound what is empty goes first. */
static bool has_room(struct enforcer *en)
{
	if (HASH_CNT(by_group, en->pools->circles) == OWN_GROUPS_MAX)
		drop_empty(en);
	return HASH_CNT(by_group, en->pools->circles) < OWN_GROUPS_MAX;
}

static int circle_meet(struct enforcer *en, int64_t group,
                       struct circle **ret_circle)
{
	struct circle *c = circle_find(en, group);

	if (c == NULL && !has_room(en))
		return -ENOSPC;
	if (c == NULL) {
		c = calloc(1, sizeof *c);
		if (c == NULL)
			return -ENOMEM;
		c->group = group;
		c->home = VALUE_UNTOUCHED;
		c->due_ns = NEVER;
		HASH_ADD(by_group, en->pools->circles, group, sizeof c->group,
		         c);
		if (c->by_group.tbl == NULL) {
			free(c);
			return -ENOMEM;
		}
	}
	*ret_circle = c;
	return 0;
}

int64_t pools_home(struct enforcer *en, int64_t place)
{
	const struct circle *c = circle_find(en, place);

	if (!group_is_ours(en->sets, place))
		return place;
	return c != NULL && c->home != VALUE_UNTOUCHED
	       ? c->home : group_read(en->sets, GROUP_TOP);
}

const char *pools_refusal(struct enforcer *en, struct task_id whom,
                          int64_t group, enum effect *ret_effect)
{
	const struct actuator *door = &en->os->actuator;
	const char *why = door->lacks(door->self, SETTING_pool, group);

	*ret_effect = EFFECT_UNSUPPORTED;
	if (why == NULL && door->stays != NULL)
		why = door->stays(door->self, whom);
	if (why != NULL || en->observe || pools_of(en) == NULL ||
	    circle_find(en, group) != NULL || has_room(en))
		return why;
	*ret_effect = EFFECT_DENIED;
	return "there are as many groups as there can be";
}

/* Nobody else is expected for a while, but may well come. */
static void circle_emptied(struct enforcer *en, struct circle *c)
{
	const struct sensor *clock = &en->os->sensor;

	c->tries = 0;
	c->due_ns = clock->now_ns(clock->self) + LINGER_NS;
	if (c->due_ns < en->pools->due_ns)
		en->pools->due_ns = c->due_ns;
}

/* The i-th of what the verdict bids; false: nothing. */
static bool bid_of(const struct enforcer *en, const struct verdict *v, int i,
                   struct bid *ret_bid)
{
	enum setting s = (enum setting)(GROUPED_FIRST + i % GROUPED);
	uint64_t     bit = SETTING_BIT(s);

	*ret_bid = (struct bid){ .setting = s, .is_cap = i >= GROUPED };
	if (ret_bid->is_cap) {
		ret_bid->bound = v->bound[s];
		return (v->bounded & bit) != 0;
	}
	if ((pools_settings(en, v) & bit) == 0)
		return false;
	ret_bid->value = v->want.value[s];
	ret_bid->rank = v->rank[s];
	ret_bid->rule = v->won[s];
	return true;
}

/* Which settings it may change; -ENOMEM: what was not there is left out. */
static int bids_renew(struct enforcer *en, struct member *m,
                      const struct verdict *v, uint64_t *ret_touched)
{
	int r = 0;

	for (int i = 0; i < 2 * GROUPED; i++) {
		struct bid *was = m->bid[i], what;
		bool        is = bid_of(en, v, i, &what);

		if (was == NULL && !is)
			continue;
		if (was != NULL && is && bid_equal(was, &what))
			continue;
		m->bid[i] = is ? bid_put(m->in, &what) : NULL;
		if (is && m->bid[i] == NULL)
			r = -ENOMEM;
		bid_drop(m->in, was);
		*ret_touched |= SETTING_BIT(what.setting);
	}
	return r;
}

static struct member_key key_of(struct task_id whom)
{
	return (struct member_key){ whom.born, whom.pid };
}

static struct member *member_find(const struct enforcer *en,
                                  struct task_id whom)
{
	struct member_key key = key_of(whom);
	struct member    *m = NULL;

	/* The analyzer does not follow a struct into its bytes;
	 * it has no gap. */
	if (en->pools != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinary*) */
		HASH_FIND(by_task, en->pools->members, &key, sizeof key, m);
	return m;
}

static struct occasion occasion_of(const struct task *who)
{
	return (struct occasion){ who->id, walk_name(who) };
}

/* Takes back what it wanted. */
static void member_leave(struct enforcer *en, struct member *m,
                         struct occasion by)
{
	struct circle *c = m->in;
	uint64_t       touched = 0;

	for (int i = 0; i < 2 * GROUPED; i++) {
		if (m->bid[i] == NULL)
			continue;
		touched |= SETTING_BIT(m->bid[i]->setting);
		bid_drop(c, m->bid[i]);
	}
	free(m);
	if (--c->members == 0)
		circle_emptied(en, c);
	else
		circle_give(en, c, by, touched);
}

static void member_end(struct enforcer *en, struct member *m,
                       struct occasion by)
{
	HASH_DELETE(by_task, en->pools->members, m);
	member_leave(en, m, by);
}

static int member_new(struct enforcer *en, struct task_id whom, int64_t group,
                      struct member **ret_member)
{
	struct circle *c;
	struct member *m;
	int            r = circle_meet(en, group, &c);

	if (r < 0)
		return r;
	m = calloc(1, sizeof *m);
	if (m == NULL)
		return -ENOMEM;
	m->key = key_of(whom);
	m->in = c;
	c->members++;
	c->due_ns = NEVER;
	*ret_member = m;
	return 0;
}

int pools_enter(struct enforcer *en, const struct task *who,
                const struct verdict *v)
{
	struct member *m = member_find(en, who->id);
	int64_t        group = v->want.value[SETTING_pool];
	uint64_t       touched = 0;
	int            r = pools_of(en) == NULL ? -ENOMEM : 0;

	if (r == 0 && (m == NULL || m->in->group != group)) {
		r = member_new(en, who->id, group, &m);
		if (r == 0)
			en->pools->entering = m;
		/* What those wanted who left it empty is nobody's by now. */
		if (r == 0 && m->in->members == 1)
			touched = m->in->asked;
	}
	if (r == 0)
		r = bids_renew(en, m, v, &touched);
	if (m != NULL && touched != 0)
		circle_give(en, m->in, occasion_of(who), touched);
	return r;
}

static const struct hold *hold_of(const struct enforcer *en,
                                  struct task_id whom)
{
	return en->journal == NULL ? NULL : journal_find(en->journal, whom,
	                                                 SETTING_pool);
}

/* VALUE_UNTOUCHED: in none of ours. */
static int64_t recorded(const struct enforcer *en, struct task_id whom)
{
	const struct hold *h = hold_of(en, whom);

	if (h == NULL)
		return VALUE_UNTOUCHED;
	return h->settled ? h->applied : h->wanted;
}

bool pools_has(const struct enforcer *en, struct task_id whom, int64_t group)
{
	return recorded(en, whom) == group;
}

static int member_add(struct pools *p, struct member *m)
{
	if (HASH_CNT(by_task, p->members) == PROCESSES_MAX)
		return -ENOSPC;
	HASH_ADD(by_task, p->members, key, sizeof m->key, m);
	return m->by_task.tbl == NULL ? -ENOMEM : 0;
}

static void note_home(struct enforcer *en, struct task_id whom, int64_t group)
{
	const struct hold *h = hold_of(en, whom);
	struct circle     *c = circle_find(en, group);

	if (c != NULL && h != NULL)
		c->home = h->origin;
}

void pools_settle(struct enforcer *en, const struct task *who)
{
	struct member *m = member_find(en, who->id), *entering;
	int64_t        group = recorded(en, who->id);

	if (en->pools == NULL)
		return;
	entering = en->pools->entering;
	en->pools->entering = NULL;
	note_home(en, who->id, group);
	if (m != NULL && m->in->group != group)
		member_end(en, m, occasion_of(who));
	if (entering != NULL && (entering->in->group != group ||
	                         member_add(en->pools, entering) < 0))
		member_leave(en, entering, occasion_of(who));
}

/* It may have no row any more. */
static struct occasion occasion_by(struct enforcer *en, struct task_id whom)
{
	const struct task *who = table_find(en->table, whom);

	return who != NULL ? occasion_of(who) : (struct occasion){ whom, "" };
}

void pools_landed(struct enforcer *en, const struct under_way *u,
                  const struct landed *l)
{
	circle_landed(en, occasion_by(en, u->whom), u, l);
}

/* A child that was born in a group and never judged was no member of it. */
void pools_left(struct enforcer *en, struct task_id whom)
{
	struct member *m = member_find(en, whom);
	struct circle *c = circle_find(en, recorded(en, whom));

	if (m != NULL)
		member_end(en, m, occasion_by(en, whom));
	else if (c != NULL && c->members == 0)
		circle_emptied(en, c);
}

void pools_show(struct enforcer *en, const struct task *who,
                const struct verdict *v, uint64_t settings)
{
	circle_show(en, occasion_of(who), v, settings);
}

uint64_t pools_due_ns(const struct enforcer *en)
{
	return en->pools == NULL || en->pools->circles == NULL
	       ? NEVER : en->pools->due_ns;
}

static void circle_drop(struct enforcer *en, struct circle *c,
                        uint64_t now_ns)
{
	const struct actuator *door = &en->os->actuator;
	int                    r = door->group_drop(door->self, c->group);

	if (r == 0) {
		circle_end(en->pools, c);
		return;
	}
	if (r == -EBUSY && c->tries == 0)
		pools_adopt(en, c->group);
	/* Whoever is still in it is told of when it leaves, if it is ours. */
	c->tries++;
	c->due_ns = c->tries == TRIES_MAX ? NEVER
	                                  : now_ns + (LINGER_NS << c->tries);
}

static bool is_long(const struct enforcer *en)
{
	const struct sensor *clock = &en->os->sensor;

	return clock->now_ns(clock->self) > en->step_ends_ns;
}

void pools_look(struct enforcer *en, uint64_t now_ns)
{
	struct circle *c, *next;
	uint64_t       first = NEVER;
	int            drops = 0;

	if (now_ns < pools_due_ns(en))
		return;
	HASH_ITER(by_group, en->pools->circles, c, next)
		if (c->members == 0 && c->due_ns <= now_ns &&
		    (drops++ == 0 || !is_long(en)))
			circle_drop(en, c, now_ns);
	HASH_ITER(by_group, en->pools->circles, c, next)
		if (c->members == 0 && c->due_ns < first)
			first = c->due_ns;
	en->pools->due_ns = first;
}

/* Of which nothing is written another one may know more: it goes when it is
 * empty, and nobody is sent home. */
static int find_one(struct enforcer *en, int64_t group)
{
	struct circle *c;
	int            r = circle_meet(en, group, &c);

	if (r < 0)
		return r;
	circle_read(en, c);
	circle_emptied(en, c);
	c->tries = 1;
	return 0;
}

static void find_home(void *ctx, const struct hold *h)
{
	struct circle *c = NULL;

	if (h->setting == SETTING_pool)
		c = circle_find(ctx, h->settled ? h->applied : h->wanted);
	if (c == NULL)
		return;
	c->home = h->origin;
	c->tries = 0;
}

void pools_find(struct enforcer *en)
{
	const struct actuator *door = &en->os->actuator;
	int64_t                group[FOUND_AT_ONCE];
	uint64_t               cursor = 0;
	int                    n, r = 0;

	if (door->group_can == 0 || en->observe || pools_of(en) == NULL)
		return;
	while (r == 0 && (n = door->group_list(door->self, &cursor, group,
	                                       FOUND_AT_ONCE)) > 0)
		for (int i = 0; i < n && r == 0; i++)
			r = find_one(en, group[i]);
	if (en->journal != NULL)
		journal_each(en->journal, find_home, en);
}

void pools_each(const struct enforcer *en,
                void (*each)(void *ctx, int64_t group), void *ctx)
{
	struct circle *c, *next;

	if (en->pools != NULL)
		HASH_ITER(by_group, en->pools->circles, c, next) {
			each(ctx, c->group);
			each(ctx, c->home);
		}
}

void pools_close(struct enforcer *en)
{
	struct pools  *p = en->pools;
	struct member *m, *m_next;
	struct circle *c, *c_next;

	if (p == NULL)
		return;
	m = p->members;
	HASH_CLEAR(by_task, p->members);
	for (; m != NULL; m = m_next) {
		m_next = m->by_task.next;
		free(m);
	}
	HASH_ITER(by_group, p->circles, c, c_next)
		circle_end(p, c);
	free(p->entering);
	free(p);
	en->pools = NULL;
}
