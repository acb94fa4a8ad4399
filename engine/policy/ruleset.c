/* ruleset.c -- one generation of rules, compiled and indexed.
 *
 * A place is where a rule stands in the order of tag dependency.  Three indexes
 * lead to places: from a process to the rules that select it, from a thread to
 * those, and from a process to the rules that select threads of it.
 */

#include "policy/ruleset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/interned.h"
#include "policy/accept.h"
#include "policy/finding.h"
#include "policy/needs.h"
#include "policy/rank.h"
#include "policy/tags.h"

/* Neither masked nor waiting for a moment: it is looked at
 * whenever a task is. */
static bool is_standing(const struct ruleset *rs, const struct image_rule *r)
{
	return r->moment == MOMENT_NONE && !image_is_masked(rs->image, r);
}

/* What each place hangs on in the index of one kind of task. */
static void matches_list(const struct ruleset *rs, enum select kind,
                         uint32_t *ret_selectors)
{
	for (uint32_t i = 0; i < rs->count; i++) {
		const struct image_rule *r = rule_at(rs, rs->order[i]);
		bool fits = is_standing(rs, r) && match_at(rs, i)->kind == kind;

		ret_selectors[i] = fits ? r->match : IMAGE_NONE;
	}
}

/* Rules about processes have none, so their places stay empty. */
static void ofs_list(const struct ruleset *rs, uint32_t *ret_selectors)
{
	for (uint32_t i = 0; i < rs->count; i++)
		ret_selectors[i] = is_standing(rs, rule_at(rs, rs->order[i]))
		                   ? match_at(rs, i)->of : IMAGE_NONE;
}

/* Without rules about threads, looking at one finds nothing at no cost. */
static int indexes_make(struct ruleset *rs)
{
	uint32_t *selectors = calloc(rs->count + (size_t)1, sizeof(*selectors));
	int       r;

	if (selectors == NULL)
		return -ENOMEM;
	matches_list(rs, SELECT_PROCESS, selectors);
	r = index_new(rs->image, selectors, rs->count, &rs->processes);
	if (r == 0 && rs->needs.threads) {
		matches_list(rs, SELECT_THREAD, selectors);
		r = index_new(rs->image, selectors, rs->count, &rs->threads);
	}
	if (r == 0 && rs->needs.threads) {
		ofs_list(rs, selectors);
		r = index_new(rs->image, selectors, rs->count,
		              &rs->processes_of_threads);
	}
	free(selectors);
	return r;
}

/* A checked image has an order; only memory can be lacking. */
static int order_make(struct ruleset *rs)
{
	char why[1];

	rs->order = calloc(rs->count + (size_t)1, sizeof(*rs->order));
	rs->rank = calloc(rs->count + (size_t)1, sizeof(*rs->rank));
	if (rs->order == NULL || rs->rank == NULL)
		return -ENOMEM;
	return tags_order(rs->image, rs->order, why, sizeof(why));
}

/* Whether asking for 'when' first may spare reading what drifts.  A tag holds
 * whatever 'when' says. */
static bool asks_when_first(const struct needs *needs,
                            const struct image_rule *r)
{
	return r->tag == IMAGE_NONE && r->match != IMAGE_NONE &&
	       (r->when != IMAGE_NONE || r->unless != IMAGE_NONE) &&
	       needs_drift(needs, r->match);
}

static int when_first_make(struct ruleset *rs, const struct needs *needs)
{
	for (uint32_t i = 0; i < rs->count; i++) {
		if (!asks_when_first(needs, rule_at(rs, i)))
			continue;
		if (rs->when_first == NULL)
			rs->when_first = calloc(rs->count, 1);
		if (rs->when_first == NULL)
			return -ENOMEM;
		rs->when_first[i] = 1;
	}
	return 0;
}

