/* moments.c -- which rules and handlers each moment sets off.
 *
 * There are few, so each moment has a plain list: all lists lie in one array,
 * one after the other.
 */

#include "policy/moments.h"

#include <errno.h>
#include <stdlib.h>

#define LISTS (MOMENTS * 2)             /* rules, and handlers                */

struct moments {
	uint32_t first[LISTS + 1];
	uint32_t rule[];
};

static uint32_t list_of(enum moment which, bool handlers)
{
	return (uint32_t)which * 2 + handlers;
}

/* LISTS for a rule that no moment sets off. */
static uint32_t list_for(const void *image, const struct image_rule *r)
{
	return r->moment == MOMENT_NONE || image_is_masked(image, r) ? LISTS :
	       list_of((enum moment)r->moment, r->is_handler != 0);
}

static const struct image_rule *rule_at(const void *image, uint32_t rule)
{
	return IMAGE_AT(image, IMAGE_RULES, image_rule, rule);
}

/* Counted one further on, so that sums are begins; filling moves these on. */
static void lists_fill(struct moments *m, const void *image)
{
	uint32_t next[LISTS + 1] = { 0 };
	uint32_t n = image_count(image, IMAGE_RULES);

	for (uint32_t i = 0; i < n; i++)
		if (list_for(image, rule_at(image, i)) < LISTS)
			next[list_for(image, rule_at(image, i)) + 1]++;
	for (uint32_t i = 0; i < LISTS; i++)
		next[i + 1] += next[i];
	for (uint32_t i = 0; i <= LISTS; i++)
		m->first[i] = next[i];
	for (uint32_t i = 0; i < n; i++)
		if (list_for(image, rule_at(image, i)) < LISTS)
			m->rule[next[list_for(image, rule_at(image, i))]++] = i;
}

int moments_new(const void *image, struct moments **ret_moments)
{
	uint32_t        n = 0;
	struct moments *m;

	for (uint32_t i = 0; i < image_count(image, IMAGE_RULES); i++)
		n += list_for(image, rule_at(image, i)) < LISTS;
	m = calloc(1, sizeof(*m) + n * sizeof(m->rule[0]));
	if (m == NULL)
		return -ENOMEM;
	lists_fill(m, image);
	*ret_moments = m;
	return 0;
}

void moments_free(struct moments *m)
{
	free(m);
}

static size_t list_give(const struct moments *m, uint32_t list,
                        const uint32_t **ret_rules)
{
	*ret_rules = m->rule + m->first[list];
	return m->first[list + 1] - m->first[list];
}

size_t moments_rules(const struct moments *m, enum moment which,
                     const uint32_t **ret_rules)
{
	return list_give(m, list_of(which, false), ret_rules);
}

size_t moments_handlers(const struct moments *m, enum moment which,
                        const uint32_t **ret_rules)
{
	return list_give(m, list_of(which, true), ret_rules);
}
