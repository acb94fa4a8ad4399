/* finding.c -- the rules that hold for a task, now or at a moment. */

#include "policy/finding.h"

#include <errno.h>

#include "policy/tags.h"

/* One lookup under way. */
struct lookup {
	struct ruleset *rs;
	struct index   *ix;
	struct subject *who;
	struct found    found;
	size_t          caps, claims;
};

/* What drifts is read for nobody while the rule could not speak anyway.  That
 * the machine was looked at is noted, so its task is judged again in time. */
static bool is_idle(const struct lookup *l, uint32_t rule)
{
	return l->rs->when_first != NULL && l->rs->when_first[rule] &&
	       !ruleset_when(l->rs, rule, l->who);
}

static enum truth rule_truth(const struct lookup *l, uint32_t rule,
                             uint32_t known)
{
	const struct image_rule *r = rule_at(l->rs, rule);
	const void              *image = l->rs->image;
	enum truth               match, except = TRUTH_NO;

	if (is_idle(l, rule))
		return TRUTH_NO;
	match = match_truth(image, r->match, known, l->who);
	if (match != TRUTH_NO && r->except != IMAGE_NONE)
		except = match_truth(image, r->except, IMAGE_NONE, l->who);
	if (match == TRUTH_NO || except == TRUTH_YES)
		return TRUTH_NO;
	return except == TRUTH_NO ? match : TRUTH_UNSURE;
}

/* An except must surely not hold; that nobody knows is not enough. */
static bool rule_holds(const struct lookup *l, uint32_t rule, uint32_t known)
{
	return rule_truth(l, rule, known) == TRUTH_YES;
}

static bool has_cap(const struct lookup *l, uint32_t rule)
{
	return rule_at(l->rs, rule)->cap.count > 0;
}

/* Caps have room of their own, so that no number of claims drives them out. */
static bool has_room(struct lookup *l, uint32_t rule)
{
	if (has_cap(l, rule))
		return l->caps++ < CAPS_PER_TASK;
	return l->claims++ < CLAIMS_PER_TASK;
}

/* Of those that share a room with the rule, the one that wins least. */
static uint32_t *weakest(struct lookup *l, uint32_t rule)
{
	uint32_t *least = NULL;

	for (size_t i = 0; i < l->found.rules; i++) {
		uint32_t *r = &l->found.rule[i];

		if (has_cap(l, *r) == has_cap(l, rule) &&
		    (least == NULL || l->rs->rank[*r] < l->rs->rank[*least]))
			least = r;
	}
	return least;
}

static bool excepts_threads(const struct ruleset *rs,
                            const struct image_rule *r)
{
	return r->except != IMAGE_NONE &&
	       IMAGE_AT(rs->image, IMAGE_SELECTORS, image_selector,
	                r->except)->kind == SELECT_THREAD;
}

/* Where there is no room the weakest is left out. */
static void rule_take(struct lookup *l, uint32_t rule)
{
	uint32_t *least;

	if (excepts_threads(l->rs, rule_at(l->rs, rule)))
		l->found.thread_rules = true;
	if (has_room(l, rule)) {
		l->found.rule[l->found.rules++] = rule;
		return;
	}
	l->found.dropped++;
	least = weakest(l, rule);
	if (least != NULL && l->rs->rank[*least] < l->rs->rank[rule])
		*least = rule;
}

/* A tag holds whether or not there is room for the rule. */
static void tag_take(struct lookup *l, uint32_t tag)
{
	if (tag == IMAGE_NONE || tags_have(&l->found.tags, tag))
		return;
	tags_add(&l->found.tags, tag);
	index_probe_tag(l->ix, tag, l->who, &l->rs->places);
}

/* What a tree is tagged with is there before any rule is looked at.  Asked of
 * each ancestor itself, as one that was born and left may never have been
 * judged, and what one gives no more nobody has from it. */
