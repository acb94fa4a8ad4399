/* ahead.c -- judging a program that is about to run. */

#include "ahead.h"

#include <errno.h>
#include <stdlib.h>

#include "base/list.h"
#include "judge.h"
#include "policy/named.h"

/* An exec that was let go on and is not heard of by then has failed. */
#define START_NS UINT64_C(100000000)

/* What a task keeps through its exec and gives back like anything else: neither
 * its group, nor its session, nor standing still. */
static uint64_t settings_ahead(void)
{
	uint64_t left = setting_knobs(), ahead = 0;

	while (left != 0) {
		enum setting s = setting_take(&left);

		if ((setting_rows[s].scope == SETTING_SCOPE_THREAD ||
		     setting_rows[s].scope == SETTING_SCOPE_PROCESS) &&
		    setting_rows[s].undoable)
			ahead |= SETTING_BIT(s);
	}
	return ahead & ~(SETTING_BIT(SETTING_freeze) |
	                 SETTING_BIT(SETTING_pool) |
	                 SETTING_BIT(SETTING_realtime));
}

/* What it was as the program that it runs no longer counts. */
static void begin(struct engine *en, struct task *who, const struct facts *f)
{
	uint64_t until_ns = en->os->sensor.now_ns(en->os->sensor.self) +
	                    START_NS;

	if (who->coming_ns == 0)
		who->yielded_then = who->yielded;
	who->yielded = 0;
	who->settled = false;
	table_coming(en->table, who, f, until_ns);
	judge_again(en, who, until_ns);
}

static int foresee(struct engine *en, struct task *who, bool is_found_above)
{
	struct opinion o;
	int            r = judge_learn_birth(en, who);

	if (r < 0)
		return r;
	/* Of whom it is not known what it has from its parent
	 * nothing is turned. */
	if (!is_found_above || !judge_found(en, who))
		return 0;
	judge_verify(en, who);
	r = engine_foresee(en, who, &o);
	if (r < 0 || o.caps_in_doubt)
		return r;
	o.verdict.want.has &= settings_ahead();
	if (o.verdict.want.has == 0)
		return 0;
	en->counts.foreseen++;
	return enforce_ahead(&en->enforcer, who, &o.verdict);
}

static int judge(struct engine *en, struct task *who, uint32_t ticket)
{
	const struct actuator *door = &en->os->actuator;
	const struct guard    *guard = &en->os->guard;
	struct facts           f = { .known = 0 };
	bool                   found = judge_found_above(en, who);
	int                    r;

	en->gripped = who->id;
	r = door->grip(door->self, who->id);
	if (r < 0) {
		en->gripped.pid = 0;
		return r;
	}
	r = guard->coming(guard->self, ticket, &f);
	if (r == 0) {
		begin(en, who, &f);
		r = foresee(en, who, found);
	}
	facts_clear(&f);
	door->let_go(door->self);
	en->gripped.pid = 0;
	return r;
}

/* Also of who is over by now, and so of nobody that we could ask about. */
static bool is_late(const struct guard *guard, uint32_t ticket)
{
	struct facts unheard = { .known = 0 };
	int          r = guard->coming(guard->self, ticket, &unheard);

	facts_clear(&unheard);
	return r == -ETIME;
}

int ahead_event(struct engine *en, const struct event *e)
{
	const struct guard *guard = &en->os->guard;
	struct task_id      id = e->u.coming.who;
	struct task        *who = table_find(en->table, id);
	bool                rules = en->voice[VOICE_SYSTEM].rules != NULL;
	int                 r = -ESRCH;

	if (rules && (who != NULL || table_meet(en->table, id, &who) >= 0))
		r = judge(en, who, e->u.coming.ticket);
	if (r == -ETIME || (r == -ESRCH && is_late(guard,
	                                           e->u.coming.ticket)))
		en->counts.foreseen_late++;
	guard->allow(guard->self, e->u.coming.ticket);
	if (r == 0 || r == -ESRCH || r == -ETIME)
		return 0;
	return judge_unrecorded(en, r);
}

bool ahead_waits(struct engine *en, struct task *who)
{
	struct task *process = table_process_of(en->table, who);
	uint64_t     now_ns;

	if (process->coming_ns == 0)
		return false;
	now_ns = en->os->sensor.now_ns(en->os->sensor.self);
	if (now_ns < process->coming_ns) {
		judge_again(en, process, process->coming_ns);
		return true;
	}
	process->yielded = process->yielded_then;
	table_stays(en->table, process);
	return false;
}

void ahead_missed(struct engine *en, struct task_id id)
{
	const struct guard *guard = &en->os->guard;
	struct task        *who = table_find(en->table, id);
	struct value        exe;

	if (guard->again == NULL || who == NULL || who->in_force.has == 0)
		return;
	if (table_fact(en->table, who, FACT_exe, &exe) == 1)
		guard->again(guard->self, exe.text);
}

/* Texts, lent by the rules. */
struct list {
	const char **text;
	size_t       count, room;
	bool         short_of_memory;
};

struct lists {
	struct list exes, names;
};

static void list_add(struct list *l, const char *text)
{
	const char **more = list_grow(l->text, l->count, &l->room,
	                              sizeof *more, 64);

	l->short_of_memory |= more == NULL;
	if (more == NULL)
		return;
	l->text = more;
	l->text[l->count++] = text;
}

static void add_named(void *ctx, enum fact fact, const char *text)
{
	struct lists *l = ctx;

	list_add(fact == FACT_exe ? &l->exes : &l->names, text);
}

int ahead_watch(struct engine *en)
{
	const struct guard *guard = &en->os->guard;
	struct lists        l = { { .count = 0 }, { .count = 0 } };
	int                 r = -ENOMEM;

	if (guard->watch == NULL)
		return 0;
	named_each(en->voice[VOICE_SYSTEM].rules, add_named, &l);
	if (!l.exes.short_of_memory && !l.names.short_of_memory)
		r = guard->watch(guard->self, l.exes.text, l.exes.count,
		                 l.names.text, l.names.count);
	free(l.exes.text);
	free(l.names.text);
	return r;
}
