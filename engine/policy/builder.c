/* builder.c -- making an image, one rule at a time.
 *
 * A selector that is open keeps its conditions and alternatives on two stacks;
 * ending it moves them into the image together, cheap conditions first.  So the
 * inner one of two is in the image before the outer one and has a lower number.
 */

#include "policy/builder.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "base/limits.h"
#include "policy/building.h"
#include "policy/tags.h"

void building_fail(struct builder *b, int64_t error)
{
	if (error < 0 && b->failed == 0)
		b->failed = (int)error;
}

struct image_text building_text(struct builder *b, const char *text,
                                size_t bytes)
{
	char    ended[TEXT_MAX];
	int64_t at;

	if (bytes >= sizeof(ended)) {
		building_fail(b, -E2BIG);
		bytes = 0;
	}
	if (memchr(text, '\0', bytes) != NULL)
		building_fail(b, -EINVAL);
	memcpy(ended, text, bytes);
	ended[bytes] = '\0';
	at = part_share(&b->part[IMAGE_TEXT], ended, bytes + 1);
	building_fail(b, at);
	return (struct image_text){ .at = at < 0 ? 0 : (uint32_t)at,
	                            .bytes = (uint32_t)bytes };
}

static const char *text_at(const struct builder *b, struct image_text t)
{
	return b->part[IMAGE_TEXT].items + t.at;
}

/* The empty text comes first: it is what a zeroed image_text means. */
static void builder_start(struct builder *b)
{
	for (int i = 0; i < IMAGE_PARTS; i++)
		b->part[i].each = image_element_bytes[i];
	b->conditions.each = sizeof(struct image_condition);
	b->alternatives.each = sizeof(struct image_alternative);
	b->masks.each = sizeof(struct mask);
	building_text(b, "", 0);
	building_terms(b, &(struct image_terms){ .level = IMAGE_NONE });
}

static void builder_clear(struct builder *b)
{
	for (int i = 0; i < IMAGE_PARTS; i++)
		part_free(&b->part[i]);
	part_free(&b->conditions);
	part_free(&b->alternatives);
	part_free(&b->masks);
	b->depth = 0;
	b->failed = 0;
}

struct builder *builder_new(void)
{
	struct builder *b = calloc(1, sizeof(*b));

	if (b != NULL)
		builder_start(b);
	return b;
}

void builder_free(struct builder *b)
{
	if (b != NULL)
		builder_clear(b);
	free(b);
}

/* A condition outside of a selector is our own mistake, no rule author's. */
static struct open_selector *innermost(struct builder *b)
{
	assert(b->depth > 0);
	return &b->open[b->depth - 1];
}

/* What lies on the stacks already belongs to selectors further out. */
void builder_selector_begin(struct builder *b, enum select kind)
{
	assert(b->depth < SELECTOR_DEPTH);
	b->open[b->depth++] = (struct open_selector){
		.selector = { .kind = kind, .of = IMAGE_NONE,
		              .under = IMAGE_NONE, .parent = IMAGE_NONE },
		.conditions = b->conditions.count,
		.alternatives = b->alternatives.count,
	};
}

void builder_condition(struct builder *b, enum subject_kind kind, uint32_t fact)
{
	struct image_condition c = {
		.kind = kind,
		.fact = fact,
		.alternatives.first = (uint32_t)b->alternatives.count,
	};

	building_fail(b, part_add(&b->conditions, &c, 1));
}

void builder_env(struct builder *b, const char *name, size_t bytes)
{
	struct image_condition c = {
		.kind = CONDITION_ENV,
		.alternatives.first = (uint32_t)b->alternatives.count,
	};

	c.name = building_text(b, name, bytes);
	building_fail(b, part_add(&b->conditions, &c, 1));
}

/* To the condition begun last, which is on top of the stack even when a
 * selector was begun and ended since. */
static void alternative_add(struct builder *b,
                            const struct image_alternative *a)
{
	struct image_condition *c = (void *)b->conditions.items;
	int64_t                 r = part_add(&b->alternatives, a, 1);

	assert(b->conditions.count > 0 || b->failed != 0);
	building_fail(b, r);
	if (b->failed == 0)
		c[b->conditions.count - 1].alternatives.count++;
}

void builder_any(struct builder *b)
{
	alternative_add(b, &(struct image_alternative){ .op = OP_ANY });
}

void builder_text(struct builder *b, const char *text, size_t bytes)
{
	struct image_alternative a = { .op = OP_TEXT };

	a.text = building_text(b, text, bytes);
	alternative_add(b, &a);
}

void builder_regex(struct builder *b, const char *pattern, size_t bytes)
{
	struct image_alternative a = { .op = OP_REGEX };

	a.text = building_text(b, pattern, bytes);
	alternative_add(b, &a);
}