/* Sees to what rules look at: what must be watched, and who ranks higher. */
static int needs_make(struct ruleset *rs)
{
	struct needs *needs = needs_new(rs->image);
	int           r;

	if (needs == NULL)
		return -ENOMEM;
	rs->needs = needs_of_all(needs);
	for (uint32_t i = 0; i < rs->count; i++) {
		const struct image_rule     *rule = rule_at(rs, i);
		const struct image_selector *match;

		rs->rank[i] = rank_of(rs->image, i,
		                      needs_drift(needs, rule->match));
		if (!is_standing(rs, rule))
			continue;
		match = IMAGE_AT(rs->image, IMAGE_SELECTORS, image_selector,
		                 rule->match);
		rs->any_thread |= match->kind == SELECT_THREAD &&
		                  match->of == IMAGE_NONE;
	}
	r = when_first_make(rs, needs);
	needs_free(needs);
	return r;
}

/* Each once, by its key; they have been tried before. */
static int regexes_make(struct ruleset *rs)
{
	char why[1];
	int  r = 0;

	for (uint32_t i = 0; r == 0 &&
	                     i < image_count(rs->image, IMAGE_ALTERNATIVES);
	     i++) {
		const struct image_alternative *a =
			IMAGE_AT(rs->image, IMAGE_ALTERNATIVES,
			         image_alternative, i);

		if (a->op != OP_REGEX)
			continue;
		if (rs->regexes == NULL)
			rs->regexes = regexes_new();
		r = rs->regexes == NULL ? -ENOMEM :
		    regexes_add(rs->regexes, a->text.at,
		                image_text_of(rs->image, a->text),
		                a->text.bytes, why, sizeof(why));
	}
	return r;
}

/* What was before counts: it must last, or is released late. */
static bool has_past(const struct ruleset *rs, const struct image_selector *s)
{
	bool past = s->lasting_ns != 0;

	for (uint32_t i = 0; i < s->conditions.count && !past; i++) {
		const struct image_condition *c =
			IMAGE_AT(rs->image, IMAGE_CONDITIONS, image_condition,
			         s->conditions.first + i);

		for (uint32_t n = 0; n < c->alternatives.count; n++)
			past |= match_swings(c, IMAGE_AT(rs->image,
			                                 IMAGE_ALTERNATIVES,
			                                 image_alternative,
			                                 c->alternatives.first
			                                 + n));
	}
	return past;
}

static int host_add(struct ruleset *rs, uint32_t selector)
{
	uint32_t *host = realloc(rs->host, (rs->host_count + (size_t)1) *
	                                   sizeof(*host));

	if (host == NULL)
		return -ENOMEM;
	rs->host = host;
	rs->host[rs->host_count++] = selector;
	return 0;
}

static int hosts_make(struct ruleset *rs)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 &&
	                     i < image_count(rs->image, IMAGE_SELECTORS); i++) {
		const struct image_selector *s =
			IMAGE_AT(rs->image, IMAGE_SELECTORS, image_selector, i);

		if (s->kind == SELECT_HOST && has_past(rs, s))
			r = host_add(rs, i);
	}
	return r;
}

static bool is_among(const char *const *names, uint32_t n, const char *name)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* A checked image names at most ENV_NAMES_MAX. */
static int env_make(struct ruleset *rs)
{
	uint32_t n = 0;

	rs->env = calloc(ENV_NAMES_MAX, sizeof(*rs->env));
	if (rs->env == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < image_count(rs->image, IMAGE_CONDITIONS);
	     i++) {
		const struct image_condition *c =
			IMAGE_AT(rs->image, IMAGE_CONDITIONS, image_condition,
			         i);
		const char *name = image_text_of(rs->image, c->name);

		if (c->kind == CONDITION_ENV && !is_among(rs->env, n, name))
			rs->env[n++] = name;
	}
	rs->env_count = n;
	return 0;
}

static int value_make(struct ruleset *rs, struct interned *sets, uint32_t i)
{
	const struct image_value *v =
		IMAGE_AT(rs->image, IMAGE_VALUES, image_value, i);

	return accept_value(v, image_text_of(rs->image, v->text), sets,
	                    &rs->value[i]) != NULL ? -ENOMEM : 0;
}

