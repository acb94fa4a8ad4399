/* groups.c -- who is together in the simulated machine, and what a group has.
 *
 * A place that others made comes and goes with those who are in it; a group of
 * ours stays until it is dropped.  A move that takes its time happens at its
 * end, so until then the process is where it was, and so are its children.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/group.h"
#include "os/sim/machine.h"

#define GROUP_CAN (SETTING_BIT(SETTING_cpuset) | \
                   SETTING_BIT(SETTING_weight) | \
                   SETTING_BIT(SETTING_cpu_limit) | \
                   SETTING_BIT(SETTING_memory_low) | \
                   SETTING_BIT(SETTING_memory_high) | \
                   SETTING_BIT(SETTING_swap) | \
                   SETTING_BIT(SETTING_io_weight))

static bool is_ours(const struct group *g)
{
	return strchr(g->text, '/') == NULL;
}

static struct group *group_find(const struct sim *s, const char *text)
{
	struct group *g;

	HASH_FIND_STR(s->groups, text, g);
	return g;
}

static void group_end(struct sim *s, struct group *g)
{
	HASH_DEL(s->groups, g);
	free(g);
}

static struct group *group_make(struct sim *s, const char *text)
{
	struct group *g = group_find(s, text);
	size_t        n = strlen(text) + 1;

	if (g != NULL)
		return g;
	g = calloc(1, sizeof *g + n);
	if (g == NULL)
		return NULL;
	memcpy(g->text, text, n);
	HASH_ADD_STR(s->groups, text, g);
	if (g->hh.tbl != NULL)
		return g;
	free(g);
	return NULL;
}

void group_leave(struct sim *s, struct being *b)
{
	struct group *g = b->group;

	b->group = NULL;
	if (g != NULL && --g->users == 0 && !is_ours(g))
		group_end(s, g);
}

int group_join(struct sim *s, struct being *b, const char *text)
{
	struct group *g = group_make(s, text);

	if (g == NULL)
		return -ENOMEM;
	g->users++;
	group_leave(s, b);
	b->group = g;
	if (s->sets != NULL)
		b->shared[SETTING_pool] = group_value(s, b);
	return 0;
}

void group_settle(struct being *b)
{
	b->marks.without[SETTING_pool] = b->shared[SETTING_pool];
	b->marks.blurred &= ~SETTING_BIT(SETTING_pool);
}

/* As a service manager does before the program runs. */
int group_place(struct sim *s, struct being *b, const struct sim_program *p)
{
	char place[GROUP_TEXT_MAX];
	int  r = 0;

	if (p->cgroup != NULL && p->cgroup[0] == '/')
		text_copy(place, sizeof place, p->cgroup);
	else if (p->unit == NULL || p->unit[0] == '\0')
		return 0;
	else
		snprintf(place, sizeof place, "/system.slice/%s", p->unit);
	r = group_join(s, b, place);
	if (r == 0)
		group_settle(b);
	return r;
}

void group_inherit(const struct being *parent, struct being *child)
{
	child->group = parent->group;
	child->group->users++;
}

static struct group *group_of(const struct sim *s, int64_t group)
{
	char text[GROUP_TEXT_MAX];

	return group_find(s, group_text(s->sets, group, text, sizeof text));
}

int64_t group_value(struct sim *s, const struct being *b)
{
	return group_read(s->sets, b->group->text);
}

static bool was_given(const struct group *g, enum setting what)
{
	return (g->given & SETTING_BIT(what)) != 0;
}

bool group_gives(const struct being *b, enum setting what, int64_t *ret_value)
{
	if (!was_given(b->group, what))
		return false;
	*ret_value = b->group->value[what];
	return true;
}

/* Whoever left before it was moved is gone, and so is who has its pid now. */
static struct turned move(struct sim *s, struct task_id whom, const char *text)
{
	int           r = sim_call(s, SIM_MOVE);
	struct being *b = being_find(s, whom);

	if (b == NULL)
		return knobs_failed(-ESRCH);
	if (r == 0)
		r = group_join(s, b, text);
	return r < 0 ? knobs_failed(r) : (struct turned){ EFFECT_APPLIED, "",
	                                                  group_value(s, b) };
}

static struct landed land_move(struct sim *s, const struct moving *m)
{
	struct being *b = being_find(s, m->whom);
	int64_t       before = b == NULL ? 0 : group_value(s, b);
	struct landed l = {
		.whom = m->whom, .setting = SETTING_pool,
		.wanted = group_read(s->sets, m->to),
		.turned = move(s, m->whom, m->to),
	};