/* One expansion: without braces it may still be any glob. */
static void glob_add(void *builder, const char *plain)
{
	struct builder          *b = builder;
	struct image_alternative a = { .op = OP_GLOB };

	a.text = building_text(b, plain, strlen(plain));
	alternative_add(b, &a);
}

int builder_glob(struct builder *b, const char *pattern, size_t bytes)
{
	char ended[TEXT_MAX];
	int  r;

	if (bytes >= sizeof(ended))
		return -E2BIG;
	if (memchr(pattern, '\0', bytes) != NULL)
		return -EINVAL;
	memcpy(ended, pattern, bytes);
	ended[bytes] = '\0';
	/* All expansions are added or, when there are too many, none. */
	r = glob_expand(ended, EXPANSIONS_MAX, glob_add, b);
	return r < 0 ? r : 0;
}

void builder_range(struct builder *b, int64_t low, int64_t high)
{
	alternative_add(b, &(struct image_alternative){ .op = OP_RANGE,
	                                                .low = low,
	                                                .high = high });
}

void builder_people(struct builder *b)
{
	alternative_add(b, &(struct image_alternative){ .op = OP_PEOPLE });
}

int64_t building_tag(struct builder *b, const char *name)
{
	const struct image_text *tag = (void *)b->part[IMAGE_TAGS].items;
	struct image_text        t = building_text(b, name, strlen(name));
	size_t                   n = b->part[IMAGE_TAGS].count;

	for (size_t i = 0; i < n; i++)
		if (tag[i].at == t.at)          /* equal texts are shared */
			return (int64_t)i;
	return n == TAGS_MAX ? -E2BIG : part_add(&b->part[IMAGE_TAGS], &t, 1);
}

void builder_tag(struct builder *b, const char *name)
{
	struct image_alternative a = { .op = OP_TAG };

	a.low = building_tag(b, name);
	building_fail(b, a.low);
	alternative_add(b, &a);
}

void builder_of(struct builder *b, uint32_t selector)
{
	innermost(b)->selector.of = selector;
}

void builder_under(struct builder *b, uint32_t selector)
{
	innermost(b)->selector.under = selector;
}

void builder_parent(struct builder *b, uint32_t selector)
{
	innermost(b)->selector.parent = selector;
}

void builder_lasting(struct builder *b, uint64_t ns)
{
	innermost(b)->selector.lasting_ns = ns;
}

/* What reading the fact costs; tags and the host are at hand. */
static int condition_cost(const struct image_condition *c)
{
	static const int cost[] = {
		[FACT_SOURCE_ID] = 1,   [FACT_SOURCE_COMM] = 2,
		[FACT_SOURCE_EXE] = 3,  [FACT_SOURCE_TABLE] = 4,
		[FACT_SOURCE_STAT] = 5, [FACT_SOURCE_STATUS] = 6,
		[FACT_SOURCE_USER] = 7, [FACT_SOURCE_CGROUP] = 8,
		[FACT_SOURCE_GROUP] = 7, [FACT_SOURCE_MOMENT] = 1,
		[FACT_SOURCE_CLOCK] = 9, [FACT_SOURCE_METER] = 10,
		[FACT_SOURCE_SLOW] = 11,
	};

	if (c->kind == CONDITION_ENV)
		return cost[FACT_SOURCE_SLOW];
	if (c->kind == CONDITION_SETTING)
		return cost[FACT_SOURCE_STATUS];
	return c->kind == CONDITION_FACT ? cost[fact_rows[c->fact].source] : 0;
}

/* Keeps the written order of conditions that cost the same; a selector has few,
 * so inserting is quick. */
static void conditions_sort(struct image_condition *c, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct image_condition x = c[i];
		int                    cost = condition_cost(&x);
		size_t                 at = i;

		for (; at > 0 && cost < condition_cost(&c[at - 1]); at--)
			c[at] = c[at - 1];
		c[at] = x;
	}
}

/* Moves one condition and its alternatives from the stacks into the image. */
static void condition_end(struct builder *b, struct image_condition c)
{
	const struct image_alternative *a = (void *)b->alternatives.items;
	int64_t r = part_add(&b->part[IMAGE_ALTERNATIVES],
	                     a + c.alternatives.first, c.alternatives.count);

	building_fail(b, r);
	if (r < 0)
		return;
	c.alternatives.first = (uint32_t)r;
	building_fail(b, part_add(&b->part[IMAGE_CONDITIONS], &c, 1));
}

