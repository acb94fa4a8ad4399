/* test_reach.c -- which rules the tests of a folder have anything to do with.
 *
 * A rule is tried when it matched some task; it has shown what it is for when
 * it decided: won a setting, cut one, or gave its tag and has nothing else.
 */

#include "test.h"

#include <stdlib.h>

#include "policy/image.h"
#include "rules.h"
#include "test_news.h"

enum { MATCHED = 1, DECIDED = 2 };

static void tell_rules(const void *image, uint32_t rules, FILE *news)
{
	for (uint32_t i = 0; i < rules; i++) {
		const struct image_rule *r =
			IMAGE_AT(image, IMAGE_RULES, image_rule, i);

		news_send(news, &(struct news){
			.kind = NEWS_RULE, .index = i, .line = (int)r->line,
			.name = image_text_of(image, r->name),
			.sentence = image_text_of(image, r->file) });
	}
}

bool reach_open(struct reach *reach, const struct rule_book *rules, FILE *news)
{
	size_t      bytes;
	const void *image = rule_book_image(rules, &bytes);

	reach->rules = image_count(image, IMAGE_RULES);
	reach->of = calloc(reach->rules + 1, 1);
	reach->news = news;
	if (reach->of != NULL)
		tell_rules(image, reach->rules, news);
	return reach->of != NULL;
}

void reach_close(struct reach *reach)
{
	free(reach->of);
	*reach = (struct reach){ 0 };
}

/* Only what is new is told. */
static void note(struct reach *reach, uint32_t rule, int how)
{
	if (rule >= reach->rules || (reach->of[rule] & how) == how)
		return;
	reach->of[rule] |= (uint8_t)(MATCHED | how);
	news_send(reach->news, &(struct news){
		.kind = NEWS_REACHED, .index = rule,
		.well = (reach->of[rule] & DECIDED) != 0 });
}

static bool is_only_a_tag(const struct image_rule *r)
{
	return r->tag != IMAGE_NONE && !r->is_function && r->want.count == 0 &&
	       r->cap.count == 0;
}

void reach_note(struct reach *reach, const struct ruleset *rules,
                const struct opinion *o)
{
	if (reach->of == NULL)
		return;
	for (size_t i = 0; i < o->found.rules; i++) {
		uint32_t rule = o->found.rule[i];

		note(reach, rule, is_only_a_tag(ruleset_rule(rules, rule))
		                          ? DECIDED : MATCHED);
	}
	/* What was wanted at a moment is claimed without a match. */
	for (size_t i = 0; i < o->claims; i++)
		note(reach, o->claim[i].rule, MATCHED);
	for (int s = 0; s < SETTING_COUNT; s++) {
		if (o->verdict.won[s] != RULE_NONE)
			note(reach, o->verdict.won[s], DECIDED);
		if (o->verdict.held[s] != RULE_NONE)
			note(reach, o->verdict.held[s], DECIDED);
	}
}
