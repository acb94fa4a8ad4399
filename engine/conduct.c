/* conduct.c -- whether the functions of rules answer, or fail. */

#include "conduct.h"

#include <stdio.h>

#include "reloading.h"
#include "tally.h"

static void fail(struct engine *en, struct voice *v, uint32_t rule,
                 const char *why)
{
	uint8_t conduct = v->conduct[rule];
	char    sentence[512];

	en->counts.rule_failures++;
	tally_of(v, rule)->failed++;
	if (v->number == VOICE_SYSTEM && (conduct & CONDUCT_FAILED_BEFORE) == 0)
		probation_failed(en);
	v->conduct[rule] |= CONDUCT_FAILED;
	if ((conduct & CONDUCT_FAILED) != 0)
		return;
	snprintf(sentence, sizeof sentence,
	         "rule \"%s\" (%s:%u) has no opinion: %s",
	         ruleset_name(v->rules, rule), ruleset_file(v->rules, rule),
	         (unsigned)ruleset_rule(v->rules, rule)->line, why);
	voice_trouble(en, v, sentence);
}

void conduct_heard(struct engine *en, struct voice *v, uint32_t rule,
                   const struct answer *said)
{
	if (v->number == VOICE_NEXT)
		return;
	if (said->outcome > OUTCOME_NEEDS)
		fail(en, v, rule, said->text);
	else if (said->outcome < OUTCOME_NEEDS)
		v->conduct[rule] |= CONDUCT_ANSWERED;
}

void conduct_remembered(struct engine *en, struct voice *v, uint32_t rule,
                        const struct answer *said)
{
	if (said->outcome < OUTCOME_NEEDS ||
	    (v->conduct[rule] & CONDUCT_FAILED) == 0)
		conduct_heard(en, v, rule, said);
}

void conduct_silenced(struct voice *v, uint32_t rule)
{
	if (v->number != VOICE_NEXT)
		v->conduct[rule] |= CONDUCT_FAILED;
}

void conduct_inherit(const struct heirs *h, const uint8_t *before,
                     uint8_t *conduct)
{
	const uint8_t failed = CONDUCT_FAILED | CONDUCT_FAILED_BEFORE;

	for (uint32_t i = 0; i < h->new_rules; i++) {
		uint32_t old = heirs_before(h, i);

		if (old != RULE_NONE && (before[old] & failed) != 0)
			conduct[i] |= CONDUCT_FAILED_BEFORE;
	}
}

uint32_t conduct_only_failed(const struct voice *v)
{
	for (uint32_t i = 0; i < ruleset_count(v->rules); i++)
		if (v->conduct[i] == CONDUCT_FAILED)
			return i;
	return RULE_NONE;
}