/* After a failure any number will do, for there will be no image. */
uint32_t builder_selector_end(struct builder *b)
{
	struct open_selector   *open = innermost(b);
	struct image_condition *c = (void *)b->conditions.items;
	size_t                  n = b->conditions.count - open->conditions;
	int64_t                 r;

	if (b->failed == 0 && n > 0)
		conditions_sort(c + open->conditions, n);
	open->selector.conditions = (struct image_span){
		(uint32_t)b->part[IMAGE_CONDITIONS].count, (uint32_t)n };
	for (size_t i = 0; i < n && b->failed == 0; i++)
		condition_end(b, c[open->conditions + i]);
	r = part_add(&b->part[IMAGE_SELECTORS], &open->selector, 1);
	building_fail(b, r);
	/* Also after a failure: the stacks must fit selectors further out. */
	part_cut(&b->conditions, open->conditions);
	part_cut(&b->alternatives, open->alternatives);
	b->depth--;
	return r < 0 ? 0 : (uint32_t)r;
}

/* The first tag that no rule gives: only a selector can have named it. */
static const char *tag_without_giver(const struct builder *b)
{
	const struct image_rule *rule = (void *)b->part[IMAGE_RULES].items;
	const struct image_text *tag = (void *)b->part[IMAGE_TAGS].items;
	struct tag_set           given = { { 0 } };

	for (size_t i = 0; i < b->part[IMAGE_RULES].count; i++)
		if (rule[i].tag != IMAGE_NONE)
			tags_add(&given, rule[i].tag);
	for (uint32_t t = 0; t < b->part[IMAGE_TAGS].count; t++)
		if (!tags_have(&given, t))
			return text_at(b, tag[t]);
	return NULL;
}

static uint64_t aligned(uint64_t bytes)
{
	return (bytes + 7) / 8 * 8;
}

static uint64_t image_bytes(const struct builder *b)
{
	uint64_t bytes = sizeof(struct image_header);

	for (int i = 0; i < IMAGE_PARTS; i++)
		bytes = aligned(bytes) + b->part[i].count * b->part[i].each;
	return aligned(bytes);
}

/* Gaps between the parts are zero, so equal rules make equal images. */
static void *image_lay(const struct builder *b, size_t bytes)
{
	struct image_header *h = calloc(1, bytes);
	uint64_t             at = sizeof(*h);

	if (h == NULL)
		return NULL;
	memcpy(h->magic, IMAGE_MAGIC, sizeof(h->magic));
	h->version = IMAGE_VERSION;
	h->bytes = (uint32_t)bytes;
	for (int i = 0; i < IMAGE_PARTS; i++) {
		const struct part *p = &b->part[i];

		at = aligned(at);
		h->part[i] = (struct image_section){ (uint32_t)at,
		                                     (uint32_t)p->count };
		if (p->count > 0)
			memcpy((char *)h + at, p->items, p->count * p->each);
		at += p->count * p->each;
	}
	return h;
}

/* The rule is named by a mask of a higher layer. */
static bool mask_covers(const struct mask *m, const struct image_rule *r)
{
	return m->name.at == r->name.at && m->layer > r->layer;
}

static void rule_mask(struct builder *b, struct image_rule *r,
                      struct image_text place)
{
	const struct image_terms *all = (void *)b->part[IMAGE_TERMS].items;
	struct image_terms        t = all[r->terms];

	t.masked_by = place;
	r->terms = building_terms(b, &t);
}

static void masks_apply(struct builder *b)
{
	const struct mask *mask = (void *)b->masks.items;
	struct image_rule *rule = (void *)b->part[IMAGE_RULES].items;

	for (size_t m = 0; m < b->masks.count; m++)
		for (size_t i = 0; i < b->part[IMAGE_RULES].count; i++)
			if (mask_covers(&mask[m], &rule[i]))
				rule_mask(b, &rule[i], mask[m].place);
}

/* What is wrong with the rules is told before what is wrong with their size. */
static int image_make(const struct builder *b, void **ret_image,
                      size_t *ret_bytes, char *why, size_t why_size)
{
	uint64_t    bytes = image_bytes(b);
	const char *tag = tag_without_giver(b);
	void       *image;
	int         r;

	if (tag != NULL) {
		snprintf(why, why_size, "no rule gives the tag '%s'", tag);
		return -ENOENT;
	}
	if (bytes > IMAGE_BYTES_MAX)
		return -E2BIG;
	image = image_lay(b, (size_t)bytes);
	if (image == NULL)
		return -ENOMEM;
	/* An image with a circle would be refused by whoever receives it, but
	 * only here can its author still be told. */
	r = tags_order(image, NULL, why, why_size);
	if (r < 0) {
		free(image);
		return r;
	}
	*ret_image = image;
	*ret_bytes = (size_t)bytes;
	return 0;
}

/* Finished or failed, the builder begins anew: what it held is in the image or
 * of no use. */
int builder_finish(struct builder *b, void **ret_image, size_t *ret_bytes,
                   char *why, size_t why_size)
{
	int r = b->failed;

	if (why_size > 0)
		*why = '\0';
	masks_apply(b);
	if (r == 0)
		r = image_make(b, ret_image, ret_bytes, why, why_size);
	builder_clear(b);
	builder_start(b);
	return r;
}
