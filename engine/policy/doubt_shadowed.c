/* doubt_shadowed.c -- rules that are there twice, and rules of which another
 * one decides everything.
 *
 * Of 15,000 rules not each is compared with each.  Whatever matches whenever a
 * rule does has, on some fact that the rule asks for, a condition that fits the
 * rule's first alternative; by that it is found.
 */

#include "policy/doubting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/intent.h"
#include "policy/implies.h"
#include "policy/needs.h"
#include "policy/rank.h"

/* A rule under one of the keys that it is found by. */
struct entry {
	uint64_t key;
	uint32_t rule;
};

struct shadows {
	struct doubting *d;
	uint64_t        *rank;          /* of each rule                       */
	uint64_t        *knobs;         /* that it decides; 0: not known      */
	struct entry    *entry;         /* sorted by key                      */
	size_t           entries;
};

static uint64_t mix(uint64_t h, uint64_t with)
{
	h = (h ^ with) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t mix_text(uint64_t h, const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		h = mix(h, (unsigned char)text[i]);
	return mix(h, bytes);
}

static uint64_t condition_key(const struct image_condition *c)
{
	return mix(mix(mix(1, c->kind), c->fact), c->name.at);
}

/* What is equal has one key.  A glob's is what it begins with, if anything. */
static uint64_t alternative_key(const struct doubting *d,
                                const struct image_condition *c,
                                const struct image_alternative *a)
{
	const char *text = doubt_text(d, a->text);
	uint64_t    key = mix(condition_key(c), a->op);

	if (a->op == OP_TEXT)
		return mix_text(key, text, a->text.bytes);
	if (a->op == OP_GLOB)
		return mix(key, strchr("*?[\\", text[0]) != NULL
		                ? 0 : (unsigned char)text[0]);
	return mix(mix(key, (uint64_t)a->low), (uint64_t)a->high);
}

#define OP_BIT(op) (1u << (op))
/* What fits one of these is equal to it, or begins as it does. */
#define OPS_KEYED  (OP_BIT(OP_TEXT) | OP_BIT(OP_GLOB) | OP_BIT(OP_REGEX) | \
                    OP_BIT(OP_TAG) | OP_BIT(OP_PEOPLE))

static bool all_are(const struct doubting *d, const struct image_condition *c,
                    unsigned ops)
{
	for (uint32_t i = 0; i < c->alternatives.count; i++)
		if ((OP_BIT(doubt_alternative(d, c, i)->op) & ops) == 0)
			return false;
	return true;
}

/* The condition to be found by, and whether by each of its alternatives: exact
 * texts tell most, then tags. */
static const struct image_condition *
anchor_of_rule(const struct doubting *d, const struct image_selector *s,
               bool *ret_each)
{
	static const unsigned ops[] = { OP_BIT(OP_TEXT), OP_BIT(OP_TAG),
	                                OPS_KEYED };

	for (size_t o = 0; o < sizeof(ops) / sizeof(*ops); o++)
		for (uint32_t i = 0; i < s->conditions.count; i++)
			if (all_are(d, doubt_condition(d, s, i), ops[o])) {
				*ret_each = true;
				return doubt_condition(d, s, i);
			}
	*ret_each = false;
	return s->conditions.count > 0 ? doubt_condition(d, s, 0) : NULL;
}

static void entry_add(struct shadows *s, uint64_t key, uint32_t rule)
{
	if (s->entry != NULL)
		s->entry[s->entries] = (struct entry){ key, rule };
	s->entries++;
}

/* Counts only, while there is no room yet. */
static void entries_of(struct shadows *s, uint32_t rule)
{
	const struct doubting *d = s->d;
	bool                   each;
	const struct image_condition *c =
		anchor_of_rule(d, doubt_selector(d, doubt_rule(d, rule)->match),
		               &each);

	if (c == NULL)
		entry_add(s, 0, rule);
	else if (!each)
		entry_add(s, condition_key(c), rule);
	for (uint32_t i = 0; c != NULL && each && i < c->alternatives.count;
	     i++)
		entry_add(s, alternative_key(d, c, doubt_alternative(d, c, i)),
		          rule);
}

/* What the rule decides is known, and all that it does is decide. */
static uint64_t knobs_of(const struct doubting *d,
                         const struct intents *intents, uint32_t rule)
{
	const struct image_rule *r = doubt_rule(d, rule);
	struct want              w = { 0 };

	if (r->is_function || r->is_handler || r->moment != MOMENT_NONE ||
	    d->never[rule] || d->twice[rule] || !doubt_stands(d, rule))
		return 0;
	for (uint32_t i = 0; i < r->want.count; i++) {
		const struct image_value *v =
			IMAGE_AT(d->image, IMAGE_VALUES, image_value,
			         r->want.first + i);

		want_set(&w, (enum setting)v->setting, v->value);
	}
	intents_expand(intents, &w);
	return w.has;
}