static int bound_make(struct ruleset *rs, struct interned *sets, uint32_t i)
{
	const struct image_bound *b =
		IMAGE_AT(rs->image, IMAGE_BOUNDS, image_bound, i);

	return accept_bound(b, image_text_of(rs->image, b->text), sets,
	                    &rs->bound[i]) != NULL ? -ENOMEM : 0;
}

static int pool_make(struct ruleset *rs, struct interned *sets, uint32_t i)
{
	const struct image_pool *p =
		IMAGE_AT(rs->image, IMAGE_POOLS, image_pool, i);

	rs->pool[i] = interned_read_names(sets, image_text_of(rs->image,
	                                                      p->name));
	return rs->pool[i] == -ENOMEM ? -ENOMEM : 0;
}

/* Values, bounds and pools as they are wanted: with the numbers of texts.  They
 * were checked before, so only memory can be lacking. */
int ruleset_intern(struct ruleset *rs, struct interned *sets, size_t n)
{
	uint32_t values = image_count(rs->image, IMAGE_VALUES);
	uint32_t bounds = values + image_count(rs->image, IMAGE_BOUNDS);
	uint32_t all = bounds + image_count(rs->image, IMAGE_POOLS);
	int      r = 0;

	for (; n > 0 && r == 0 && rs->interned < all; n--) {
		uint32_t i = rs->interned;

		r = i < values ? value_make(rs, sets, i) :
		    i < bounds ? bound_make(rs, sets, i - values)
		               : pool_make(rs, sets, i - bounds);
		if (r == 0)
			rs->interned++;
	}
	return r < 0 ? r : rs->interned < all;
}

static int values_make(struct ruleset *rs, struct interned *sets)
{
	rs->value = calloc(image_count(rs->image, IMAGE_VALUES) + (size_t)1,
	                   sizeof(*rs->value));
	rs->bound = calloc(image_count(rs->image, IMAGE_BOUNDS) + (size_t)1,
	                   sizeof(*rs->bound));
	rs->pool = calloc(image_count(rs->image, IMAGE_POOLS) + (size_t)1,
	                  sizeof(*rs->pool));
	if (rs->value == NULL || rs->bound == NULL || rs->pool == NULL)
		return -ENOMEM;
	return sets == NULL ? 0 : ruleset_intern(rs, sets, SIZE_MAX);
}

/* The indexes come last: only they need to know what the others found out. */
static int ruleset_fill(struct ruleset *rs, struct interned *sets)
{
	int r = order_make(rs);

	if (r == 0)
		r = needs_make(rs);
	if (r == 0)
		r = values_make(rs, sets);
	if (r == 0)
		r = moments_new(rs->image, &rs->moments);
	if (r == 0)
		r = regexes_make(rs);
	if (r == 0)
		r = hosts_make(rs);
	if (r == 0)
		r = env_make(rs);
	return r == 0 ? indexes_make(rs) : r;
}

int ruleset_new(const void *image, size_t bytes, uint32_t generation,
                struct interned *sets, struct ruleset **ret_rules)
{
	struct ruleset *rs = calloc(1, sizeof(*rs));
	int             r = -ENOMEM;

	if (rs == NULL)
		return r;
	rs->generation = generation;
	rs->image = malloc(bytes);
	if (rs->image != NULL) {
		memcpy(rs->image, image, bytes);
		rs->bytes = bytes;
		rs->count = image_count(image, IMAGE_RULES);
		r = ruleset_fill(rs, sets);
	}
	if (r < 0)
		ruleset_free(rs);
	else
		*ret_rules = rs;
	return r;
}

void ruleset_free(struct ruleset *rs)
{
	if (rs == NULL)
		return;
	index_free(rs->processes);
	index_free(rs->threads);
	index_free(rs->processes_of_threads);
	moments_free(rs->moments);
	regexes_free(rs->regexes);
	free(rs->when_first);
	free(rs->host);
	free(rs->env);
	free(rs->value);
	free(rs->bound);
	free(rs->pool);
	free(rs->order);
	free(rs->rank);
	free(rs->image);
	free(rs);
}

const void *ruleset_image(const struct ruleset *rs, size_t *ret_bytes)
{
	*ret_bytes = rs->bytes;
	return rs->image;
}

