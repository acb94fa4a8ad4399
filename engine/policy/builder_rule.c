/* builder_rule.c -- a rule, its want and its cap on their way into an image. */

#include "policy/building.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "model/interned.h"

/* An image outlives whoever numbered the sets and names, so it has their
 * lists. */
static struct image_text list_text(struct builder *b,
                                   const struct interned *sets, int64_t id)
{
	const char *list = interned_text(sets, id);

	return building_text(b, list, strlen(list));
}

/* Thousands of rules want one of a handful of things: each is kept once. */
static struct image_span span_share(struct builder *b, enum image_part part,
                                    const void *items, uint32_t n)
{
	int64_t first = n == 0 ? 0 : part_share(&b->part[part], items, n);

	building_fail(b, first);
	return (struct image_span){ first < 0 ? 0 : (uint32_t)first, n };
}

/* In the order of settings, so that equal wants are equal bytes. */
static struct image_span building_want(struct builder *b,
                                       const struct want *want,
                                       const struct interned *sets)
{
	struct image_value values[SETTING_COUNT];
	uint32_t           n = 0;

	for (uint64_t left = want == NULL ? 0 : want->has; left != 0;) {
		enum setting s = setting_take(&left);
		int64_t      value = want->value[s];

		values[n] = (struct image_value){ .setting = (uint32_t)s };
		if (setting_is_interned(s) && value != VALUE_UNTOUCHED)
			values[n].text = list_text(b, sets, value);
		else
			values[n].value = value;
		n++;
	}
	return span_share(b, IMAGE_VALUES, values, n);
}

/* Brings both ends inward to values that the setting has. */
static void range_tidy(enum setting s, struct image_bound *bound)
{
	const struct setting_row *row = &setting_rows[s];

	if (bound->low < row->low)
		bound->low = row->low;
	if (bound->high > row->high)
		bound->high = row->high;
	while (bound->low < bound->high && !setting_valid(s, bound->low))
		bound->low++;
	while (bound->low < bound->high && !setting_valid(s, bound->high))
		bound->high--;
}

/* Only what the type of the setting makes use of is written; the rest stays
 * zero. */
static struct image_bound bound_of(struct builder *b, enum setting s,
                                   const struct bound *from,
                                   const struct interned *sets)
{
	struct image_bound bound = { .setting = (uint32_t)s };

	switch (setting_rows[s].type) {
	case SETTING_TYPE_SCHED:
	case SETTING_TYPE_WORD:
	case SETTING_TYPE_REALTIME:
		bound.allowed = from->allowed;
		break;
	case SETTING_TYPE_NAME:
		bound.allowed = from->allowed;
		if (from->allowed != 0)
			bound.text = list_text(b, sets, from->low);
		break;
	case SETTING_TYPE_CPUS:
		bound.text = list_text(b, sets, from->low);
		break;
	default:
		bound.low = from->low;
		bound.high = from->high;
		range_tidy(s, &bound);
	}
	return bound;
}

/* Whether any set or name is within it. */
static bool is_open(enum setting s, const struct bound *bound)
{
	return setting_is_interned(s) && bound->low == INTERNED_ANY &&
	       (setting_rows[s].type == SETTING_TYPE_CPUS ||
	        bound->allowed != 0);
}

/* A cap that bounds nothing is not written. */
static struct image_span cap_add(struct builder *b, const struct cap *cap,
                                 const struct interned *sets)
{
	struct image_bound bounds[SETTING_COUNT];
	uint32_t           n = 0;

	for (uint64_t left = cap == NULL ? 0 : cap->has; left != 0;) {
		enum setting        s = setting_take(&left);
		const struct bound *from = &cap->bound[s];

		if (!is_open(s, from))
			bounds[n++] = bound_of(b, s, from, sets);
	}
	return span_share(b, IMAGE_BOUNDS, bounds, n);
}

struct builder_rule builder_rule_empty(void)
{
	return (struct builder_rule){
		.match = IMAGE_NONE, .except = IMAGE_NONE,
		.when = IMAGE_NONE, .unless = IMAGE_NONE,
		.level = IMAGE_NONE,
	};
}

