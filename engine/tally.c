/* tally.c -- what came of each rule of a generation: for people who ask.
 *
 * Rules that never match cost no memory: their part of the table is never
 * touched.
 */
#include "tally.h"

#include <stdlib.h>

struct tally *tally_of(struct voice *v, uint32_t rule)
{
	static struct tally none;

	if (v->number == VOICE_NEXT)
		return &none;
	if (v->tally == NULL && v->rules != NULL)
		v->tally = calloc(ruleset_count(v->rules) + 1,
		                  sizeof *v->tally);
	if (v->tally == NULL || rule >= ruleset_count(v->rules))
		return &none;
	return &v->tally[rule];
}

void tally_verdict(struct engine *en, const struct verdict *verdict)
{
	for (uint64_t left = verdict->want.has; left != 0;) {
		uint32_t      rule = verdict->won[setting_take(&left)];
		struct voice *v = voice_of_rule(en, rule);

		if (v != NULL)
			tally_of(v, rule_index(rule))->won++;
	}
}

void tally_free(struct voice *v)
{
	free(v->tally);
	v->tally = NULL;
}
