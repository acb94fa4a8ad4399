/* consider.c -- what all rules together say of one task.
 *
 * Looking turns nothing, so 'explain' asks here too.
 */

#include <errno.h>
#include <string.h>

#include "cause.h"
#include "claiming.h"
#include "judge.h"
#include "policy/named.h"
#include "policy/rank.h"
#include "order.h"
#include "reloading.h"
#include "rights.h"
#include "tally.h"

/* What a process's rule wants of its threads, these do not have from it. */
#define OF_SINGLE_THREADS (SETTING_BIT(SETTING_realtime) | \
                           SETTING_BIT(SETTING_precedence))

/* What is sheltered is for those who say whom they mean. */
static bool may_reach(const struct voice *v, uint32_t rule,
                      const struct opinion *o)
{
	return !o->sheltered || named_exactly(v->rules, rule);
}

/* A rule that holds for the task.  Of a process that is looked at for the sake
 * of a thread, what that causes was seen to when it was judged itself. */
static void hear_rule(struct engine *en, struct voice *v,
                      struct subject *about, uint32_t rule, bool of_thread,
                      struct opinion *o)
{
	bool        elsewhere;
	struct want want;
	enum speech speech = claim_of_rule(en, v, about, rule, o, &want);

	elsewhere = ruleset_rule(v->rules, rule)->to == TARGET_PARENT;
	if (!of_thread && !o->ahead)
		tally_of(v, rule)->matched++;
	if (!of_thread && !o->ahead && speech != SPEECH_NONE)
		cause_holds(en, v, about->task, rule,
		            speech == SPEECH_SAID ? &want : NULL);
	if (elsewhere)
		return;
	claim_ceiling(en, v, rule, o);
	if (of_thread)
		want.has &= ~OF_SINGLE_THREADS;
	if (speech == SPEECH_SAID && may_reach(v, rule, o))
		claim_add(en, rule_id(v->number, rule),
		          ruleset_rank(v->rules, rule), &want, o);
}

/* A rule about processes may except single threads of theirs. */
static bool excepts_thread(const struct voice *v, uint32_t rule,
                           struct subject *thread)
{
	return thread != NULL && ruleset_excepts(v->rules, rule, thread);
}

/* Someone to whom the leases of one voice's rules are told. */
struct reached {
	struct engine  *en;
	struct voice   *v;
	struct subject *thread;
	struct opinion *o;
	struct task    *who;
};

/* A program that changes its user leaves what a user may set. */
static bool is_of_setter(struct reached *to, const struct lease *l)
{
	struct task *process = table_process_of(to->en->table, to->who);
	struct value uid;

	return !rule_is_users(l->rule) ||
	       (table_fact(to->en->table, process, FACT_uid, &uid) == 1 &&
	        (uid_t)uid.number == l->uid && !process->facts->uids_differ);
}

/* What is set on a tree is set on it as a whole: all of it is one group, but for
 * those on whom something of that kind is set themselves. */
static void note_owner(struct opinion *o, const struct lease *l)
{
	struct task_id *owner = &o->set_on[rule_is_users(l->rule)];

	if (owner->pid == 0 && !task_id_is_thread(l->holder) &&
	    (l->want.has & setting_grouped()) != 0)
		*owner = l->holder;
}

/* What was set by hand outranks every rule, and of two hands the one that may
 * more; of two that reach it, the nearer one, which is heard first. */
static void hear_set(struct reached *to, const struct lease *l)
{
	struct want want = l->want;

	if (!is_of_setter(to, l))
		return;
	if (to->thread != NULL)
		want.has &= ~OF_SINGLE_THREADS;
	to->o->set_own |= rule_is_users(l->rule);
	note_owner(to->o, l);
	claim_add(to->en, l->rule, rule_is_users(l->rule) ? UINT64_MAX - 1
	                                                  : UINT64_MAX,
	          &want, to->o);
}

