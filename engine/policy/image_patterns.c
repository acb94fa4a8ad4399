/* image_patterns.c -- what of an image must be tried, or counted, to be
 * believed. */

#include "policy/checking.h"

#include <errno.h>
#include <string.h>

#include "policy/regex.h"

static int pattern_try(struct check *c, struct regexes *known, uint32_t n)
{
	const struct image_alternative *a =
		IMAGE_AT(c->image, IMAGE_ALTERNATIVES, image_alternative, n);
	char why[160] = "";
	int  r;

	if (a->op != OP_REGEX)
		return 0;
	r = regexes_add(known, a->text.at, image_text_of(c->image, a->text),
	                a->text.bytes, why, sizeof(why));
	return r == 0 || r == -ENOMEM ? r :
	       check_refuse(c, "alternative %u is no pattern: %s", n, why);
}

/* What they were compiled to is thrown away: a rule set has its own copy of the
 * image, and compiles that. */
int check_patterns(struct check *c)
{
	struct regexes *known = regexes_new();
	int             r = known == NULL ? -ENOMEM : 0;

	for (uint32_t i = 0; r == 0 && i < check_count(c, IMAGE_ALTERNATIVES);
	     i++)
		r = pattern_try(c, known, i);
	regexes_free(known);
	return r;
}

/* A name has no '=', or it would be found in a value. */
int check_env(struct check *c)
{
	uint32_t name[ENV_NAMES_MAX], names = 0;

	for (uint32_t i = 0; i < check_count(c, IMAGE_CONDITIONS); i++) {
		const struct image_condition *k =
			IMAGE_AT(c->image, IMAGE_CONDITIONS, image_condition,
			         i);
		uint32_t n = 0;

		if (k->kind != CONDITION_ENV)
			continue;
		if (strchr(image_text_of(c->image, k->name), '=') != NULL)
			return check_refuse(c, "condition %u names no "
			                    "variable", i);
		while (n < names && name[n] != k->name.at)
			n++;
		if (n == ENV_NAMES_MAX)
			return check_refuse(c, "the rules name too many "
			                    "variables");
		name[n] = k->name.at;
		names += n == names;
	}
	return 0;
}
