/* named.c -- the programs that rules name exactly. */

#include "policy/named.h"

#include "policy/finding.h"

static bool speaks_at_start(const struct ruleset *rs,
                            const struct image_rule *r)
{
	const struct image_selector *match;

	if (r->match == IMAGE_NONE || r->is_handler ||
	    r->moment != MOMENT_NONE || image_is_masked(rs->image, r) ||
	    (r->to != TARGET_SELF && r->to != TARGET_TREE))
		return false;
	match = IMAGE_AT(rs->image, IMAGE_SELECTORS, image_selector, r->match);
	return match->kind == SELECT_PROCESS && match->lasting_ns == 0 &&
	       (r->tag != IMAGE_NONE ||
	        (!r->is_function && r->want.count > 0));
}

static const struct image_alternative *alternative(
	const struct ruleset *rs, const struct image_condition *c, uint32_t i)
{
	return IMAGE_AT(rs->image, IMAGE_ALTERNATIVES, image_alternative,
	                c->alternatives.first + i);
}

/* A pattern beside the texts leaves open what fits. */
static bool is_spelled_out(const struct ruleset *rs,
                           const struct image_condition *c)
{
	for (uint32_t i = 0; i < c->alternatives.count; i++)
		if (alternative(rs, c, i)->op != OP_TEXT)
			return false;
	return true;
}

static const struct image_condition *condition_on(
	const struct ruleset *rs, const struct image_selector *s,
	enum fact fact)
{
	for (uint32_t i = 0; i < s->conditions.count; i++) {
		const struct image_condition *c =
			IMAGE_AT(rs->image, IMAGE_CONDITIONS, image_condition,
			         s->conditions.first + i);

		if (c->kind == CONDITION_FACT && c->fact == (uint32_t)fact &&
		    is_spelled_out(rs, c))
			return c;
	}
	return NULL;
}

bool named_exactly(const struct ruleset *rs, uint32_t rule)
{
	const struct image_rule     *r = rule_at(rs, rule);
	const struct image_selector *s;

	if (r->match == IMAGE_NONE || r->is_handler)
		return false;
	s = IMAGE_AT(rs->image, IMAGE_SELECTORS, image_selector, r->match);
	if (s->kind == SELECT_THREAD) {
		if (s->of == IMAGE_NONE)
			return false;
		s = IMAGE_AT(rs->image, IMAGE_SELECTORS, image_selector, s->of);
	}
	return condition_on(rs, s, FACT_exe) != NULL ||
	       condition_on(rs, s, FACT_name) != NULL;
}

void named_each(const struct ruleset *rs,
                void (*tell)(void *ctx, enum fact fact, const char *text),
                void *ctx)
{
	for (uint32_t i = 0; i < rs->count; i++) {
		const struct image_rule      *r = rule_at(rs, i);
		const struct image_selector  *s;
		const struct image_condition *c;

		if (!speaks_at_start(rs, r))
			continue;
		s = IMAGE_AT(rs->image, IMAGE_SELECTORS, image_selector,
		             r->match);
		c = condition_on(rs, s, FACT_exe);
		if (c == NULL)
			c = condition_on(rs, s, FACT_name);
		for (uint32_t n = 0; c != NULL && n < c->alternatives.count;
		     n++)
			tell(ctx, (enum fact)c->fact,
			     image_text_of(rs->image,
			                   alternative(rs, c, n)->text));
	}
}