/* A rule names whom it is about, not whom it reaches through that. */
static bool lease_may_reach(const struct reached *to, const struct lease *l,
                            bool inherited)
{
	uint32_t rule = rule_index(l->rule);

	return !to->o->sheltered ||
	       (!inherited && may_reach(to->v, rule, to->o) &&
	        ruleset_target(to->v->rules, rule) != TARGET_PARENT);
}

/* Wherever a lease comes from: who may not speak of the task itself may not
 * through its parent or its unit. */
static void hear_lease(void *ctx, const struct lease *l, bool inherited)
{
	struct reached *to = ctx;
	uint32_t        rule = rule_index(l->rule);
	struct want     want = l->want;
	uint64_t        rank;

	if (rule_is_set(l->rule)) {
		if (to->v->number == VOICE_SYSTEM)
			hear_set(to, l);
		return;
	}
	if (rule_voice(l->rule) != to->v->number ||
	    !lease_may_reach(to, l, inherited) ||
	    order_is_muted(to->v, rule) || excepts_thread(to->v, rule, to->thread))
		return;
	rank = ruleset_rank(to->v->rules, rule);
	claim_ceiling(to->en, to->v, rule, to->o);
	if (to->thread != NULL)
		want.has &= ~OF_SINGLE_THREADS;
	claim_add(to->en, l->rule, inherited ? rank_inherited(rank) : rank,
	          &want, to->o);
}

/* What goes on though the rules to come are asked of nobody that caused it: it
 * is on its way to an end, or all that is left of a tree's top. */
static void hear_heir(void *ctx, const struct lease *l, bool inherited)
{
	struct reached *to = ctx;
	struct lease    heir = *l;

	if (rule_is_set(l->rule))
		hear_set(to, l);
	if (rule_voice(l->rule) != VOICE_SYSTEM ||
	    (l->ends_ns == LEASE_STANDS && !cause_is_left(to->en, l)))
		return;
	heir.rule = compare_heir(to->en, l->rule);
	if (heir.rule == RULE_NONE)
		return;
	if (cause_is_left(to->en, l))
		cause_left_wants(to->v, &heir, &heir.want);
	hear_lease(ctx, &heir, inherited);
}

static void sooner(struct opinion *o, uint64_t again_ns)
{
	if (again_ns != 0 && (o->again_ns == 0 || again_ns < o->again_ns))
		o->again_ns = again_ns;
}

static void note_found(struct engine *en, const struct found *f,
                       const struct subject *about, struct opinion *o)
{
	en->counts.claims_dropped += f->dropped;
	en->counts.patterns_given_up += f->given_up;
	sooner(o, about->again_ns);
	o->host_reads |= f->host_reads | about->host_read;
	o->drift_reads |= f->reads & facts_that_drift();
	o->pending |= f->pending;
}

static bool tags_differ(const struct tag_set *a, const struct tag_set *b)
{
	for (int i = 0; i < TAGS_MAX / 64; i++)
		if (a->bits[i] != b->bits[i])
			return true;
	return false;
}

static void note_tags(struct engine *en, struct voice *v, struct task *who,
                      const struct found *f)
{
	engine_tag(en, v, who, &f->tags);
	task_tag_tree(who, v->number, &f->tree_tags);
}

/* All rules of a voice that select this very task.  thread: it is judged for
 * the sake of one of its threads. */
static int hear_rules(struct engine *en, struct voice *v, struct task *who,
                      struct subject *thread, struct found *f,
                      struct opinion *o)
{
	struct subject about = engine_subject(en, v, who);
	int            r;

	if (o->ahead)
		about.standing = NULL;
	r = ruleset_lookup(v->rules, &about, f);
	if (r < 0)
		return r;
	if (!o->ahead)
		note_tags(en, v, who, f);
	for (size_t i = 0; i < f->rules; i++) {
		bool excepted = excepts_thread(v, f->rule[i], thread);

		o->apart |= excepted;
		if (order_is_muted(v, f->rule[i]))
			continue;
		if (!excepted && ruleset_when(v->rules, f->rule[i], &about))
			hear_rule(en, v, &about, f->rule[i], thread != NULL, o);
	}
	note_found(en, f, &about, o);
	return 0;
}

