/* needs.c -- what the rules of an image look at, selectors inside included.
 *
 * A selector refers to earlier ones only, so one walk from the first to the
 * last knows of each what it and all inside it read.
 */

#include "policy/needs.h"

#include <stdlib.h>

#define ALL_FACTS ((UINT64_C(1) << FACT_COUNT) - 1)

/* What looking at a selector may read. */
struct reading {
	uint64_t facts, host;
	bool     tags;
};

struct needs {
	const void    *image;
	struct reading reading[];       /* of each selector                   */
};

/* A tag needs no reading; only where it is an ancestor's does it matter. */
static void condition_read(const struct image_condition *c,
                           struct reading *into)
{
	if (c->kind == CONDITION_FACT)
		into->facts |= FACT_BIT(c->fact);
	else if (c->kind == CONDITION_HOST)
		into->host |= HOST_BIT(c->fact);
	else if (c->kind == CONDITION_TAG)
		into->tags = true;
	else if (c->kind == CONDITION_ENV)
		into->facts |= FACT_BIT(FACT_env);
}

static struct reading reading_of(const struct needs *n, uint32_t selector)
{
	static const struct reading nothing;

	return selector == IMAGE_NONE ? nothing : n->reading[selector];
}

static void reading_merge(struct reading *into, struct reading from)
{
	into->facts |= from.facts;
	into->host |= from.host;
	into->tags |= from.tags;
}

static const struct image_selector *selector_at(const struct needs *n,
                                                uint32_t i)
{
	return IMAGE_AT(n->image, IMAGE_SELECTORS, image_selector, i);
}

static struct reading selector_read(const struct needs *n,
                                    const struct image_selector *s)
{
	struct reading r = { 0 };

	for (uint32_t i = 0; i < s->conditions.count; i++)
		condition_read(IMAGE_AT(n->image, IMAGE_CONDITIONS,
		                        image_condition,
		                        s->conditions.first + i), &r);
	reading_merge(&r, reading_of(n, s->of));
	reading_merge(&r, reading_of(n, s->under));
	reading_merge(&r, reading_of(n, s->parent));
	return r;
}

/* Every selector, used by a rule or not: what is used refers to the rest. */
struct needs *needs_new(const void *image)
{
	uint32_t      count = image_count(image, IMAGE_SELECTORS);
	struct needs *n = calloc(1, sizeof(*n) + count * sizeof(n->reading[0]));

	if (n == NULL)
		return NULL;
	n->image = image;
	for (uint32_t i = 0; i < count; i++)
		n->reading[i] = selector_read(n, selector_at(n, i));
	return n;
}

void needs_free(struct needs *n)
{
	free(n);
}

/* A rule that excepts threads needs to know of them as much as one that selects
 * them. */
static bool is_of_threads(const struct needs *n, uint32_t selector)
{
	return selector != IMAGE_NONE &&
	       selector_at(n, selector)->kind == SELECT_THREAD;
}

/* What has to be watched for a moment to be noticed. */
static uint64_t moment_need(uint32_t moment)
{
	switch (moment) {
	case MOMENT_POWER:           return HOST_BIT(HOST_on_battery);
	case MOMENT_MEMORY_PRESSURE: return HOST_BIT(HOST_memory_pressure);
	case MOMENT_CPU_PRESSURE:    return HOST_BIT(HOST_cpu_pressure);
	case MOMENT_IO_PRESSURE:     return HOST_BIT(HOST_io_pressure);
	default:                     return 0;
	}
}

static void rule_need(const struct needs *n, const struct image_rule *r,
                      struct ruleset_needs *all)
{
	all->facts |= reading_of(n, r->match).facts |
	              reading_of(n, r->except).facts;
	all->host |= reading_of(n, r->when).host |
	             reading_of(n, r->unless).host |
	             moment_need(r->moment);
	all->threads |= is_of_threads(n, r->match) ||
	                is_of_threads(n, r->except);
	all->functions |= r->is_function != 0;
	if (r->moment != MOMENT_NONE)
		all->moments |= UINT64_C(1) << r->moment;
	if (r->moment == MOMENT_EXIT)
		all->exits |= reading_of(n, r->match).facts |
		              reading_of(n, r->except).facts;
	all->parents |= r->to == TARGET_PARENT;
	all->trees |= r->to == TARGET_TREE;
	all->units |= r->to == TARGET_UNIT;
}

/* Ancestors may be gone when they are asked about, so what is asked of them
 * must have been read while they lived. */
static void lineage_need(const struct needs *n, const struct image_selector *s,
                         struct ruleset_needs *all)
{
	struct reading above = reading_of(n, s->under);

	reading_merge(&above, reading_of(n, s->parent));
	all->lineage |= above.facts;
	all->tags_inherited |= above.tags;
}

#define ANCESTORS_NAMES (FACT_BIT(FACT_parent) | FACT_BIT(FACT_ancestors))

/* A function may look at any task.  What it looks at of the machine is known
 * once it did, and watched from then on: to watch all would be to wake up. */
struct ruleset_needs needs_of_all(const struct needs *n)
{
	struct ruleset_needs all = { 0 };

	for (uint32_t i = 0; i < image_count(n->image, IMAGE_RULES); i++) {
		const struct image_rule *r =
			IMAGE_AT(n->image, IMAGE_RULES, image_rule, i);

		if (!image_is_masked(n->image, r))
			rule_need(n, r, &all);
	}
	for (uint32_t i = 0; i < image_count(n->image, IMAGE_SELECTORS); i++)
		lineage_need(n, selector_at(n, i), &all);
	if (all.functions)
		all.facts = ALL_FACTS;
	if ((all.facts & ANCESTORS_NAMES) != 0)
		all.lineage |= FACT_BIT(FACT_name);
	return all;
}

/* Where it begins to hold, and where it ceases to once it did. */
static void condition_bound(const void *image, const struct image_condition *c,
                            struct host_bounds *of_fact)
{
	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		const struct image_alternative *a =
			IMAGE_AT(image, IMAGE_ALTERNATIVES, image_alternative,
			         c->alternatives.first + i);
		int64_t low, high;

		if (a->op == OP_RANGE)
			host_bounds_add(of_fact, (enum host_fact)c->fact,
			                a->low, a->high);
		if (!match_swings(c, a))
			continue;
		match_release(a, &low, &high);
		host_bounds_add(of_fact, (enum host_fact)c->fact, low, high);
	}
}

/* Of all selectors of the machine, whoever uses them. */
void needs_host_bounds(const void *image,
                       struct host_bounds bounds[HOST_COUNT])
{
	for (uint32_t i = 0; i < image_count(image, IMAGE_CONDITIONS); i++) {
		const struct image_condition *c =
			IMAGE_AT(image, IMAGE_CONDITIONS, image_condition, i);

		if (c->kind == CONDITION_HOST)
			condition_bound(image, c, &bounds[c->fact]);
	}
}

bool needs_drift(const struct needs *n, uint32_t selector)
{
	return (reading_of(n, selector).facts & facts_that_drift()) != 0;
}