static void tree_tags_take(struct lookup *l)
{
	const struct task *up = l->who->task;
	struct tag_set     all = { { 0 } };

	if (!l->rs->needs.trees || task_id_is_thread(up->id))
		return;
	up = table_parent(l->who->table, up);
	for (int i = 0; i < LINEAGE_MAX && up != NULL; i++) {
		const struct tag_set *given = task_tree_tags(up, l->who->voice);

		for (int part = 0; part < TAGS_MAX / 64; part++)
			all.bits[part] |= given->bits[part];
		up = table_parent(l->who->table, up);
	}
	for (uint32_t t = 0; t < image_count(l->rs->image, IMAGE_TAGS); t++)
		if (tags_have(&all, t))
			tag_take(l, t);
}

static void rule_tag_take(struct lookup *l, const struct image_rule *r)
{
	tag_take(l, r->tag);
	if (r->tag != IMAGE_NONE && r->to == TARGET_TREE)
		tags_add(&l->found.tree_tags, r->tag);
}

/* What hangs on a tag stands further on than what gives it. */
static void places_scan(struct lookup *l)
{
	struct ruleset *rs = l->rs;
	uint32_t        place;

	while ((place = places_take(&rs->places)) != PLACE_NONE) {
		uint32_t rule = rs->order[place];

		if (l->who->steps > MATCH_STEPS_MAX) {
			l->found.dropped++;
		} else if (rule_holds(l, rule, index_anchor(l->ix, place))) {
			rule_tag_take(l, rule_at(rs, rule));
			rule_take(l, rule);
		}
	}
}

/* The process has all its tags by now. */
static void tags_probe(struct lookup *l, const struct index *ix)
{
	for (uint32_t t = 0; t < image_count(l->rs->image, IMAGE_TAGS); t++)
		if (tags_have(&l->found.tags, t))
			index_probe_tag(ix, t, l->who, &l->rs->places);
}

/* Whether some rule may select a thread of the process. */
static bool threads_matter(struct lookup *l)
{
	struct ruleset     *rs = l->rs;
	const struct index *ix = rs->processes_of_threads;
	bool                some = rs->any_thread || l->found.thread_rules;
	uint32_t            place;

	if (ix == NULL || some)
		return some;
	index_probe(ix, l->who, &rs->places);
	tags_probe(l, ix);
	while ((place = places_take(&rs->places)) != PLACE_NONE)
		/* Taken out even when it is settled: the set must end empty. */
		if (!some && !is_idle(l, rs->order[place]))
			some = match_truth(rs->image, match_at(rs, place)->of,
			                   index_anchor(ix, place),
			                   l->who) == TRUTH_YES;
	return some;
}

/* What was noted belongs to an earlier lookup. */
static void subject_begin(const struct ruleset *rs, struct subject *who)
{
	who->read = who->host_read = who->steps = who->again_ns = 0;
	who->given_up = 0;
	who->pending = who->gone = false;
	who->regexes = rs->regexes;
}

/* What held at the last look and was not asked for in this one may hold no
 * longer; looking is what breaks it. */
static void standings_settle(struct lookup *l)
{
	struct standing *st = l->who->standing;
	uint32_t         selector;

	while (st != NULL && standing_unasked(st, l->who->task, &selector))
		match_truth(l->rs->image, selector, IMAGE_NONE, l->who);
}

static void lookup_end(struct lookup *l, struct found *ret_found)
{
	l->found.reads = l->who->read;
	l->found.host_reads = l->who->host_read;
	l->found.pending = l->who->pending;
	l->found.again_ns = l->who->again_ns;
	l->found.given_up = l->who->given_up;
	*ret_found = l->found;
}

int ruleset_lookup(struct ruleset *rs, struct subject *who,
                   struct found *ret_found)
{
	bool          thread = task_id_is_thread(who->task->id);
	struct lookup l = { .rs = rs, .who = who };

	l.ix = thread ? rs->threads : rs->processes;
	subject_begin(rs, who);
	if (who->standing != NULL)
		standing_begin(who->standing);
	who->tags = &l.found.tags;
	if (l.ix != NULL) {
		tree_tags_take(&l);
		index_probe(l.ix, who, &rs->places);
		places_scan(&l);
	}
	if (!thread)
		l.found.thread_rules = threads_matter(&l);
	standings_settle(&l);
	/* Lent for the lookup only: they live on this stack. */
	who->tags = NULL;
	if (who->gone)
		return -ESRCH;
	lookup_end(&l, ret_found);
	return 0;
}