/* What reaches the task from elsewhere. */
static int hear_leases(struct engine *en, struct voice *v, struct task *who,
                       struct subject *thread, struct opinion *o)
{
	struct reached to = { en, v, thread, o, who };
	int            r = 0;

	if (v->number == VOICE_NEXT || reload_voice(en) == NULL ||
	    !compare_is_hearing(en))
		r = cause_each(en, who, hear_lease, &to);
	/* A generation to come has leases of its own, of which only it knows;
	 * what nobody alive causes it would inherit. */
	if (r == 0 && compare_lend_leases(en)) {
		r = cause_each(en, who, v->number == VOICE_NEXT ? hear_heir
		                                                : hear_lease,
		               &to);
		compare_take_back_leases(en);
	}
	return r;
}

static int hear_task(struct engine *en, struct voice *v, struct task *who,
                     struct found *f, struct opinion *o)
{
	struct tag_set before = *task_tags(who, v->number);
	struct tag_set tree = *task_tree_tags(who, v->number);
	int            r = hear_rules(en, v, who, NULL, f, o);

	o->tags_changed |= tags_differ(&before, task_tags(who, v->number));
	o->tree_changed |= tags_differ(&tree,
	                               task_tree_tags(who, v->number));
	o->thread_rules |= f->thread_rules;
	return r;
}

/* Its claims cover the thread. */
static int hear_process(struct engine *en, struct voice *v,
                        struct task *thread, struct opinion *o)
{
	struct task   *process = table_process_of(en->table, thread);
	struct subject about = engine_subject(en, v, thread);
	struct found   of_process;
	int            r = hear_rules(en, v, process, &about, &of_process, o);

	if (r == 0)
		r = hear_leases(en, v, process, &about, o);
	/* What an except looked at of the thread itself. */
	o->drift_reads |= about.read & facts_that_drift();
	o->pending |= about.pending;
	sooner(o, about.again_ns);
	return r;
}

/* The user's, as far as that one's rules are there. */
static struct voice *own_voice(struct engine *en, const struct task *who,
                               struct opinion *o)
{
	struct voice *own = voice_of_task(en, who);

	o->own = (struct found){ .rules = 0 };
	o->voice = VOICE_SYSTEM;
	o->loading = own != NULL && own->rules == NULL && !own->refused;
	if (own == NULL || own->rules == NULL)
		return NULL;
	o->voice = own->number;
	return own;
}

/* Everything that holds for the task, in one round: what it caused before and
 * causes no more loses its cause. */
static int hear_round(struct engine *en, struct voice *system,
                      struct voice *own, struct task *who, struct opinion *o)
{
	int r;

	cause_begin(en, who);
	r = hear_task(en, system, who, &o->found, o);
	if (r == 0 && own != NULL)
		r = hear_task(en, own, who, &o->own, o);
	cause_end(en, who, r == 0);
	return r;
}

/* What comes to it through others: its process, its ancestors, its unit. */
static int hear_others(struct engine *en, struct voice *v, struct task *who,
                       struct opinion *o)
{
	int r = hear_leases(en, v, who, NULL, o);

	if (r == 0 && task_id_is_thread(who->id))
		r = hear_process(en, v, who, o);
	return r;
}

/* What a precedence starts from: what rules want of the process, else what it
 * has. */
static int64_t process_nice(struct engine *en, struct voice *system,
                            struct task *who, const struct opinion *o)
{
	struct task   *process = table_process_of(en->table, who);
	struct subject about = engine_subject(en, system, process);
	int64_t        nice;
	bool           asked = false;

	for (size_t i = 0; i < o->claims; i++)
		asked |= want_has(&o->claim[i].want, SETTING_precedence);
	if (!asked || !task_id_is_thread(who->id))
		return VALUE_UNTOUCHED;
	if (want_has(&process->in_force, SETTING_nice))
		return process->in_force.value[SETTING_nice];
	return about.own(about.own_ctx, process, SETTING_nice, &nice) < 0
	       ? 0 : nice;
}

