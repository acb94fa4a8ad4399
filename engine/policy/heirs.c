/* heirs.c -- which rule of a new generation is which of the one before it. */

#include "policy/heirs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policy/image.h"

struct named {
	uint64_t hash;
	uint32_t index;
};

static int by_hash(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static const struct image_rule *rule_of(const void *image, uint32_t i)
{
	return IMAGE_AT(image, IMAGE_RULES, image_rule, i);
}

static struct named *names_sorted(const void *image)
{
	uint32_t      n = image_count(image, IMAGE_RULES);
	struct named *all = calloc(n + (size_t)1, sizeof(*all));

	for (uint32_t i = 0; all != NULL && i < n; i++) {
		const struct image_rule *r = rule_of(image, i);

		all[i].hash = text_sum(image_text_of(image, r->name),
		                       r->name.bytes) * 8 + r->layer;
		all[i].index = i;
	}
	if (all != NULL)
		qsort(all, n, sizeof(*all), by_hash);
	return all;
}

static bool is_same(const void *old_image, uint32_t old, const void *new_image,
                    uint32_t new)
{
	const struct image_rule *a = rule_of(old_image, old);
	const struct image_rule *b = rule_of(new_image, new);

	return a->layer == b->layer && a->is_handler == b->is_handler &&
	       a->name.bytes == b->name.bytes &&
	       strcmp(image_text_of(old_image, a->name),
	              image_text_of(new_image, b->name)) == 0;
}

static uint32_t *numbers_new(size_t n)
{
	uint32_t *all = calloc(n + 1, sizeof(*all));

	for (size_t i = 0; all != NULL && i < n; i++)
		all[i] = RULE_NONE;
	return all;
}

/* Both lists at once, in the order of their hashes. */
static void rules_pair(struct heirs *h, const void *old_image,
                       const struct named *old, const void *new_image,
                       const struct named *new)
{
	for (size_t i = 0, j = 0; i < h->old_rules && j < h->new_rules; ) {
		uint32_t a = old[i].index, b = new[j].index;

		if (old[i].hash != new[j].hash) {
			if (old[i].hash < new[j].hash)
				i++;
			else
				j++;
			continue;
		}
		if (is_same(old_image, a, new_image, b)) {
			h->rule[a] = b;
			h->before[b] = a;
		}
		i++;
		j++;
	}
}

static const char *tag_of(const void *image, uint32_t tag)
{
	return image_text_of(image, *IMAGE_AT(image, IMAGE_TAGS, image_text,
	                                      tag));
}

static void tags_pair(struct heirs *h, const void *old_image,
                      const void *new_image)
{
	uint32_t old = image_count(old_image, IMAGE_TAGS);
	uint32_t new = image_count(new_image, IMAGE_TAGS);

	for (uint32_t i = 0; i < TAGS_MAX; i++)
		h->tag[i] = TAGS_MAX;
	for (uint32_t i = 0; i < old; i++)
		for (uint32_t j = 0; j < new; j++)
			if (strcmp(tag_of(old_image, i),
			           tag_of(new_image, j)) == 0)
				h->tag[i] = j;
}

/* Two images, of which the same places are looked at. */
struct pair {
	struct heirs *h;
	const void   *old, *new;
};

static bool texts_same(const struct pair *p, struct image_text a,
                       struct image_text b)
{
	return a.bytes == b.bytes &&
	       memcmp(image_text_of(p->old, a), image_text_of(p->new, b),
	              a.bytes) == 0;
}

static bool alternatives_same(const struct pair *p, uint32_t a, uint32_t b)
{
	const struct image_alternative *x =
		IMAGE_AT(p->old, IMAGE_ALTERNATIVES, image_alternative, a);
	const struct image_alternative *y =
		IMAGE_AT(p->new, IMAGE_ALTERNATIVES, image_alternative, b);

	if (x->op != y->op || !texts_same(p, x->text, y->text))
		return false;
	if (x->op == OP_TAG)
		return p->h->tag[x->low] == (uint64_t)y->low;
	return x->low == y->low && x->high == y->high;
}

static bool conditions_same(const struct pair *p, uint32_t a, uint32_t b)
{
	const struct image_condition *x =
		IMAGE_AT(p->old, IMAGE_CONDITIONS, image_condition, a);
	const struct image_condition *y =
		IMAGE_AT(p->new, IMAGE_CONDITIONS, image_condition, b);
	bool same = x->kind == y->kind && x->fact == y->fact &&
	            texts_same(p, x->name, y->name) &&
	            x->alternatives.count == y->alternatives.count;

	for (uint32_t i = 0; same && i < x->alternatives.count; i++)
		same = alternatives_same(p, x->alternatives.first + i,
		                         y->alternatives.first + i);
	for (uint32_t i = 0; same && i < x->alternatives.count; i++)
		p->h->alternative[x->alternatives.first + i] =
			y->alternatives.first + i;
	return same;
}

/* A selector names only earlier ones, so this comes to an end. */
static bool selectors_pair(const struct pair *p, uint32_t a, uint32_t b)
{
	const struct image_selector *x, *y;
	bool                         same;

	if (a == IMAGE_NONE || b == IMAGE_NONE)
		return a == b;
	x = IMAGE_AT(p->old, IMAGE_SELECTORS, image_selector, a);
	y = IMAGE_AT(p->new, IMAGE_SELECTORS, image_selector, b);
	same = x->kind == y->kind && x->lasting_ns == y->lasting_ns &&
	       x->conditions.count == y->conditions.count &&
	       selectors_pair(p, x->of, y->of) &&
	       selectors_pair(p, x->under, y->under) &&
	       selectors_pair(p, x->parent, y->parent);
	for (uint32_t i = 0; same && i < x->conditions.count; i++)
		same = conditions_same(p, x->conditions.first + i,
		                       y->conditions.first + i);
	if (same)
		p->h->selector[a] = b;
	return same;
}

static void reaches_pair(struct heirs *h, const void *old_image,
                         const void *new_image)
{
	for (uint32_t i = 0; i < h->old_rules; i++) {
		uint32_t heir = h->rule[i];

		if (heir == RULE_NONE || rule_of(old_image, i)->to !=
		                         rule_of(new_image, heir)->to)
			continue;
		h->reach[i] = heir;
		h->reach_before[heir] = i;
	}
}

static void stands_pair(struct heirs *h, const void *old_image,
                        const void *new_image)
{
	const struct pair p = { h, old_image, new_image };

	for (uint32_t i = 0; i < h->old_rules; i++) {
		const struct image_rule *a = rule_of(old_image, i), *b;

		if (h->rule[i] == RULE_NONE)
			continue;
		b = rule_of(new_image, h->rule[i]);
		(void)selectors_pair(&p, a->match, b->match);
		(void)selectors_pair(&p, a->except, b->except);
		(void)selectors_pair(&p, a->when, b->when);
		(void)selectors_pair(&p, a->unless, b->unless);
	}
}

/* Of what is remembered of a selector or an alternative; RULE_NONE: nothing. */
static uint32_t heirs_stand(const struct heirs *h, enum standing_kind kind,
                            uint32_t old_number)
{
	if (kind == STANDING_SELECTOR)
		return old_number < h->selectors ? h->selector[old_number]
		                                 : RULE_NONE;
	return old_number < h->alternatives ? h->alternative[old_number]
	                                    : RULE_NONE;
}

static uint32_t stand_heir(void *heirs, enum standing_kind kind, uint32_t old)
{
	return heirs_stand(heirs, kind, old);
}

void heirs_standing(const struct heirs *h, const struct standing *from,
                    struct standing *to)
{
	standing_inherit(to, from, stand_heir, (void *)h);
}

int heirs_find(const void *old_image, const void *new_image,
               struct heirs *ret_heirs)
{
	struct heirs  h = { .old_rules = image_count(old_image, IMAGE_RULES),
	                    .new_rules = image_count(new_image, IMAGE_RULES) };
	struct named *old = names_sorted(old_image);
	struct named *new = names_sorted(new_image);

	h.rule = numbers_new(h.old_rules);
	h.before = numbers_new(h.new_rules);
	h.reach = numbers_new(h.old_rules);
	h.reach_before = numbers_new(h.new_rules);
	h.selectors = image_count(old_image, IMAGE_SELECTORS);
	h.alternatives = image_count(old_image, IMAGE_ALTERNATIVES);
	h.selector = numbers_new(h.selectors);
	h.alternative = numbers_new(h.alternatives);
	if (old == NULL || new == NULL || h.rule == NULL || h.before == NULL ||
	    h.reach == NULL || h.reach_before == NULL ||
	    h.selector == NULL || h.alternative == NULL) {
		heirs_clear(&h);
	} else {
		rules_pair(&h, old_image, old, new_image, new);
		reaches_pair(&h, old_image, new_image);
		tags_pair(&h, old_image, new_image);
		stands_pair(&h, old_image, new_image);
	}
	free(old);
	free(new);
	if (h.rule == NULL)
		return -ENOMEM;
	*ret_heirs = h;
	return 0;
}

void heirs_turn(struct heirs *h)
{
	struct heirs back = { .rule = h->before, .before = h->rule,
	                      .reach = h->reach_before,
	                      .reach_before = h->reach,
	                      .old_rules = h->new_rules,
	                      .new_rules = h->old_rules };

	for (uint32_t i = 0; i < TAGS_MAX; i++)
		back.tag[i] = TAGS_MAX;
	for (uint32_t i = 0; i < TAGS_MAX; i++)
		if (h->tag[i] < TAGS_MAX)
			back.tag[h->tag[i]] = i;
	/* What has lasted meanwhile is with those who turn back already. */
	free(h->selector);
	free(h->alternative);
	*h = back;
}

void heirs_clear(struct heirs *h)
{
	free(h->rule);
	free(h->before);
	free(h->reach);
	free(h->reach_before);
	free(h->selector);
	free(h->alternative);
	*h = (struct heirs){ .rule = NULL };
}

void heirs_tags(const struct heirs *h, struct tag_set *tags)
{
	struct tag_set after = { { 0 } };

	for (uint32_t word = 0; word < TAGS_MAX / 64; word++)
		for (uint64_t left = tags->bits[word]; left != 0;
		     left &= left - 1) {
			uint32_t bit = (uint32_t)ffsll((long long)left) - 1;
			uint32_t to = h->tag[word * 64 + bit];

			if (to < TAGS_MAX)
				after.bits[to / 64] |= UINT64_C(1) << to % 64;
		}
	*tags = after;
}

uint32_t heirs_rule(const struct heirs *h, uint32_t old_rule)
{
	return old_rule < h->old_rules ? h->rule[old_rule] : RULE_NONE;
}

uint32_t heirs_lease(const struct heirs *h, uint32_t old_rule)
{
	return old_rule < h->old_rules ? h->reach[old_rule] : RULE_NONE;
}

uint32_t heirs_before(const struct heirs *h, uint32_t new_rule)
{
	return new_rule < h->new_rules ? h->before[new_rule] : RULE_NONE;
}
