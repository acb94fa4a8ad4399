/* tags.c -- the order that tags ask of rules, and the circle that has none.
 *
 * Every tag has a level: one above the highest that any rule giving it reads.
 * A rule stands above the tags it reads, so all rules sorted by level, and by
 * definition within one, are in order.
 */

#include "policy/tags.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct levels {
	const void    *image;
	uint32_t       tags;
	struct tag_set needs[TAGS_MAX]; /* what the givers of each tag read   */
	uint32_t       level[TAGS_MAX];
	struct tag_set known;           /* those that have a level            */
};

static const struct image_rule *rule_at(const void *image, uint32_t rule)
{
	return IMAGE_AT(image, IMAGE_RULES, image_rule, rule);
}

static void tags_merge(struct tag_set *into, const struct tag_set *from)
{
	for (int i = 0; i < TAGS_MAX / 64; i++)
		into->bits[i] |= from->bits[i];
}

/* Whether each of the part's tags is in the other set. */
static bool tags_within(const struct tag_set *part, const struct tag_set *all)
{
	for (int i = 0; i < TAGS_MAX / 64; i++)
		if ((part->bits[i] & ~all->bits[i]) != 0)
			return false;
	return true;
}

/* Adds the tags that the condition names. */
static void condition_reads(const void *image, const struct image_condition *c,
                            struct tag_set *reads)
{
	if (c->kind != CONDITION_TAG)
		return;
	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		const struct image_alternative *a =
			IMAGE_AT(image, IMAGE_ALTERNATIVES, image_alternative,
			         c->alternatives.first + i);

		tags_add(reads, (uint32_t)a->low);
	}
}

/* The tags of the task and of its process; those of ancestors do not count. */
static void selector_reads(const void *image, uint32_t selector,
                           struct tag_set *reads)
{
	while (selector != IMAGE_NONE) {
		const struct image_selector *s =
			IMAGE_AT(image, IMAGE_SELECTORS, image_selector,
			         selector);

		for (uint32_t i = 0; i < s->conditions.count; i++)
			condition_reads(image,
			                IMAGE_AT(image, IMAGE_CONDITIONS,
			                         image_condition,
			                         s->conditions.first + i),
			                reads);
		selector = s->of;
	}
}

/* What must be known before the rule is looked at, to match or to except. */
static struct tag_set rule_reads(const void *image, uint32_t rule)
{
	struct tag_set reads = { { 0 } };

	selector_reads(image, rule_at(image, rule)->match, &reads);
	selector_reads(image, rule_at(image, rule)->except, &reads);
	return reads;
}

/* A tag waits for whatever any of its givers waits for. */
static void needs_collect(struct levels *l)
{
	for (uint32_t i = 0; i < image_count(l->image, IMAGE_RULES); i++) {
		uint32_t       tag = rule_at(l->image, i)->tag;
		struct tag_set reads;

		if (tag == IMAGE_NONE)
			continue;
		reads = rule_reads(l->image, i);
		tags_merge(&l->needs[tag], &reads);
	}
}

/* The tags whose needs are all below the level; whether there was one. */
static bool level_fill(struct levels *l, uint32_t level)
{
	struct tag_set below = l->known;
	bool           some = false;

	for (uint32_t t = 0; t < l->tags; t++)
		if (!tags_have(&below, t) &&
		    tags_within(&l->needs[t], &below)) {
			l->level[t] = level;
			tags_add(&l->known, t);
			some = true;
		}
	return some;
}

/* The first tag without a level, of all or of a set; their number when there is
 * none. */
static uint32_t first_unknown(const struct levels *l, const struct tag_set *of)
{
	for (uint32_t t = 0; t < l->tags; t++)
		if (!tags_have(&l->known, t) &&
		    (of == NULL || tags_have(of, t)))
			return t;
	return l->tags;
}

/* The first rule that gives one tag and reads the other. */
static const char *rule_between(const struct levels *l, uint32_t gives,
                                uint32_t reads)
{
	for (uint32_t i = 0; i < image_count(l->image, IMAGE_RULES); i++) {
		struct tag_set read;

		if (rule_at(l->image, i)->tag != gives)
			continue;
		read = rule_reads(l->image, i);
		if (tags_have(&read, reads))
			return image_text_of(l->image,
			                     rule_at(l->image, i)->name);
	}
	return "?";
}

/* Cut where the room ends; a circle may be longer than a message. */
static void append(char *text, size_t size, const char *more)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s", more);
}

/* A tag without a level needs another one: following them comes round. */
static void circle_name(const struct levels *l, char *why, size_t why_size)
{
	struct tag_set seen = { { 0 } };
	uint32_t       tag = first_unknown(l, NULL), first;

	while (!tags_have(&seen, tag)) {
		tags_add(&seen, tag);
		tag = first_unknown(l, &l->needs[tag]);
	}
	snprintf(why, why_size, "rules wait for each other's tags: ");
	first = tag;
	do {
		uint32_t next = first_unknown(l, &l->needs[tag]);

		append(why, why_size, rule_between(l, tag, next));
		append(why, why_size, next == first ? "" : ", ");
		tag = next;
	} while (tag != first);
}

/* Above every tag it reads, hence above every rule that gives one of them. */
static uint32_t rule_level(const struct levels *l, uint32_t rule)
{
	struct tag_set reads = rule_reads(l->image, rule);
	uint32_t       level = 0;

	for (uint32_t t = 0; t < l->tags; t++)
		if (tags_have(&reads, t) && l->level[t] >= level)
			level = l->level[t] + 1;
	return level;
}

/* By counting, which keeps the order of definition within a level. */
static void rules_sort(const struct levels *l, uint32_t *ret_order)
{
	uint32_t n = image_count(l->image, IMAGE_RULES);
	uint32_t next[TAGS_MAX + 2] = { 0 };

	for (uint32_t i = 0; i < n; i++)
		next[rule_level(l, i) + 1]++;
	for (uint32_t level = 1; level < TAGS_MAX + 2; level++)
		next[level] += next[level - 1];
	for (uint32_t i = 0; i < n; i++)
		ret_order[next[rule_level(l, i)]++] = i;
}

int tags_order(const void *image, uint32_t *ret_order, char *why,
               size_t why_size)
{
	struct levels *l = calloc(1, sizeof(*l));
	int            r = 0;

	if (l == NULL)
		return -ENOMEM;
	l->image = image;
	l->tags = image_count(image, IMAGE_TAGS);
	needs_collect(l);
	for (uint32_t level = 0; level_fill(l, level);)
		level++;
	if (first_unknown(l, NULL) < l->tags) {
		circle_name(l, why, why_size);
		r = -ELOOP;
	} else if (ret_order != NULL) {
		rules_sort(l, ret_order);
	}
	free(l);
	return r;
}
