/* implies.c -- whether one selector surely holds whenever another one does.
 *
 * It does if each of its conditions follows from one of the other's on the same
 * fact: then all that it reads is read there too, and known.
 */

#include "policy/implies.h"

#include <string.h>

#include "base/glob.h"
#include "policy/match.h"

static bool is_same_text(const void *image, struct image_text a,
                         struct image_text b)
{
	return a.bytes == b.bytes &&
	       (a.at == b.at || memcmp(image_text_of(image, a),
	                               image_text_of(image, b), a.bytes) == 0);
}

static bool is_same_range(const struct image_alternative *a,
                          const struct image_alternative *b)
{
	return a->low == b->low && a->high == b->high;
}

/* One that goes over midnight is within itself alone; so is a threshold, which
 * holds on for a while past its bound. */
static bool is_within(const struct image_condition *c,
                      const struct image_alternative *a,
                      const struct image_alternative *b)
{
	if (a->low > a->high || b->low > b->high || match_swings(c, b))
		return is_same_range(a, b);
	return b->low <= a->low && a->high <= b->high;
}

static bool text_implies(const void *image, const struct image_alternative *a,
                         const struct image_alternative *b, uint64_t *steps)
{
	const char *text = image_text_of(image, a->text);
	const char *glob = image_text_of(image, b->text);

	if (a->op == b->op && is_same_text(image, a->text, b->text))
		return true;
	if (b->op != OP_GLOB)
		return false;
	*steps += a->text.bytes * b->text.bytes / 64;
	return a->op == OP_TEXT ? glob_match(glob, text)
	                        : strspn(glob, "*") == b->text.bytes;
}

/* What fits a fits b. */
static bool alternative_implies(const void *image,
                                const struct image_condition *c,
                                const struct image_alternative *a,
                                const struct image_alternative *b,
                                uint64_t *steps)
{
	if (b->op == OP_ANY)
		return true;
	switch ((enum op)a->op) {
	case OP_TEXT:
	case OP_GLOB:
	case OP_REGEX:
		return text_implies(image, a, b, steps);
	case OP_RANGE:
		return b->op == OP_RANGE && is_within(c, a, b);
	case OP_TAG:
		return b->op == OP_TAG && a->low == b->low;
	case OP_PEOPLE:
		return b->op == OP_PEOPLE;
	case OP_ANY:
	case OPS:
		break;
	}
	return false;
}

static const struct image_alternative *
alternative_at(const void *image, const struct image_condition *c, uint32_t i)
{
	return IMAGE_AT(image, IMAGE_ALTERNATIVES, image_alternative,
	                c->alternatives.first + i);
}

static bool any_implied(const void *image, const struct image_condition *c,
                        const struct image_alternative *a, uint64_t *steps)
{
	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		if (++*steps > DOUBT_STEPS_MAX)
			return false;
		if (alternative_implies(image, c, a,
		                        alternative_at(image, c, i), steps))
			return true;
	}
	return false;
}

/* Whatever of a's list it is, it is in b's. */
static bool condition_implies(const void *image,
                              const struct image_condition *a,
                              const struct image_condition *b, uint64_t *steps)
{
	for (uint32_t i = 0; i < a->alternatives.count; i++)
		if (!any_implied(image, b, alternative_at(image, a, i), steps))
			return false;
	return true;
}

static const struct image_condition *
condition_at(const void *image, const struct image_selector *s, uint32_t i)
{
	return IMAGE_AT(image, IMAGE_CONDITIONS, image_condition,
	                s->conditions.first + i);
}

/* The condition of s on the same as c, or NULL. */
static const struct image_condition *
condition_like(const void *image, const struct image_selector *s,
               const struct image_condition *c)
{
	for (uint32_t i = 0; i < s->conditions.count; i++) {
		const struct image_condition *of = condition_at(image, s, i);

		if (of->kind == c->kind && of->fact == c->fact &&
		    is_same_text(image, of->name, c->name))
			return of;
	}
	return NULL;
}

static bool conditions_imply(const void *image, const struct image_selector *a,
                             const struct image_selector *b, uint64_t *steps)
{
	for (uint32_t i = 0; i < b->conditions.count; i++) {
		const struct image_condition *then = condition_at(image, b, i);
		const struct image_condition *c = condition_like(image, a,
		                                                 then);

		if (c == NULL || !condition_implies(image, c, then, steps))
			return false;
	}
	return true;
}

bool implies(const void *image, uint32_t if_this, uint32_t then_that,
             uint64_t *steps)
{
	const struct image_selector *a, *b;

	if (then_that == IMAGE_NONE || if_this == then_that)
		return true;
	if (if_this == IMAGE_NONE || ++*steps > DOUBT_STEPS_MAX)
		return false;
	a = IMAGE_AT(image, IMAGE_SELECTORS, image_selector, if_this);
	b = IMAGE_AT(image, IMAGE_SELECTORS, image_selector, then_that);
	return a->kind == b->kind && a->lasting_ns >= b->lasting_ns &&
	       conditions_imply(image, a, b, steps) &&
	       implies(image, a->of, b->of, steps) &&
	       implies(image, a->under, b->under, steps) &&
	       implies(image, a->parent, b->parent, steps);
}

bool implies_both(const void *image, uint32_t a, uint32_t b, uint64_t *steps)
{
	return implies(image, a, b, steps) && implies(image, b, a, steps);
}
