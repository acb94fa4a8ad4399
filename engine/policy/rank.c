/* rank.c -- the order of precedence between rules as one number.
 *
 * What counts more lies in higher bits, so comparing two rules is comparing two
 * numbers.  Each part has room for the most it can be.
 */

#include "policy/rank.h"

#include "base/limits.h"
#include "model/facts.h"
#include "model/setting.h"

#define LAYER_BITS     3
#define PRIORITY_LEAST (-1000)
#define PRIORITY_BITS  11
#define FIELD_BITS     7                /* each field is there at most once   */
#define RULE_BITS      15
#define DIRECT_SHIFT   (1 + 3 * FIELD_BITS + RULE_BITS)
#define RANK_BITS      (PRIORITY_BITS + 1 + 1 + DIRECT_SHIFT)

_Static_assert(FACT_COUNT + SETTING_COUNT + ENV_PER_SELECTOR + 4 <
               1 << FIELD_BITS, "fields can be counted");
_Static_assert(LAYERS < 1 << LAYER_BITS, "pqs set ranks above all layers");
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
	bool identity = c->kind == CONDITION_ENV ||
		(c->kind == CONDITION_FACT &&
		 fact_rows[c->fact].rank == FACT_RANK_IDENTITY);

	if (!identity)
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

uint64_t rank_inherited(uint64_t rank)
{
	return rank & ~(UINT64_C(1) << DIRECT_SHIFT);
}

uint64_t rank_of(const void *image, uint32_t rule, bool drifts)
{
	const struct image_rule *r =
		IMAGE_AT(image, IMAGE_RULES, image_rule, rule);
	const struct image_selector *match = r->match == IMAGE_NONE ? NULL :
		IMAGE_AT(image, IMAGE_SELECTORS, image_selector, r->match);
	struct fields f = { 0 };
	uint64_t      rank = 0;

	/* What a handler wants is about each task that it was sent. */
	if (match != NULL)
		f = fields_of(image, match);

	push(&rank, LAYER_BITS, r->layer);
	push(&rank, PRIORITY_BITS,
	     (uint64_t)((int64_t)r->priority - PRIORITY_LEAST + 1));
	push(&rank, 1, match != NULL && match->kind == SELECT_THREAD);
	push(&rank, 1, 1);              /* direct: see rank_inherited()       */
	push(&rank, 1, r->when != IMAGE_NONE || r->unless != IMAGE_NONE ||
	               r->moment != MOMENT_NONE || drifts);
	push(&rank, FIELD_BITS, f.exact);
	push(&rank, FIELD_BITS, f.pattern);
	push(&rank, FIELD_BITS, f.other);
	/* The last defined wins, and no two rules rank the same. */
	push(&rank, RULE_BITS, rule);
	return rank;
}

/* A rule's rank has its priority above this, whatever that is. */
uint64_t rank_of_pool(uint32_t layer)
{
	return (uint64_t)layer << RANK_BITS;
}

bool rank_is_of_pool(uint64_t rank)
{
	return (rank & ((UINT64_C(1) << RANK_BITS) - 1)) == 0;
}

const char *rank_why(uint64_t winner, uint64_t loser)
{
	/* from the last pushed to the first */
	static const struct {
		unsigned    bits;
		const char *why;
	} parts[] = {
		{ RULE_BITS, "it is defined later" },
		{ FIELD_BITS, "it asks for more facts" },
		{ FIELD_BITS, "it names more facts by pattern" },
		{ FIELD_BITS, "it names more facts exactly" },
		{ 1, "it is for special times" },
		{ 1, "it selects the task itself" },
		{ 1, "it selects the thread" },
		{ PRIORITY_BITS, "its priority is higher" },
		{ 3, "its layer is higher" },
	};
	const size_t n = sizeof parts / sizeof parts[0];
	size_t       i = 0;

	for (; i + 1 < n && winner >> parts[i].bits != loser >> parts[i].bits;
	     i++) {
		winner >>= parts[i].bits;
		loser >>= parts[i].bits;
	}
	return parts[i].why;
}