static int entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* Of each rule that can shadow another one. */
static int entries_make(struct shadows *s)
{
	for (int pass = 0; pass < 2; pass++) {
		s->entries = 0;
		for (uint32_t i = 0; i < s->d->rules; i++)
			if (s->knobs[i] != 0)
				entries_of(s, i);
		if (pass == 0)
			s->entry = calloc(s->entries + 1, sizeof(*s->entry));
		if (s->entry == NULL)
			return -ENOMEM;
	}
	qsort(s->entry, s->entries, sizeof(*s->entry), entry_compare);
	return 0;
}

/* The first entry with that key, or the end. */
static size_t entry_find(const struct shadows *s, uint64_t key)
{
	size_t low = 0, high = s->entries;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->entry[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether all that the one decides is decided by the other, for as long, for
 * the same tasks and whatever the machine does. */
static bool shadows_it(struct shadows *s, uint32_t by, uint32_t rule)
{
	struct doubting         *d = s->d;
	const struct image_rule *a = doubt_rule(d, by);
	const struct image_rule *b = doubt_rule(d, rule);

	d->steps++;
	return by != rule && s->rank[by] > s->rank[rule] &&
	       (s->knobs[rule] & ~s->knobs[by]) == 0 && a->to == b->to &&
	       image_terms_of(d->image, a)->keep_ns >=
	       image_terms_of(d->image, b)->keep_ns &&
	       (a->unless == IMAGE_NONE ||
	        implies_both(d->image, a->unless, b->unless, &d->steps)) &&
	       (a->except == IMAGE_NONE ||
	        implies_both(d->image, a->except, b->except, &d->steps)) &&
	       implies(d->image, b->when, a->when, &d->steps) &&
	       implies(d->image, b->match, a->match, &d->steps);
}

/* Of all under that key, the first that does. */
static uint32_t shadow_under(struct shadows *s, uint64_t key, uint32_t rule)
{
	for (size_t i = entry_find(s, key);
	     i < s->entries && s->entry[i].key == key &&
	     s->d->steps <= DOUBT_STEPS_MAX; i++)
		if (shadows_it(s, s->entry[i].rule, rule))
			return s->entry[i].rule;
	return IMAGE_NONE;
}

/* A text may fit a glob that begins as it does, or with anything. */
static uint32_t shadow_by(struct shadows *s, const struct image_condition *c,
                          uint32_t rule)
{
	const struct image_alternative *a = doubt_alternative(s->d, c, 0);
	struct image_alternative        glob = *a, any = *a;
	uint32_t found = shadow_under(s, alternative_key(s->d, c, a), rule);

	if (found == IMAGE_NONE)
		found = shadow_under(s, condition_key(c), rule);
	if (a->op != OP_TEXT && a->op != OP_GLOB)
		return found;
	glob.op = any.op = OP_GLOB;
	any.text.at += any.text.bytes;  /* the end, which is no letter        */
	if (found == IMAGE_NONE && a->op == OP_TEXT)
		found = shadow_under(s, alternative_key(s->d, c, &glob), rule);
	if (found == IMAGE_NONE)
		found = shadow_under(s, alternative_key(s->d, c, &any), rule);
	return found;
}

static uint32_t shadow_of(struct shadows *s, uint32_t rule)
{
	const struct image_selector *m =
		doubt_selector(s->d, doubt_rule(s->d, rule)->match);
	uint32_t found = shadow_under(s, 0, rule);

	for (uint32_t i = 0; found == IMAGE_NONE && i < m->conditions.count;
	     i++)
		found = shadow_by(s, doubt_condition(s->d, m, i), rule);
	return found;
}

static void shadow_tell(struct shadows *s, uint32_t rule, uint32_t by)
{
	const struct image_rule *a = doubt_rule(s->d, by);
	const char *name = doubt_text(s->d, doubt_rule(s->d, rule)->name);

	doubt(s->d, rule, name, "rule '%s' never decides anything: rule '%s' "
	      "(%s:%u) matches whenever it does, wants the same settings and "
	      "wins, as %s", name, doubt_text(s->d, a->name),
	      doubt_text(s->d, a->file), a->line,
	      rank_why(s->rank[by], s->rank[rule]));
}

/* A rule with a cap or a tag does something besides. */
static void shadows_tell(struct shadows *s)
{
	for (uint32_t i = 0; i < s->d->rules; i++) {
		const struct image_rule *r = doubt_rule(s->d, i);
		uint32_t                 by;

		if (s->knobs[i] == 0 || r->cap.count > 0 ||
		    r->tag != IMAGE_NONE)
			continue;
		by = shadow_of(s, i);
		if (by != IMAGE_NONE)
			shadow_tell(s, i, by);
	}
}

static int shadows_fill(struct shadows *s)
{
	struct needs    *needs = needs_new(s->d->image);
	struct intents   intents;

	if (needs == NULL)
		return -ENOMEM;
	intents_default(&intents);
	for (uint32_t i = 0; i < s->d->rules; i++) {
		s->knobs[i] = knobs_of(s->d, &intents, i);
		s->rank[i] = rank_of(s->d->image, i, needs_drift(
			needs, doubt_rule(s->d, i)->match));
	}
	needs_free(needs);
	return entries_make(s);
}

int doubt_shadowed(struct doubting *d)
{
	struct shadows s = { .d = d };
	int            r = -ENOMEM;

	s.rank = calloc(d->rules + (size_t)1, sizeof(*s.rank));
	s.knobs = calloc(d->rules + (size_t)1, sizeof(*s.knobs));
	if (s.rank != NULL && s.knobs != NULL)
		r = shadows_fill(&s);
	if (r == 0)
		shadows_tell(&s);
	free(s.rank);
	free(s.knobs);
	free(s.entry);
	return r;
}

/* In whatever order its fields and lists were written. */
static uint64_t selector_hash(const struct doubting *d, uint32_t selector)
{
	const struct image_selector *s;
	uint64_t                     h;

	if (selector == IMAGE_NONE)
		return 7;
	s = doubt_selector(d, selector);
	h = mix(mix(3, s->kind), s->lasting_ns);
	for (uint32_t i = 0; i < s->conditions.count; i++) {
		const struct image_condition *c = doubt_condition(d, s, i);

		for (uint32_t n = 0; n < c->alternatives.count; n++)
			h += alternative_key(d, c, doubt_alternative(d, c, n));
	}
	h = mix(h, selector_hash(d, s->of));
	h = mix(h, selector_hash(d, s->under));
	return mix(h, selector_hash(d, s->parent));
}

static uint64_t rule_hash(const struct doubting *d, const struct image_rule *r)
{
	uint64_t h = mix(selector_hash(d, r->match),
	                 selector_hash(d, r->except));

	h = mix(mix(h, selector_hash(d, r->when)),
	        selector_hash(d, r->unless));
	return mix(mix(mix(h, r->want.first), r->cap.first), r->tag);
}

/* Equal wants are in an image once, and so are equal caps. */
static bool is_same_span(struct image_span a, struct image_span b)
{
	return a.count == b.count && (a.count == 0 || a.first == b.first);
}

static bool is_same_while(const struct image_terms *a,
                          const struct image_terms *b)
{
	return a->keep_ns == b->keep_ns && a->insist == b->insist &&
	       a->irreversible == b->irreversible;
}

static bool is_twice(struct doubting *d, uint32_t one, uint32_t other)
{
	const struct image_rule *a = doubt_rule(d, one);
	const struct image_rule *b = doubt_rule(d, other);

	return is_same_span(a->want, b->want) && is_same_span(a->cap, b->cap) &&
	       a->tag == b->tag && a->moment == b->moment && a->to == b->to &&
	       is_same_while(image_terms_of(d->image, a),
	                     image_terms_of(d->image, b)) &&
	       implies_both(d->image, a->match, b->match, &d->steps) &&
	       implies_both(d->image, a->except, b->except, &d->steps) &&
	       implies_both(d->image, a->when, b->when, &d->steps) &&
	       implies_both(d->image, a->unless, b->unless, &d->steps);
}

static void twice_tell(struct doubting *d, uint32_t first, uint32_t again)
{
	const struct image_rule *r = doubt_rule(d, first);
	const char *name = doubt_text(d, doubt_rule(d, again)->name);

	doubt(d, again, name, "rule '%s' says the same as rule '%s' (%s:%u)",
	      name, doubt_text(d, r->name), doubt_text(d, r->file), r->line);
	d->twice[first] = d->twice[again] = 1;
}

/* Functions cannot be compared.  Equal rules lie next to each other, and each
 * is compared with the first of them. */
int doubt_twice(struct doubting *d)
{
	struct entry *entry = calloc(d->rules + (size_t)1, sizeof(*entry));
	size_t        n = 0, first = 0;

	if (entry == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < d->rules; i++) {
		const struct image_rule *r = doubt_rule(d, i);

		if (!r->is_function && !d->never[i] && doubt_stands(d, i))
			entry[n++] = (struct entry){ rule_hash(d, r), i };
	}
	qsort(entry, n, sizeof(*entry), entry_compare);
	for (size_t i = 1; i < n; i++) {
		if (entry[i].key != entry[first].key)
			first = i;
		else if (is_twice(d, entry[first].rule, entry[i].rule))
			twice_tell(d, entry[first].rule, entry[i].rule);
	}
	free(entry);
	return 0;
}
