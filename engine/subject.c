/* subject.c -- what the matcher is told of whoever it looks at, and of the
 * machine: what was before, what is without us, and which tags are alive. */

#include <errno.h>
#include <string.h>

#include "judge.h"
#include "reloading.h"

/* Another process than the one that is judged is gripped for the reading. */
static int read_apart(struct engine *en, struct task *who, enum setting s,
                      int64_t *ret_value)
{
	const struct actuator *door = &en->os->actuator;
	int                    r, back = 0;

	if (en->gripped.pid == who->id.pid)
		return door->read(door->self, task_id_known(who->id), s,
		                  ret_value);
	if (en->gripped.pid != 0)
		door->let_go(door->self);
	r = door->grip(door->self, table_process_of(en->table, who)->id);
	if (r == 0) {
		r = door->read(door->self, task_id_known(who->id), s,
		               ret_value);
		door->let_go(door->self);
	}
	if (en->gripped.pid != 0)
		back = door->grip(door->self, en->gripped);
	return back < 0 ? back : r;
}

static const struct hold *hold_of(const struct engine *en, struct task_id key,
                                  enum setting s)
{
	return en->journal == NULL ? NULL : journal_find(en->journal, key, s);
}

/* What it has now; or, where that is ours, what it had before. */
static int own_value(void *ctx, struct task *who, enum setting s,
                     int64_t *ret_value)
{
	struct engine         *en = ctx;
	const struct actuator *door = &en->os->actuator;
	const struct hold     *h = NULL;
	struct task_id         key;
	struct value           born;
	int                    r;

	/* Records go by the birth, so that must be known. */
	if (table_fact(en->table, who, FACT_start_time, &born) <= 0)
		return -ESRCH;
	key = who->id;
	r = setting_rows[s].scope != SETTING_SCOPE_SESSION ? 0 :
	    door->scope_key(door->self, task_id_known(who->id), s, &key);
	if (r == 0)
		h = hold_of(en, key, s);
	if (r == 0 && h == NULL && !task_id_is_thread(key))
		h = hold_of(en, task_id_main(key), s);
	if (r == 0 && h == NULL)
		r = read_apart(en, who, s, ret_value);
	if (r == 0 && h == NULL && task_id_is_thread(who->id) &&
	    en->journal != NULL)
		h = journal_kin(en->journal, KIN_OF_ANY, who->id, s,
		                *ret_value);
	if (h != NULL)
		*ret_value = h->origin;
	return r;
}

struct subject engine_subject(struct engine *en, struct voice *v,
                              struct task *who)
{
	return (struct subject){
		.table = en->table, .task = who, .voice = v->number,
		.host = &en->host,
		.people = &en->people, .tag_alive = v->tag_alive,
		.standing = v->standing, .lasts = en->lasts,
		.now_ns = en->os->sensor.now_ns(en->os->sensor.self),
		.own = own_value, .own_ctx = en,
	};
}

void judge_machine(struct engine *en, uint64_t facts)
{
	struct voice *v;
	uint32_t      at = 0;

	while ((v = voice_next(en, &at)) != NULL) {
		struct subject machine = engine_subject(en, v, NULL);

		if (v->rules != NULL)
			ruleset_host(v->rules, &machine);
	}
	sweep_walk(&en->sweep, facts, false);
}

/* Adds to the count of each tag that one of two sets has and the other has not;
 * whether some tag came to life, or died. */
static bool tags_count(struct voice *v, const struct tag_set *in,
                       const struct tag_set *out, int step)
{
	bool turned = false;

	for (int i = 0; i < TAGS_MAX / 64; i++)
		for (uint64_t left = in->bits[i] & ~out->bits[i]; left != 0;
		     left &= left - 1) {
			int       bit = ffsll((long long)left) - 1;
			uint32_t *n = &v->tag_alive[i * 64 + bit];

			*n += (uint32_t)step;
			turned |= *n == (step > 0);
		}
	return turned;
}

static void tags_turned(struct engine *en, const struct voice *v)
{
	if (v->rules != NULL && v->number != VOICE_NEXT &&
	    (ruleset_needs(v->rules).host & HOST_BIT(HOST_running)) != 0)
		judge_machine(en, HOST_BIT(HOST_running));
}

void engine_tag(struct engine *en, struct voice *v, struct task *who,
                const struct tag_set *tags)
{
	struct tag_set before = *task_tags(who, v->number);
	bool           turned;

	task_tag(who, v->number, tags);
	turned = tags_count(v, tags, &before, 1);
	turned |= tags_count(v, &before, tags, -1);
	if (turned)
		tags_turned(en, v);
}

static void untag_dead(struct engine *en, struct voice *v,
                       const struct task *who)
{
	static const struct tag_set none;

	if (tags_count(v, task_tags(who, v->number), &none, -1))
		tags_turned(en, v);
}

/* Its row keeps the tags while it has children, but they are not alive. */
void judge_gone(void *engine, struct task *who)
{
	struct engine *en = engine;
	struct voice  *own = voice_of_task(en, who);

	fights_forget(en->fights, who->id);
	judge_forget_standing(en, who);
	/* Perhaps nobody told of its end.  The main thread goes on in an exec,
	 * and so may a thread whose row is no longer needed, which has no lease
	 * then. */
	if (!task_id_is_thread(who->id))
		judge_forget(en, who->id);
	else if (!task_id_is_main(who->id))
		lease_left(en->leases, who->id,
		           en->os->sensor.now_ns(en->os->sensor.self));
	untag_dead(en, &en->voice[VOICE_SYSTEM], who);
	if (reload_voice(en) != NULL)
		untag_dead(en, reload_voice(en), who);
	if (own != NULL)
		untag_dead(en, own, who);
	voice_left(en, who);
}

void judge_forget_standing(struct engine *en, const struct task *who)
{
	struct voice *own = voice_of_task(en, who);

	standing_forget(en->voice[VOICE_SYSTEM].standing, who);
	if (reload_voice(en) != NULL)
		standing_forget(reload_voice(en)->standing, who);
	if (own != NULL)
		standing_forget(own->standing, who);
}