	b = being_find(s, m->whom);
	/* Nobody can move a process only if it is still where it was. */
	if (b != NULL && before != m->from)
		b->marks.blurred |= SETTING_BIT(SETTING_pool);
	if (b != NULL)
		knob_turned(s, b->strands, SETTING_pool, before);
	return l;
}

static struct landed land_freeze(const struct sim *s, const struct moving *m)
{
	struct being *b = being_find(s, m->whom);
	struct landed l = {
		.whom = m->whom, .setting = SETTING_freeze,
		.wanted = m->frozen,
		.turned = { EFFECT_APPLIED, "", m->frozen },
	};

	if (b == NULL) {
		l.turned = knobs_failed(-ESRCH);
		return l;
	}
	b->shared[SETTING_freeze] = m->frozen;
	without_turned(s, b->strands, SETTING_freeze, m->frozen);
	return l;
}

static void moving_drop(struct sim *s, struct moving *m)
{
	DL_DELETE(s->moving, m);
	s->movings--;
	free(m);
}

static void land(struct sim *s, struct moving *m)
{
	struct landed l = m->freezes ? land_freeze(s, m) : land_move(s, m);

	s->landed[s->landings++] = l;
	moving_drop(s, m);
}

void groups_deliver(struct sim *s, uint32_t number)
{
	struct moving *m;

	DL_FOREACH(s->moving, m)
		if (m->number == number) {
			land(s, m);
			return;
		}
}

void groups_cut_off(struct sim *s)
{
	if (s->moving != NULL)
		land(s, s->moving);
	while (s->moving != NULL)
		moving_drop(s, s->moving);
	s->landings = 0;
}

static struct turned move_later(struct sim *s, const struct being *b,
                                const struct moving *how)
{
	struct parcel  p = { .kind = PARCEL_EVENT,
	                     .event.kind = EVENT_TURNED };
	struct moving *m = calloc(1, sizeof *m);

	if (m == NULL || s->landings + s->movings == UNDER_WAY_MAX) {
		free(m);
		return (struct turned){ EFFECT_DENIED,
		                        "too many are under way already", 0 };
	}
	*m = *how;
	m->from = b->shared[SETTING_pool];
	m->whom = b->id;
	m->number = p.life = ++s->moves;
	if (queue_post(s, s->now_ns + s->move_ns, &p) < 0) {
		free(m);
		return knobs_failed(-ENOMEM);
	}
	DL_APPEND(s->moving, m);
	s->movings++;
	return (struct turned){ EFFECT_UNDERWAY, "", 0 };
}

struct turned group_freeze(struct sim *s, struct being *b, int64_t frozen)
{
	struct moving how = { .freezes = true, .frozen = frozen };
	struct turned t = move_later(s, b, &how);

	t.now = b->shared[SETTING_freeze];
	return t;
}

struct turned group_move(struct sim *s, struct being *b, int64_t to)
{
	struct moving how = { .freezes = false };
	char          text[GROUP_TEXT_MAX];
	struct turned t;

	if (group_text(s->sets, to, text, sizeof text)[0] == '\0')
		return knobs_failed(-EINVAL);
	if (strcmp(text, b->group->text) == 0)
		return (struct turned){ EFFECT_ALREADY, "", to };
	if (s->move_ns == 0)
		return move(s, b->id, text);
	text_copy(how.to, sizeof how.to, text);
	t = move_later(s, b, &how);
	t.now = group_value(s, b);
	return t;
}

/* As by another program: at once, and never refused. */
int sim_put(struct sim *s, pid_t pid, const char *place)
{
	struct strand *strand = strand_find(s, pid);
	int64_t        before;
	int            r;

	if (strand == NULL)
		return -ESRCH;
	before = strand->being->shared[SETTING_pool];
	r = group_join(s, strand->being, place);
	if (r < 0)
		return r;
	without_set(s, strand, SETTING_pool, before,
	            strand->being->shared[SETTING_pool]);
	/* Nobody knows where it would be that was put among those we put. */
	if (is_ours(strand->being->group))
		strand->being->marks.blurred |= SETTING_BIT(SETTING_pool);
	return 0;
}

static void groups_finish(void *self)
{
	struct sim *s = self;

	while (s->moving != NULL)
		land(s, s->moving);
	s->move_ns = 0;
}