struct ruleset_needs ruleset_needs(const struct ruleset *rs)
{
	return rs->needs;
}

void ruleset_host_bounds(const struct ruleset *rs,
                         struct host_bounds bounds[HOST_COUNT])
{
	needs_host_bounds(rs->image, bounds);
}

size_t ruleset_env(const struct ruleset *rs, const char *const **ret_names)
{
	*ret_names = rs->env;
	return rs->env_count;
}

uint32_t ruleset_generation(const struct ruleset *rs)
{
	return rs->generation;
}

size_t ruleset_count(const struct ruleset *rs)
{
	return rs->count;
}

const struct image_rule *ruleset_rule(const struct ruleset *rs, uint32_t rule)
{
	return rule_at(rs, rule);
}

enum target ruleset_target(const struct ruleset *rs, uint32_t rule)
{
	return (enum target)rule_at(rs, rule)->to;
}

const struct image_terms *ruleset_terms(const struct ruleset *rs, uint32_t rule)
{
	return image_terms_of(rs->image, rule_at(rs, rule));
}

const char *ruleset_name(const struct ruleset *rs, uint32_t rule)
{
	return rule == RULE_NONE ? "-" :
	       image_text_of(rs->image, rule_at(rs, rule)->name);
}

const char *ruleset_file(const struct ruleset *rs, uint32_t rule)
{
	return rule == RULE_NONE ? "-" :
	       image_text_of(rs->image, rule_at(rs, rule)->file);
}

const char *ruleset_state(const struct ruleset *rs, uint32_t rule, uint32_t i)
{
	uint32_t first = ruleset_terms(rs, rule)->states.first;

	return image_text_of(rs->image, IMAGE_AT(rs->image, IMAGE_STATES,
	                                         image_state, first + i)->name);
}

/* The image has them as a sparse list; most rules want one or two things. */
static void values_of(const struct ruleset *rs, struct image_span span,
                      struct want *ret_want)
{
	ret_want->has = 0;
	for (uint32_t i = span.first; i < span.first + span.count; i++)
		want_set(ret_want,
		         (enum setting)IMAGE_AT(rs->image, IMAGE_VALUES,
		                                image_value, i)->setting,
		         rs->value[i]);
}

void ruleset_want(const struct ruleset *rs, uint32_t rule,
                  struct want *ret_want)
{
	values_of(rs, rule_at(rs, rule)->want, ret_want);
}

int ruleset_pool(const struct ruleset *rs, int64_t name, uint32_t *at,
                 struct pool_terms *ret_terms)
{
	for (uint32_t i; *at < image_count(rs->image, IMAGE_POOLS); ) {
		const struct image_pool *p;

		i = (*at)++;
		if (rs->pool[i] != name)
			continue;
		p = IMAGE_AT(rs->image, IMAGE_POOLS, image_pool, i);
		ret_terms->layer = p->layer;
		ret_terms->per = (enum pool_per)p->per;
		values_of(rs, p->values, &ret_terms->values);
		ret_terms->values.has &= setting_grouped();
		return 1;
	}
	return 0;
}

bool ruleset_cap(const struct ruleset *rs, uint32_t rule, struct cap *ret_cap)
{
	struct image_span span = rule_at(rs, rule)->cap;

	if (span.count == 0)
		return false;
	ret_cap->has = 0;
	for (uint32_t i = span.first; i < span.first + span.count; i++) {
		uint32_t s = IMAGE_AT(rs->image, IMAGE_BOUNDS, image_bound,
		                      i)->setting;

		ret_cap->has |= SETTING_BIT(s);
		ret_cap->bound[s] = rs->bound[i];
	}
	return true;
}

bool ruleset_is_of_threads(const struct ruleset *rs, uint32_t rule)
{
	uint32_t match = ruleset_rule(rs, rule)->match;

	return match != IMAGE_NONE &&
	       IMAGE_AT(rs->image, IMAGE_SELECTORS, image_selector,
	                match)->kind == SELECT_THREAD;
}

uint64_t ruleset_rank(const struct ruleset *rs, uint32_t rule)
{
	return rs->rank[rule];
}