/* All but what lies elsewhere in the image. */
static struct image_rule rule_plain(const struct builder_rule *r)
{
	return (struct image_rule){
		.line = r->line, .priority = r->priority,
		.match = r->match, .except = r->except, .when = r->when,
		.unless = r->unless, .tag = IMAGE_NONE,
		.layer = (uint8_t)r->layer, .is_function = r->is_function,
		.is_handler = r->is_handler, .moment = (uint8_t)r->moment,
		.to = (uint8_t)r->to,
	};
}

/* The states of the file, if those added last are its own. */
static struct image_span states_of(const struct builder *b,
                                   struct image_text file)
{
	const struct image_state *s = (void *)b->part[IMAGE_STATES].items;
	size_t                    n = b->part[IMAGE_STATES].count, first = n;

	while (first > 0 && s[first - 1].file.at == file.at)
		first--;
	if (first == n)
		return (struct image_span){ 0, 0 };
	return (struct image_span){ (uint32_t)first, (uint32_t)(n - first) };
}

static struct image_terms terms_of(const struct builder *b,
                                   const struct builder_rule *r,
                                   struct image_text file)
{
	return (struct image_terms){
		.keep_ns = r->keep_ns, .every_ns = r->every_ns,
		.level = r->is_handler ? r->level : IMAGE_NONE,
		.irreversible = r->irreversible, .insist = r->insist,
		.states = states_of(b, file), .knows = r->knows,
	};
}

uint32_t building_terms(struct builder *b, const struct image_terms *t)
{
	int64_t n = part_share(&b->part[IMAGE_TERMS], t, 1);

	building_fail(b, n);
	return n < 0 ? 0 : (uint32_t)n;
}

int64_t builder_rule(struct builder *b, const struct builder_rule *r,
                     const struct interned *sets)
{
	struct image_rule  rule = rule_plain(r);
	struct image_terms terms;
	int64_t            n;

	if (b->part[IMAGE_RULES].count == RULES_MAX)
		return -E2BIG;
	/* Before anything is added: a rule that is refused leaves no trace. */
	if (r->tag != NULL) {
		n = building_tag(b, r->tag);
		if (n < 0)
			return n;
		rule.tag = (uint32_t)n;
	}
	rule.name = building_text(b, r->name, strlen(r->name));
	rule.file = building_text(b, r->file, strlen(r->file));
	rule.want = building_want(b, r->want, sets);
	rule.cap = cap_add(b, r->cap, sets);
	terms = terms_of(b, r, rule.file);
	rule.terms = building_terms(b, &terms);
	n = part_add(&b->part[IMAGE_RULES], &rule, 1);
	building_fail(b, n);
	return n;
}

int builder_pool(struct builder *b, const struct builder_pool *p,
                 const struct interned *sets)
{
	struct image_pool pool = { .line = p->line, .layer = p->layer,
	                           .per = p->per };

	if (b->part[IMAGE_POOLS].count == POOLS_MAX)
		return -E2BIG;
	pool.name = building_text(b, p->name, strlen(p->name));
	pool.file = building_text(b, p->file, strlen(p->file));
	pool.values = building_want(b, p->want, sets);
	building_fail(b, part_add(&b->part[IMAGE_POOLS], &pool, 1));
	return 0;
}

int builder_state(struct builder *b, const char *name, const char *file)
{
	struct image_state state;
	struct image_span  had;

	state.name = building_text(b, name, strlen(name));
	state.file = building_text(b, file, strlen(file));
	had = states_of(b, state.file);
	if (had.count == STATES_PER_FILE)
		return -E2BIG;
	building_fail(b, part_add(&b->part[IMAGE_STATES], &state, 1));
	return (int)had.count;
}

void builder_mask(struct builder *b, const char *name, enum layer layer,
                  const char *place)
{
	struct mask mask = { .layer = layer };

	mask.name = building_text(b, name, strlen(name));
	mask.place = building_text(b, place, strlen(place));
	building_fail(b, part_add(&b->masks, &mask, 1));
}
