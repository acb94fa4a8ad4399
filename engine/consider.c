/* consider.c -- what all rules together say of one task.
 *
 * Looking turns nothing, so 'explain' asks here too.
 */

#include <errno.h>

#include "cause.h"
#include "handle.h"
#include "judge.h"
#include "policy/rank.h"

#define QUESTION_BYTES (ARGS_KEEP * 2 + PATH_KEEP * 4 + 1024)

/* Whether a rule that holds has something to say. */
enum voice { VOICE_SILENT, VOICE_NOT_YET, VOICE_SPEAKS };

/* While a rule is asked again its old answer stands: what it won before. */
static enum voice old_voice(const struct task *who, uint32_t rule,
                            struct want *ret_want)
{
	ret_want->has = 0;
	for (uint64_t left = who->settled ? who->in_force.has : 0; left != 0;) {
		enum setting s = setting_take(&left);

		if (who->won[s] == rule)
			want_set(ret_want, s, who->in_force.value[s]);
	}
	return ret_want->has != 0 ? VOICE_SPEAKS : VOICE_NOT_YET;
}

static bool put_question(struct engine *en, struct subject *about,
                         const void *question, size_t bytes, struct opinion *o)
{
	uint64_t    now_ns = en->os->sensor.now_ns(en->os->sensor.self);
	size_t      key_bytes;
	const void *key = question_key(question, bytes, &key_bytes);
	int         r = worker_ask(en->worker, question, bytes, now_ns);

	en->turned_away |= r == -ENOBUFS;
	if (r < 0 && r != -EALREADY)
		return false;           /* switched off, or no room yet       */
	en->counts.asked += r == 0;
	o->open++;
	return askers_add(en->askers, key, key_bytes, about->task->id) == 0;
}

/* What a function wants: from memory, or asked for; while it is asked for, the
 * old answer.  What is switched off is silent, whatever it once said. */
static enum voice function_wants(struct engine *en, struct subject *about,
                                 uint32_t rule, struct opinion *o,
                                 struct want *ret_want)
{
	char                 small[QUESTION_BYTES];
	void                *question = small;
	size_t               key_bytes, room = sizeof small;
	struct state_bytes   states[STATES_PER_FILE];
	struct inquiry       q = { .rule = rule,
	                           .generation = ruleset_generation(en->rules),
	                           .what = memo_reads(en->memo, rule),
	                           .states = states };
	const struct answer *known;
	const void          *key;
	int64_t              n;

	if (!worker_asks(en->worker, rule))
		return VOICE_SILENT;
	o->host_reads |= q.what.host;
	o->drift_reads |= q.what.task & facts_that_drift();
	if (q.what.state != 0) {
		states_of_rule(en->states, en->rules, rule, states);
		question = handle_room(en, &room);
	}
	q.id = ++en->question_id;
	n = question_write(&q, about, question, room);
	if (n < 0) {
		o->pending |= n == -EINPROGRESS;
		return n == -EINPROGRESS ? old_voice(about->task, rule,
		                                     ret_want)
		                         : VOICE_SILENT;
	}
	key = question_key(question, (size_t)n, &key_bytes);
	known = memo_find(en->memo, key, key_bytes);
	if (known != NULL) {
		*ret_want = known->want;
		return known->outcome == OUTCOME_WANT ? VOICE_SPEAKS
		                                      : VOICE_SILENT;
	}
	return put_question(en, about, question, (size_t)n, o) ?
	       old_voice(about->task, rule, ret_want) : VOICE_SILENT;
}

static void add_ceiling(struct engine *en, uint32_t rule, struct opinion *o)
{
	struct ceiling *c = &o->ceiling[o->ceilings];

	if (o->ceilings == CAPS_PER_TASK) {
		en->counts.claims_dropped++;
		return;
	}
	if (!ruleset_cap(en->rules, rule, &c->cap))
		return;
	c->rule = rule;
	c->layer = ruleset_rule(en->rules, rule)->layer;
	o->ceilings++;
}

static void add_claim(struct engine *en, uint32_t rule, uint64_t rank,
                      const struct want *want, struct opinion *o)
{
	struct claim *c = &o->claim[o->claims];

	if (want->has == 0)
		return;
	if (o->claims == CLAIMS_PER_TASK) {
		en->counts.claims_dropped++;
		return;
	}
	*c = (struct claim){ .rule = rule, .rank = rank, .want = *want };
	o->claims++;
}