/* Where all that is protected is so from everybody, nothing need be known. */
static bool is_sheltered(const struct engine *en, struct task *who)
{
	const struct enforcer *e = &en->enforcer;
	struct value           v;

	if (!e->allow_init && !e->allow_kernel_threads && !e->allow_realtime)
		return false;
	(void)table_fact(en->table, table_process_of(en->table, who), FACT_ppid,
	                 &v);
	return enforce_sheltered(e, who);
}

static void opinion_begin(const struct engine *en, struct task *who, bool ahead,
                          struct opinion *o)
{
	o->ahead = ahead;
	o->sheltered = is_sheltered(en, who);
	o->caps_in_doubt = false;
	o->claims = o->ceilings = o->open = 0;
	o->host_reads = o->drift_reads = o->again_ns = 0;
	o->refused = 0;
	o->set_own = false;
	memset(o->set_on, 0, sizeof o->set_on);
	o->pending = o->apart = o->tags_changed = o->thread_rules = false;
	o->tree_changed = false;
}

/* What the rules that won say of how their values are to be held. */
static void note_terms(struct engine *en, struct verdict *v)
{
	for (uint64_t left = v->want.has; left != 0;) {
		enum setting              s = setting_take(&left);
		const struct voice       *of = voice_of_rule(en, v->won[s]);
		const struct image_terms *terms;

		if (rule_is_set(v->won[s]) ||
		    (of != NULL &&
		     named_exactly(of->rules, rule_index(v->won[s]))))
			v->by_name |= SETTING_BIT(s);
		if (of == NULL)
			continue;
		terms = ruleset_terms(of->rules, rule_index(v->won[s]));
		if (terms->insist)
			v->insist |= SETTING_BIT(s);
		if (terms->irreversible)
			v->for_good |= SETTING_BIT(s);
		if (ruleset_target(of->rules, rule_index(v->won[s])) ==
		    TARGET_UNIT)
			v->of_unit |= SETTING_BIT(s);
	}
}

static void settle(struct engine *en, struct voice *system, struct task *who,
                   struct opinion *o)
{
	arbiter_settle(&en->intents, en->sets, o->claim, o->claims,
	               o->ceiling, o->ceilings,
	               process_nice(en, system, who, o), &o->verdict);
	note_terms(en, &o->verdict);
}

int consider_by(struct engine *en, struct voice *system, struct task *who,
                struct opinion *ret_opinion)
{
	struct opinion *o = ret_opinion;
	struct voice   *own;
	int             r;

	opinion_begin(en, who, false, o);
	who->voice = table_process_of(en->table, who)->voice;
	own = own_voice(en, who, o);
	r = hear_round(en, system, own, who, o);
	if (r == 0)
		r = hear_others(en, system, who, o);
	if (r == 0 && own != NULL)
		r = hear_others(en, own, who, o);
	if (r < 0)
		return r;
	if (own != NULL || o->set_own)
		rights_bound(en, who, o);
	settle(en, system, who, o);
	if (grouping_claims(system->rules, o))
		settle(en, system, who, o);
	return grouping_resolve(en, who, o);
}

int engine_consider(struct engine *en, struct task *who,
                    struct opinion *ret_opinion)
{
	return consider_by(en, &en->voice[VOICE_SYSTEM], who, ret_opinion);
}

int engine_foresee(struct engine *en, struct task *who,
                   struct opinion *ret_opinion)
{
	struct voice   *v = &en->voice[VOICE_SYSTEM];
	struct opinion *o = ret_opinion;
	struct subject  about = engine_subject(en, v, who);
	int             r;

	opinion_begin(en, who, true, o);
	about.standing = NULL;
	o->own = (struct found){ .rules = 0 };
	o->voice = VOICE_SYSTEM;
	o->loading = false;
	r = hear_rules(en, v, who, NULL, &o->found, o);
	if (r == 0)
		r = hear_leases(en, v, who, NULL, o);
	if (r < 0)
		return r;
	o->caps_in_doubt = ruleset_doubts_caps(v->rules, &about);
	settle(en, v, who, o);
	return 0;
}
