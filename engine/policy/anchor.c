/* anchor.c -- which condition a selector hangs on in an index. */

#include "policy/anchor.h"

#include <string.h>

#include "base/glob.h"

/* Costs are compared, never added: 16 for each kind of anchor, less than that
 * for each fact, and two steps beyond all of these. */
#define COST_BROAD (ANCHOR_NONE * 16u)  /* many tasks share it                */
#define COST_SLOW  (COST_BROAD * 2)     /* it must be waited for              */
#define COST_NONE  UINT32_MAX

/* A '[' may turn out to be plain; that the prefix then ends early is harmless,
 * for the whole glob is tried wherever its prefix is found. */
size_t anchor_prefix(const char *pattern)
{
	size_t n = strcspn(pattern, "*?[\\");

	return n > ANCHOR_PREFIX_MAX ? ANCHOR_PREFIX_MAX : n;
}

/* A literal further in is worth more than a shorter beginning: many paths begin
 * with '/', few contain "firefox". */
static enum anchor glob_anchor(const char *pattern)
{
	size_t at, prefix = anchor_prefix(pattern);
	size_t literal = glob_literal(pattern, &at);

	if (literal >= ANCHOR_LITERAL_MIN && literal > prefix &&
	    prefix < ANCHOR_PREFIX_MAX)
		return ANCHOR_LITERAL;
	return prefix > 0 ? ANCHOR_PREFIX : ANCHOR_NONE;
}

enum anchor anchor_of(const void *image, const struct image_condition *c,
                      const struct image_alternative *a)
{
	if (c->kind == CONDITION_ENV || c->kind == CONDITION_SETTING)
		return ANCHOR_NONE;
	switch ((enum op)a->op) {
	case OP_TEXT:
		return ANCHOR_EXACT;
	case OP_GLOB:
		return glob_anchor(image_text_of(image, a->text));
	case OP_TAG:
		return ANCHOR_TAG;
	/* One number hangs like one text, unless it drifts. */
	case OP_RANGE:
		return c->kind == CONDITION_FACT && a->low == a->high &&
		       fact_rows[c->fact].drift_ms == 0 ?
		       ANCHOR_NUMBER : ANCHOR_NONE;
	case OP_ANY:
	case OP_REGEX:
	case OP_PEOPLE:
	case OPS:
		break;
	}
	return ANCHOR_NONE;
}

/* Of two exact conditions, the one that fewer tasks share.  A unit or a cgroup
 * holds many tasks, a user nearly all. */
static uint32_t fact_cost(uint32_t fact)
{
	switch (fact) {
	case FACT_exe:
		return 0;
	case FACT_name:
		return 1;
	case FACT_comm:
		return 2;
	case FACT_unit:
		return 3;
	case FACT_cgroup:
		return 4;
	case FACT_parent:
		return 5;
	case FACT_user:
	case FACT_ancestors:
		return COST_BROAD;
	default:
		return fact_rows[fact].source == FACT_SOURCE_SLOW ?
		       COST_SLOW : 6;
	}
}

/* The least selective of the alternatives counts. */
static uint32_t condition_cost(const void *image,
                               const struct image_condition *c)
{
	enum anchor worst = ANCHOR_EXACT;

	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		enum anchor one = anchor_of(image, c,
			IMAGE_AT(image, IMAGE_ALTERNATIVES, image_alternative,
			         c->alternatives.first + i));

		/* One that hangs nowhere would never be found. */
		if (one == ANCHOR_NONE)
			return COST_NONE;
		if (one > worst)
			worst = one;
	}
	return worst * 16u +
	       (c->kind == CONDITION_FACT ? fact_cost(c->fact) : 0);
}

/* A slow fact is waited for only when nothing quick could spare the wait. */
static bool may_wait(const void *image, const struct image_selector *s)
{
	for (uint32_t i = 0; i < s->conditions.count; i++) {
		const struct image_condition *c =
			IMAGE_AT(image, IMAGE_CONDITIONS, image_condition,
			         s->conditions.first + i);

		if (c->kind != CONDITION_FACT ||
		    fact_rows[c->fact].source != FACT_SOURCE_SLOW)
			return false;
	}
	return s->of == IMAGE_NONE && s->under == IMAGE_NONE &&
	       s->parent == IMAGE_NONE;
}

/* The first of two that cost the same: the builder put the cheaper one to read
 * there. */
uint32_t anchor_choose(const void *image, uint32_t selector)
{
	const struct image_selector *s =
		IMAGE_AT(image, IMAGE_SELECTORS, image_selector, selector);
	uint32_t best = may_wait(image, s) ? COST_NONE : COST_SLOW;
	uint32_t chosen = IMAGE_NONE;

	for (uint32_t i = 0; i < s->conditions.count; i++) {
		uint32_t n = s->conditions.first + i;
		uint32_t cost = condition_cost(image,
			IMAGE_AT(image, IMAGE_CONDITIONS, image_condition, n));

		if (cost < best) {
			best = cost;
			chosen = n;
		}
	}
	return chosen;
}
