/* test_reasons.c -- a few lines on why a task is as it is: which rules matched,
 * what each wants, whose wish each setting is, and who lost by what.
 */

#include "test.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/rank.h"
#include "policy/tags.h"

#define RULES_SHOWN 12

struct reasons {
	struct stage         *stage;
	struct task_id        whom;
	const struct opinion *o;
	const struct ruleset *rules;
};

static void add(struct reasons *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct reasons *w, const char *format, ...)
{
	char   *out = w->stage->reasons;
	size_t  used = strlen(out);
	va_list args;

	va_start(args, format);
	vsnprintf(out + used, TEST_REASONS_MAX - used, format, args);
	va_end(args);
}

static void add_value(struct reasons *w, enum setting s, int64_t value)
{
	char text[VALUE_TEXT_MAX];

	add(w, "%s = %s", setting_rows[s].name,
	    setting_print(s, value, w->stage->r->sets, text, sizeof text));
}

static const char *tag_name(const struct reasons *w, uint32_t tag)
{
	size_t      bytes;
	const void *image = rule_book_image(w->stage->rules, &bytes);

	return image_text_of(image, *IMAGE_AT(image, IMAGE_TAGS, image_text,
	                                      tag));
}

static const struct claim *claim_of(const struct reasons *w, uint32_t rule)
{
	for (size_t i = 0; i < w->o->claims; i++)
		if (w->o->claim[i].rule == rule)
			return &w->o->claim[i];
	return NULL;
}

static bool has_ceiling(const struct reasons *w, uint32_t rule)
{
	for (size_t i = 0; i < w->o->ceilings; i++)
		if (w->o->ceiling[i].rule == rule)
			return true;
	return false;
}

static bool is_past_when(const struct reasons *w, uint32_t rule)
{
	struct engine *en = &w->stage->r->engine;
	struct task   *who = table_find(en->table, w->whom);
	struct subject about = engine_subject(en, &en->voice[VOICE_SYSTEM], who);

	return who == NULL || ruleset_when(w->rules, rule, &about);
}

/* It matched, has something to say, and says nothing. */
static const char *why_silent(const struct reasons *w, uint32_t rule)
{
	const struct image_rule *r = ruleset_rule(w->rules, rule);

	if (!is_past_when(w, rule))
		return " wants nothing now: its 'when' does not hold";
	if (r->is_function)
		return " wants nothing now";
	return r->want.count > 0 ? " is not heard" : "";
}

static void add_rule(struct reasons *w, uint32_t rule)
{
	const struct image_rule *r = ruleset_rule(w->rules, rule);
	const struct claim      *claim = claim_of(w, rule);
	const char              *between = " wants ";

	add(w, "%s (%s:%u)", ruleset_name(w->rules, rule),
	    ruleset_file(w->rules, rule), (unsigned)r->line);
	for (int s = 0; claim != NULL && s < SETTING_COUNT; s++) {
		if (!want_has(&claim->want, (enum setting)s))
			continue;
		add(w, "%s", between);
		add_value(w, (enum setting)s, claim->want.value[s]);
		between = ", ";
	}
	if (has_ceiling(w, rule))
		add(w, " sets bounds");
	else if (claim == NULL)
		add(w, "%s", why_silent(w, rule));
	if (r->tag != IMAGE_NONE)
		add(w, "; tag: %s", tag_name(w, r->tag));
	add(w, "\n");
}

/* Its own first; of its process, those that claim something of a thread. */
static void add_rules(struct reasons *w)
{
	const struct found *f = &w->o->found;
	size_t              shown = 0, left = 0;

	for (size_t i = 0; i < f->rules; i++)
		if (shown++ < RULES_SHOWN)
			add_rule(w, f->rule[i]);
		else
			left++;
	for (size_t i = 0; i < w->o->claims; i++) {
		bool own = false;

		for (size_t k = 0; k < f->rules; k++)
			own |= f->rule[k] == w->o->claim[i].rule;
		if (!own && shown++ < RULES_SHOWN)
			add_rule(w, w->o->claim[i].rule);
	}
	if (shown == 0)
		add(w, "no rule matches it\n");
	if (left > 0)
		add(w, "and %zu rules more\n", left);
}

static bool is_yielded(const struct reasons *w, enum setting s)
{
	const struct task *who = table_find(w->stage->r->engine.table, w->whom);

	return who != NULL && (who->yielded & SETTING_BIT(s)) != 0;
}

/* Claims on that setting that are not the winner's, and what they lost by. */
static void add_losers(struct reasons *w, enum setting s)
{
	uint32_t            won = w->o->verdict.won[s];
	const struct claim *winner = claim_of(w, won);

	for (size_t i = 0; winner != NULL && i < w->o->claims; i++) {
		const struct claim *c = &w->o->claim[i];
		struct want         all = c->want;

		intents_expand(&w->stage->r->engine.intents, &all);
		if (c->rule == won || !want_has(&all, s))
			continue;
		add(w, "  over ");
		add_value(w, s, all.value[s]);
		add(w, " by %s: %s\n", ruleset_name(w->rules, c->rule),
		    rank_why(winner->rank, c->rank));
	}
}

static void add_setting(struct reasons *w, enum setting s)
{
	const struct verdict *v = &w->o->verdict;

	if (v->won[s] == RULE_NONE) {
		add(w, "%s: no rule wants it\n", setting_rows[s].name);
		return;
	}
	if (want_has(&v->want, s))
		add_value(w, s, v->want.value[s]);
	else
		add(w, "%s is left untouched", setting_rows[s].name);
	add(w, " by %s", ruleset_name(w->rules, v->won[s]));
	if (v->held[s] != RULE_NONE)
		add(w, ", within the bounds of %s",
		    ruleset_name(w->rules, v->held[s]));
	if (is_yielded(w, s))
		add(w, ", but another program has set it");
	add(w, "\n");
	add_losers(w, s);
}

void test_reasons(struct stage *stage, struct task_id whom,
                  const struct opinion *o, uint64_t settings)
{
	struct reasons w = { stage, whom, o,
	                     stage->r->engine.voice[VOICE_SYSTEM].rules };
	const char    *why = rehearsal_protected(stage->r, whom);

	stage->reasons[0] = '\0';
	add_rules(&w);
	if (why != NULL)
		add(&w, "it is protected: %s\n", why);
	for (int s = 0; s < SETTING_COUNT; s++)
		if ((settings & SETTING_BIT(s)) != 0)
			add_setting(&w, (enum setting)s);
}