static const char *groups_stay(void *self, struct task_id whom)
{
	const struct sim *s = self;

	(void)whom;
	return s->refuses_moves ? "the simulated machine keeps it there"
	                        : NULL;
}

static void groups_set(void *self, int64_t group, enum setting what,
                       int64_t value, struct turned *ret)
{
	struct sim   *s = self;
	char          text[GROUP_TEXT_MAX];
	struct group *g;
	int           r = sim_call(s, SIM_GROUP);

	*ret = knobs_failed(r);
	if (r < 0)
		return;
	*ret = knobs_failed(-EINVAL);
	s->trespasses += !group_is_ours(s->sets, group);
	if (!group_is_ours(s->sets, group) ||
	    (GROUP_CAN & SETTING_BIT(what)) == 0)
		return;
	g = group_make(s, group_text(s->sets, group, text, sizeof text));
	if (g == NULL)
		return;
	*ret = (struct turned){ EFFECT_APPLIED, "", value };
	if (value == VALUE_UNTOUCHED) {
		g->given &= ~SETTING_BIT(what);
		return;
	}
	if (was_given(g, what) && g->value[what] == value)
		ret->effect = EFFECT_ALREADY;
	g->given |= SETTING_BIT(what);
	g->value[what] = value;
}

static int groups_get(void *self, int64_t group, enum setting what,
                      int64_t *ret_value)
{
	const struct group *g = group_of(self, group);

	if (g == NULL)
		return -ENOENT;
	if (!was_given(g, what))
		return -ENODATA;
	*ret_value = g->value[what];
	return 0;
}

static int groups_drop(void *self, int64_t group)
{
	struct sim   *s = self;
	int           r = sim_call(s, SIM_GROUP);
	struct group *g = group_of(s, group);

	if (r < 0 || g == NULL)
		return r;
	s->trespasses += !is_ours(g);
	if (!is_ours(g))
		return -EPERM;
	if (g->users > 0)
		return -EBUSY;
	group_end(s, g);
	return 0;
}

static int groups_members(void *self, int64_t group, pid_t *ret_pids,
                          size_t max)
{
	const struct sim    *s = self;
	const struct group  *g = group_of(s, group);
	const struct strand *strand = g == NULL ? NULL : strand_from(s, 1);
	size_t               n = 0;

	for (; strand != NULL && n < max;
	     strand = strand_from(s, strand->tid + 1))
		if (strand->tid == strand->being->id.pid &&
		    strand->being->group == g)
			ret_pids[n++] = strand->tid;
	return (int)n;
}

/* In order of their making; dropping one that was told is no hole, for the rest
 * are told by how many there have been. */
static int groups_list(void *self, uint64_t *cursor, int64_t *ret_groups,
                       size_t max)
{
	struct sim   *s = self;
	struct group *g, *next;
	uint64_t      at = 0;
	size_t        n = 0;

	HASH_ITER(hh, s->groups, g, next)
		if (is_ours(g) && at++ >= *cursor && n < max)
			ret_groups[n++] = group_read(s->sets, g->text);
	*cursor += n;
	return (int)n;
}

/* Without a store for their texts there are none. */
void groups_door(struct sim *s, struct actuator *door)
{
	if (!s->has_groups || s->sets == NULL)
		return;
	door->can |= GROUP_CAN | SETTING_BIT(SETTING_pool);
	door->group_can = GROUP_CAN;
	door->finish = groups_finish;
	door->stays = groups_stay;
	door->group_set = groups_set;
	door->group_get = groups_get;
	door->group_drop = groups_drop;
	door->group_members = groups_members;
	door->group_list = groups_list;
}

void groups_close(struct sim *s)
{
	struct group  *g, *next;
	struct moving *m, *after;

	DL_FOREACH_SAFE(s->moving, m, after)
		free(m);
	g = s->groups;
	HASH_CLEAR(hh, s->groups);
	for (; g != NULL; g = next) {
		next = g->hh.next;
		free(g);
	}
}

void sim_with_groups(struct sim *s, bool has)
{
	s->has_groups = has;
}

void sim_slow_moves(struct sim *s, uint64_t ns)
{
	s->move_ns = ns;
}

void sim_refuse_moves(struct sim *s, bool refuse)
{
	s->refuses_moves = refuse;
}

uint64_t sim_trespasses(const struct sim *s)
{
	return s->trespasses;
}

size_t sim_groups(const struct sim *s)
{
	struct group *g, *next;
	size_t        n = 0;

	HASH_ITER(hh, s->groups, g, next)
		n += is_ours(g);
	return n;
}
