/* order.c -- what people tell a running pqs to do with one task or one rule. */

#include "order.h"

#include <errno.h>
#include <stdlib.h>

#include "cause.h"
#include "handle.h"
#include "judge.h"

static uint32_t set_rule(bool own)
{
	return own ? RULE_SET_OWN : RULE_SET;
}

static const struct lease *set_lease(struct engine *en, struct task_id id,
                                     bool own)
{
	const struct lease *l = lease_of(en->leases, id);

	while (l != NULL && l->rule != set_rule(own))
		l = lease_next(l);
	return l;
}

/* What reached a tree goes on reaching it.  Nobody sets something of their own
 * without being known by all uids of the task. */
static int terms_of(struct engine *en, struct task *who, bool tree, bool own,
                    struct lease *ret_lease)
{
	struct task        *process = table_process_of(en->table, who);
	const struct lease *before;
	struct value        uid = { .number = 0 };
	int                 r = judge_learn_birth(en, who);

	if (r < 0)
		return r;
	if (own && table_fact(en->table, process, FACT_uid, &uid) != 1)
		return -ESRCH;
	before = set_lease(en, who->id, own);
	ret_lease->uid = (uid_t)uid.number;
	ret_lease->holder = who->id;
	ret_lease->reach = tree || (before != NULL &&
	                            before->reach == TARGET_TREE)
	                   ? TARGET_TREE : TARGET_SELF;
	if (before != NULL)
		ret_lease->want = before->want;
	return 0;
}

int order_set(struct engine *en, struct task *who, const struct want *want,
              uint64_t forget, uint64_t until_ns, bool tree, bool own)
{
	struct lease l = { .rule = set_rule(own), .ends_ns = until_ns };
	int          r = terms_of(en, who, tree, own, &l);

	if (r < 0)
		return r;
	l.want.has &= ~forget;
	for (uint64_t left = want->has; left != 0;) {
		enum setting s = setting_take(&left);

		want_set(&l.want, s, want->value[s]);
	}
	table_process_of(en->table, who)->resting = false;
	/* A lease is never shortened, so that it begins anew. */
	lease_revoke(en->leases, who->id, l.rule);
	return l.want.has == 0 ? 0 : lease_grant(en->leases, &l);
}

int order_enact(struct engine *en, struct task *who, bool own)
{
	int r;

	en->by_hand = !own;
	r = engine_judge(en, who);
	en->by_hand = false;
	return r;
}

/* Anybody may turn to tasks of their own as often as they like: all but the one
 * can wait a little. */
void order_focus(struct engine *en, struct task *who)
{
	struct task_id id = who->id, before = table_focus_on(en->table);

	if (table_focus(en->table, id) < 0 ||
	    task_id_equal(before, table_focus_on(en->table)))
		return;
	cause_moment(en, MOMENT_FOCUS, who);
	handle_moment(en, MOMENT_FOCUS, 0, id);
	judge_again(en, who, en->os->sensor.now_ns(en->os->sensor.self));
	en->settling |= !sweep_active(&en->sweep);
	sweep_walk(&en->sweep, 0, true);
}

static void forget_set(struct engine *en, struct task_id id)
{
	lease_revoke(en->leases, id, RULE_SET);
	lease_revoke(en->leases, id, RULE_SET_OWN);
}

/* Threads first: what is theirs alone is put back to what they had. */
static int put_back(struct engine *en, struct task *process)
{
	struct task *thread;
	uint32_t     slot = 0;
	int          r = 0;

	while (r == 0 && (thread = table_next_thread(en->table, process,
	                                             &slot)) != NULL) {
		forget_set(en, thread->id);
		r = enforce_back(&en->enforcer, thread);
		r = r == -ESRCH ? 0 : r;
	}
	return r < 0 ? r : enforce_back(&en->enforcer, process);
}

int order_undo(struct engine *en, struct task *process)
{
	const struct actuator *door = &en->os->actuator;
	int                    r = judge_learn_birth(en, process);

	if (r < 0)
		return r;
	forget_set(en, process->id);
	process->resting = true;
	en->gripped = process->id;
	r = door->grip(door->self, en->gripped);
	if (r == 0) {
		r = put_back(en, process);
		door->let_go(door->self);
	}
	en->gripped.pid = 0;
	/* What could not go back just now does then. */
	if (r != -ESRCH)
		judge_put_off(en, process);
	return r;
}

static int mute(struct voice *v, uint32_t from, uint32_t to)
{
	if (v->muted == NULL)
		v->muted = calloc(ruleset_count(v->rules) / 8 + 1, 1);
	if (v->muted == NULL)
		return -ENOMEM;
	for (uint32_t i = from; i < to; i++)
		v->muted[i / 8] |= (uint8_t)(1u << (i % 8));
	return 0;
}

int order_mute(struct engine *en, struct voice *v, uint32_t rule)
{
	int r = mute(v, rule, rule + 1);

	if (r == 0)
		voice_ask_all(en, v);
	return r;
}

static uint32_t unless_set(void *ctx, uint32_t rule)
{
	(void)ctx;
	return rule_is_set(rule) ? RULE_NONE : rule;
}

int order_mute_all(struct engine *en)
{
	uint32_t      at = 0;
	struct voice *v;
	int           r = 0;

	leases_renumber(en->leases, unless_set, NULL);
	while (r == 0 && (v = voice_next(en, &at)) != NULL)
		if (v->rules != NULL)
			r = mute(v, 0, (uint32_t)ruleset_count(v->rules));
	sweep_walk(&en->sweep, 0, true);
	return r;
}