static enum voice rule_wants(struct engine *en, struct subject *about,
                             uint32_t rule, struct opinion *o,
                             struct want *ret_want)
{
	if (ruleset_rule(en->rules, rule)->is_function)
		return function_wants(en, about, rule, o, ret_want);
	ruleset_want(en->rules, rule, ret_want);
	return VOICE_SPEAKS;
}

/* A rule that holds for the task.  Of a process that is looked at for the sake
 * of a thread, what that causes was seen to when it was judged itself. */
static void hear_rule(struct engine *en, struct subject *about, uint32_t rule,
                      bool of_thread, struct opinion *o)
{
	bool        elsewhere;
	struct want want;
	enum voice  voice = rule_wants(en, about, rule, o, &want);

	elsewhere = ruleset_rule(en->rules, rule)->to == TARGET_PARENT;
	if (!of_thread && voice != VOICE_SILENT)
		cause_holds(en, about->task, rule,
		            voice == VOICE_SPEAKS ? &want : NULL);
	if (elsewhere)
		return;
	add_ceiling(en, rule, o);
	if (voice == VOICE_SPEAKS)
		add_claim(en, rule, ruleset_rank(en->rules, rule), &want, o);
}

/* A rule about processes may except single threads of theirs. */
static bool excepts_thread(const struct engine *en, uint32_t rule,
                           struct subject *thread)
{
	return thread != NULL && ruleset_excepts(en->rules, rule, thread);
}

/* Someone to whom leases are told. */
struct reached {
	struct engine  *en;
	struct subject *thread;
	struct opinion *o;
};

static void hear_lease(void *ctx, const struct lease *l, bool inherited)
{
	struct reached *to = ctx;
	uint64_t        rank = ruleset_rank(to->en->rules, l->rule);

	if (excepts_thread(to->en, l->rule, to->thread))
		return;
	add_ceiling(to->en, l->rule, to->o);
	add_claim(to->en, l->rule, inherited ? rank_inherited(rank) : rank,
	          &l->want, to->o);
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

/* All rules that select this very task, and what reaches it from elsewhere.
 * thread: it is judged for the sake of one of its threads. */
static int hear_rules(struct engine *en, struct task *who,
                      struct subject *thread, struct found *f,
                      struct opinion *o)
{
	struct subject about = engine_subject(en, who);
	struct reached to = { en, thread, o };
	int            r = ruleset_lookup(en->rules, &about, f);

	if (r < 0)
		return r;
	engine_tag(en, who, &f->tags);
	who->tree_tags = f->tree_tags;
	if (thread == NULL)
		cause_begin(en, who);
	for (size_t i = 0; i < f->rules; i++) {
		bool excepted = excepts_thread(en, f->rule[i], thread);

		o->apart |= excepted;
		if (!excepted && ruleset_when(en->rules, f->rule[i], &about))
			hear_rule(en, &about, f->rule[i], thread != NULL, o);
	}
	if (thread == NULL)
		cause_end(en, who);
	note_found(en, f, &about, o);
	return cause_each(en, who, hear_lease, &to);
}

static int hear_process(struct engine *en, struct task *thread,
                        struct opinion *o)
{
	struct subject about = engine_subject(en, thread);
	struct found   of_process;
	int            r = hear_rules(en, table_process_of(en->table, thread),
	                              &about, &of_process, o);

	/* What an except looked at of the thread itself. */
	o->drift_reads |= about.read & facts_that_drift();
	o->pending |= about.pending;
	sooner(o, about.again_ns);
	return r;
}

static bool tags_differ(const struct tag_set *a, const struct tag_set *b)
{
	for (int i = 0; i < TAGS_MAX / 64; i++)
		if (a->bits[i] != b->bits[i])
			return true;
	return false;
}

int engine_consider(struct engine *en, struct task *who,
                    struct opinion *ret_opinion)
{
	struct opinion *o = ret_opinion;
	struct tag_set  before = who->tags, tree = who->tree_tags;
	int             r;

	o->claims = o->ceilings = o->open = 0;
	o->host_reads = o->drift_reads = o->again_ns = 0;
	o->pending = o->apart = false;
	r = hear_rules(en, who, NULL, &o->found, o);
	o->tags_changed = tags_differ(&before, &who->tags);
	o->tree_changed = tags_differ(&tree, &who->tree_tags);
	if (r == 0 && task_id_is_thread(who->id))
		r = hear_process(en, who, o);   /* its claims cover the thread */
	if (r < 0)
		return r;
	arbiter_settle(&en->intents, en->sets, o->claim, o->claims,
	               o->ceiling, o->ceilings, &o->verdict);
	return 0;
}
