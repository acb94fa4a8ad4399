/* rank.c -- the order of precedence between rules as one number.
 *
 * What counts more lies in higher bits, so comparing two rules is comparing two
 * numbers.  Each part has room for the most it can be.
 */

#include "policy/rank.h"

#include "base/limits.h"
#include "model/facts.h"

#define PRIORITY_LEAST (-1000)
#define PRIORITY_BITS  11
#define FIELD_BITS     5                /* each field is there at most once   */
#define RULE_BITS      15

_Static_assert(FACT_COUNT + 4 < 1 << FIELD_BITS, "fields can be counted");
_Static_assert(RULES_MAX - 1 < 1u << RULE_BITS, "rules can be numbered");

/* How much a selector asks for, by kind of field. */
struct fields {
	uint32_t exact, pattern, other;
};

/* A list counts like one text, however long; one pattern in it makes it one. */
static bool is_exact(const void *image, const struct image_condition *c)
{
	for (uint32_t i = 0; i < c->alternatives.count; i++)
		if (IMAGE_AT(image, IMAGE_ALTERNATIVES, image_alternative,
		             c->alternatives.first + i)->op != OP_TEXT)
			return false;
	return true;
}

/* Identity says what a program is; anything else only where or whose it is. */
static void field_count(const void *image, const struct image_condition *c,
                        struct fields *f)
{
	if (c->kind != CONDITION_FACT ||
	    fact_rows[c->fact].rank != FACT_RANK_IDENTITY)
		f->other++;
	else if (is_exact(image, c))
		f->exact++;
	else
		f->pattern++;
}

/* What a selector inside asks for does not count one by one: it is about
 * someone else. */
static struct fields fields_of(const void *image,
                               const struct image_selector *s)
{
	struct fields f = {
		.other = (uint32_t)(s->of != IMAGE_NONE) +
		         (uint32_t)(s->under != IMAGE_NONE) +
		         (uint32_t)(s->parent != IMAGE_NONE),
	};

	for (uint32_t i = 0; i < s->conditions.count; i++)
		field_count(image, IMAGE_AT(image, IMAGE_CONDITIONS,
		                            image_condition,
		                            s->conditions.first + i), &f);
	return f;
}

/* Later parts are worth less than any difference in an earlier one. */
static void push(uint64_t *rank, unsigned bits, uint64_t part)
{
	*rank = *rank << bits | part;
}

uint64_t rank_of(const void *image, uint32_t rule, bool drifts)
{
	const struct image_rule *r =
		IMAGE_AT(image, IMAGE_RULES, image_rule, rule);
	const struct image_selector *match =
		IMAGE_AT(image, IMAGE_SELECTORS, image_selector, r->match);
	struct fields f = fields_of(image, match);
	uint64_t      rank = 0;

	push(&rank, 3, r->layer);
	push(&rank, PRIORITY_BITS, (uint64_t)(r->priority - PRIORITY_LEAST));
	push(&rank, 1, match->kind == SELECT_THREAD);
	push(&rank, 1, 1);              /* direct: nothing is inherited       */
	push(&rank, 1, r->when != IMAGE_NONE || drifts);
	push(&rank, FIELD_BITS, f.exact);
	push(&rank, FIELD_BITS, f.pattern);
	push(&rank, FIELD_BITS, f.other);
	/* The last defined wins, and no two rules rank the same. */
	push(&rank, RULE_BITS, rule);
	return rank;
}
