/* groups.c -- pools that rules put tasks into, and what their groups have. */

#include "campaign.h"
#include "model/group.h"

#define GROUPS_MAX  128
#define MEMBERS_MAX 256

static const struct actuator *door(void)
{
	return &play.stage->os.actuator;
}

bool is_of_group(enum setting s)
{
	return plays(PLAYS_POOLS) &&
	       setting_rows[s].scope == SETTING_SCOPE_GROUP;
}

static void terms_draw(struct want *w)
{
	uint64_t all = door()->group_can;

	for (unsigned n = draw(3); n > 0;) {
		enum setting s = (enum setting)draw(SETTING_COUNT);
		int64_t      value;

		if ((all & SETTING_BIT(s)) == 0)
			continue;
		n--;
		if (value_draw(s, play.words, false, &value))
			want_set(w, s, value);
	}
}

static void pool_draw(struct pool_sketch *p)
{
	static const enum pool_per pers[] = { POOL_SHARED, POOL_SHARED,
	                                      POOL_PER_UID, POOL_PER_SESSION };

	*p = (struct pool_sketch){ .per = pers[draw(4)],
		                   .version = ++play.versions };
	terms_draw(&p->want);
}

void pools_draw(struct scene *sc)
{
	for (int i = 0; i < POOLS && plays(PLAYS_POOLS); i++)
		pool_draw(&sc->pool[i]);
}

void pools_edit(struct scene *sc)
{
	if (plays(PLAYS_POOLS) && once_in(3))
		pool_draw(&sc->pool[draw(POOLS)]);
}

/* A pool by its name, or what makes one of a single process. */
void pools_want_draw(struct want *w)
{
	int64_t value;

	if (!plays(PLAYS_POOLS) || !once_in(3))
		return;
	if (once_in(4))
		terms_draw(w);
	else if (value_draw(SETTING_pool, play.words, false, &value))
		want_set(w, SETTING_pool, value);
}

void pools_build(struct builder *b, const struct scene *sc)
{
	for (int i = 0; i < POOLS && plays(PLAYS_POOLS); i++) {
		char                name[16], file[16];
		struct builder_pool p = { .name = name, .file = file,
			.line = (uint32_t)i + 1, .layer = LAYER_ADMIN,
			.per = sc->pool[i].per, .want = &sc->pool[i].want };

		snprintf(name, sizeof name, "p%d", i);
		snprintf(file, sizeof file, "%d.lua", (int)LAYER_ADMIN);
		if (builder_pool(b, &p, play.words) < 0)
			broken("a pool cannot be built");
	}
}

const struct pool_sketch *pool_named(int64_t name)
{
	const char *text = interned_text(play.words, name);

	return &scene()->pool[text[1] - '0'];
}

/* The group that the pool of that name is for the process. */
int64_t pool_group(const struct seen *p, int64_t name)
{
	char text[64];

	switch (pool_named(name)->per) {
	case POOL_PER_UID:
		snprintf(text, sizeof text, "%s@%lld",
		         interned_text(play.words, name), (long long)p->uid);
		break;
	case POOL_PER_SESSION:
		snprintf(text, sizeof text, "%s@%lld",
		         interned_text(play.words, name),
		         (long long)p->session);
		break;
	default:
		snprintf(text, sizeof text, "%s",
		         interned_text(play.words, name));
	}
	return group_read(play.stage->sets, text);
}

/* Somewhere else, or among those that we put together. */
static void move_put(pid_t pid)
{
	static const char *const places[] = { "/", "/elsewhere",
	                                      "/user.slice/a.scope", "p0" };
	const char *to = places[draw(4)];
	pid_t       member;

	/* A group that we did not make is not one of ours. */
	if (to == places[3] &&
	    door()->group_members(door()->self,
	                          group_read(play.stage->sets, to), &member,
	                          1) <= 0)
		to = places[0];
	tell("%d: somebody puts it into %s", (int)pid, to);
	sim_put(play.stage->sim, pid, to);
}

void move_groups(pid_t pid)
{
	unsigned slow_ms;

	if (pid != 0 && once_in(2)) {
		move_put(pid);
		return;
	}
	slow_ms = draw(3) * 5;
	tell("a move takes %u ms", slow_ms);
	sim_slow_moves(play.stage->sim, slow_ms * MS);
}

/* Whom somebody else took out of it, unnoticed so far, still counts; and so does
 * one whose place could not be read, which is refused until its next program. */
static bool is_awaited(int64_t group)
{
	pid_t  pids[MEMBERS_MAX];
	size_t n = truth_pids(pids, MEMBERS_MAX);

	for (size_t i = 0; i < n; i++) {
		struct task_id     id;
		const struct hold *h = NULL;

		if ((sim_is_foreign(play.stage->sim, pids[i], SETTING_pool) ||
		     watch_doubts(pids[i], SETTING_pool)) &&
		    journal_process(play.stage->journal, pids[i], &id))
			h = journal_find(play.stage->journal, id,
			                 SETTING_pool);
		if (h != NULL && h->applied == group)
			return true;
	}
	return false;
}

static void group_is_right(int64_t group)
{
	uint64_t left = door()->group_can;
	char     text[GROUP_TEXT_MAX];
	pid_t    pid[MEMBERS_MAX];
	int      n = door()->group_members(door()->self, group, pid,
	                                   MEMBERS_MAX);

	group_text(play.stage->sets, group, text, sizeof text);
	if (n == 0 && !is_awaited(group))
		broken("group %s is there, and nobody is in it", text);
	while (left != 0 && !is_awaited(group)) {
		enum setting s = setting_take(&left);
		int64_t      value = VALUE_UNTOUCHED, wanted = VALUE_UNTOUCHED;
		int          r = reference_of_group(pid, (size_t)n, s,
		                                    &wanted);

		door()->group_get(door()->self, group, s, &value);
		for (int i = 0; i < n && value != wanted && r != NONE; i++)
			tell("%d is in group %s", (int)pid[i], text);
		if (r != NONE && value != wanted)
			broken("%s of group %s is %lld and should be %lld",
			       setting_rows[s].name, text, (long long)value,
			       (long long)wanted);
	}
}

static void nothing_is_touched(void)
{
	if (sim_trespasses(play.stage->sim) != 0)
		broken("somebody else's group was touched");
}

void groups_converged(void)
{
	int64_t  group[GROUPS_MAX];
	uint64_t cursor = 0;
	int      n;

	if (!plays(PLAYS_POOLS))
		return;
	play.hushed = true;
	nothing_is_touched();
	n = door()->group_list(door()->self, &cursor, group, GROUPS_MAX);
	for (int i = 0; i < n; i++)
		group_is_right(group[i]);
	play.hushed = false;
}

void groups_undone(const char *when)
{
	nothing_is_touched();
	if (sim_groups(play.stage->sim) != 0)
		broken("%s: %zu groups are left", when,
		       sim_groups(play.stage->sim));
}