static bool selects_kind(const struct ruleset *rs, const struct image_rule *r,
                         enum select kind)
{
	return IMAGE_AT(rs->image, IMAGE_SELECTORS, image_selector,
	                r->match)->kind == kind;
}

/* Of who is gone already is known what was read before, and no more. */
int ruleset_set_off(struct ruleset *rs, enum moment m, struct subject *who,
                    struct found *ret_found)
{
	bool            thread = task_id_is_thread(who->task->id);
	struct lookup   l = { .rs = rs, .who = who,
	                      .found.tags = *task_tags(who->task,
	                                           who->voice) };
	const uint32_t *rule;
	size_t          n = moments_rules(rs->moments, m, &rule);

	subject_begin(rs, who);
	for (size_t i = 0; i < n; i++) {
		const struct image_rule *r = rule_at(rs, rule[i]);

		if (!selects_kind(rs, r, thread ? SELECT_THREAD
		                                : SELECT_PROCESS))
			continue;
		if (who->steps > MATCH_STEPS_MAX)
			l.found.dropped++;
		else if (rule_holds(&l, rule[i], IMAGE_NONE))
			rule_take(&l, rule[i]);
	}
	if (who->gone && m != MOMENT_EXIT)
		return -ESRCH;
	lookup_end(&l, ret_found);
	return 0;
}

bool ruleset_selects(struct ruleset *rs, uint32_t rule, struct subject *who)
{
	const struct image_rule *r = rule_at(rs, rule);
	struct lookup            l = { .rs = rs, .who = who };

	subject_begin(rs, who);
	return r->match != IMAGE_NONE &&
	       selects_kind(rs, r, task_id_is_thread(who->task->id)
	                           ? SELECT_THREAD : SELECT_PROCESS) &&
	       rule_holds(&l, rule, IMAGE_NONE);
}

bool ruleset_doubts_caps(struct ruleset *rs, struct subject *who)
{
	struct lookup l = { .rs = rs, .who = who };
	bool          doubt = false;

	subject_begin(rs, who);
	for (uint32_t i = 0; i < rs->count && !doubt; i++) {
		const struct image_rule *r = rule_at(rs, i);

		if (r->cap.count == 0 || r->moment != MOMENT_NONE ||
		    image_is_masked(rs->image, r) ||
		    !selects_kind(rs, r, SELECT_PROCESS))
			continue;
		doubt = who->steps > MATCH_STEPS_MAX ||
		        rule_truth(&l, i, IMAGE_NONE) == TRUTH_UNSURE;
	}
	return doubt;
}

size_t ruleset_handlers(const struct ruleset *rs, enum moment m,
                        const uint32_t **ret_rules)
{
	return moments_handlers(rs->moments, m, ret_rules);
}

/* The lookup was about the process, so it could not ask this. */
bool ruleset_excepts(const struct ruleset *rs, uint32_t rule,
                     struct subject *thread)
{
	const struct image_rule *r = rule_at(rs, rule);

	thread->regexes = rs->regexes;
	return excepts_threads(rs, r) &&
	       match_truth(rs->image, r->except, IMAGE_NONE,
	                   thread) != TRUTH_NO;
}

/* What nobody knows of the machine silences the rule, in an except too. */
bool ruleset_when(const struct ruleset *rs, uint32_t rule,
                  struct subject *who)
{
	const struct image_rule *r = rule_at(rs, rule);

	return (r->when == IMAGE_NONE ||
	        match_host(rs->image, r->when, who) == TRUTH_YES) &&
	       (r->unless == IMAGE_NONE ||
	        match_host(rs->image, r->unless, who) == TRUTH_NO);
}

/* All of them, whoever asks for one later. */
void ruleset_host(const struct ruleset *rs, struct subject *machine)
{
	for (uint32_t i = 0; i < rs->host_count; i++)
		match_host(rs->image, rs->host[i], machine);
}
