/* fuzz_rule_file.c -- any bytes as a rule file: refused with a place, or rules
 * that the core takes, whose functions answer what the core believes. */

#include "fuzz.h"

#include <string.h>

#include "model/interned.h"
#include "only_question.h"
#include "policy/ruleset.h"
#include "rules.h"

static void function_ask(struct rule_book *b, const struct image_rule *r,
                         uint32_t rule, struct subject *about,
                         struct interned *sets)
{
	static char         question[HANDLE_BYTES_MAX], out[ANSWER_BYTES_MAX];
	static struct deeds deeds;
	struct answer       a;
	uint32_t            id, generation, answered;
	int64_t             n = only_question(r, rule, everything, 7, about,
	                                      question, sizeof question);

	MUST(n > 0);
	n = rule_book_ask(b, question, (size_t)n, out, sizeof out);
	MUST(n > 0);
	MUST(answer_read(out, (size_t)n, sets, &id, &generation, &answered,
	                 &a, r->is_handler ? &deeds : NULL) == 0);
	MUST(id == 7 && generation == 1 && answered == rule);
	MUST(a.outcome != OUTCOME_NEEDS);
}

static void functions_ask(struct rule_book *b, const struct ruleset *rules,
                          struct interned *sets)
{
	struct host    host = { 0 };
	struct subject about = { .table = table_new(&only), .host = &host };

	MUST(about.table != NULL);
	MUST(table_meet(about.table, only_id, &about.task) == 1);
	for (uint32_t i = 0; i < ruleset_count(rules) && i < 64; i++)
		if (ruleset_rule(rules, i)->is_function)
			function_ask(b, ruleset_rule(rules, i), i, &about,
			             sets);
	table_free(about.table);
}

static void rules_use(struct rule_book *b)
{
	struct interned *sets = interned_new();
	struct ruleset  *rules = NULL;
	size_t           bytes;
	const void      *image = rule_book_image(b, &bytes);

	MUST(sets != NULL && image != NULL);
	MUST(ruleset_new(image, bytes, 3, sets, &rules) == 0);
	functions_ask(b, rules, sets);
	ruleset_free(rules);
	interned_free(sets);
}

static void mistakes_read(const struct rule_book *b)
{
	struct rule_mistake m;

	for (size_t i = 0; rule_book_mistake(b, i, &m); i++) {
		MUST(m.sentence[0] != '\0');
		for (const char *c = m.sentence; *c != '\0'; c++)
			MUST((unsigned char)*c >= ' ' && *c != 0x7f);
	}
}

/* Budgets count instructions and bytes here, so an input ends the same way
 * each time. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct rule_book   *b = rule_book_new();
	struct rule_mistake m;

	MUST(b != NULL);
	MUST(rule_book_add(b, LAYER_ADMIN, "a.lua", (const char *)bytes,
	                   n) == 0);
	rule_book_strict(b);
	if (rule_book_compile(b) == 0) {
		MUST(rule_book_doubt(b, NULL) >= 0);
		rules_use(b);
	} else {
		MUST(rule_book_mistake(b, 0, &m));
	}
	mistakes_read(b);
	rule_book_free(b);
	return 0;
}
