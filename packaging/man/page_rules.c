/* page_rules.c -- pqs-rules(7), from the tables of words,
 * facts and settings. */

#include <string.h>

#include "command/reference.h"
#include "model/intent.h"
#include "model/word.h"
#include "pages.h"
#include "roff.h"

static void print_words(FILE *out, enum word_place place)
{
	for (size_t i = 0; i < word_count; i++) {
		if (word_rows[i].place != place)
			continue;
		roff_term(out, word_rows[i].written);
		roff_below(out, word_rows[i].meaning);
	}
}

static void print_language(FILE *out)
{
	roff_section(out, "RULES");
	roff_text(out, "A rule file is a text whose name ends in .lua: data "
	               "with a few small functions, written in Lua 5.4. These "
	               "are its words, in use:");
	print_words(out, WORD_PLACE_RULES);
	roff_part(out, "Fields of rule { }");
	print_words(out, WORD_PLACE_RULE);
	roff_part(out, "Fields of pool { } beside settings of groups");
	print_words(out, WORD_PLACE_POOL);
	roff_part(out, "Fields of on \"moment\" { }");
	print_words(out, WORD_PLACE_HANDLER);
	roff_part(out, "Fields of process { } and thread { } beside facts");
	print_words(out, WORD_PLACE_TASK);
	roff_part(out, "Fields of thread { } alone");
	print_words(out, WORD_PLACE_THREAD);
}

static void print_row(FILE *out, const struct reference *r)
{
	roff_term(out, r->name);
	roff_below(out, r->meaning);
	for (int i = 0; i < REFERENCE_LINES; i++)
		roff_line(out, reference_labels[i], r->line[i]);
}

static void print_facts(FILE *out)
{
	struct reference r;

	roff_section(out, "FACTS");
	roff_text(out, "Of a process or a thread. A fact that cannot be read "
	               "is nil to a function, and a match by it keeps its rule "
	               "silent, also from inside except.");
	for (int f = 0; f < FACT_COUNT; f++) {
		reference_fact((enum fact)f, &r);
		print_row(out, &r);
	}
	roff_section(out, "FACTS OF THE MACHINE");
	for (int f = 0; f < HOST_COUNT; f++) {
		reference_host((enum host_fact)f, &r);
		print_row(out, &r);
	}
}

/* One line for each knob that the value of an intent stands for. */
static void print_class(FILE *out, const char *name, const struct want *knobs)
{
	char value[VALUE_TEXT_MAX];

	roff_term(out, name);
	for (uint64_t left = knobs->has; left != 0;) {
		enum setting s = setting_take(&left);

		roff_line(out, setting_rows[s].name,
		          setting_print(s, knobs->value[s], NULL, value,
		                        sizeof value));
	}
}

static void print_classes(FILE *out, enum setting s, const struct want *rows)
{
	size_t             n;
	const char *const *words = setting_words(s, &n);

	for (size_t i = 0; i < n; i++)
		print_class(out, words[i], &rows[i]);
}

static void print_intents(FILE *out)
{
	struct intents all;

	intents_default(&all);
	roff_part(out, "Service classes");
	roff_text(out, "What each value of qos stands for, unless pqs.yaml "
	               "says otherwise. A knob beside qos in one want "
	               "overrides it.");
	print_classes(out, SETTING_qos, all.qos);
	roff_part(out, "Roles");
	roff_text(out, "What each value of role stands for. Beside qos in one "
	               "want it overrides the class's knobs.");
	print_classes(out, SETTING_role, all.role);
	roff_part(out, "Tiers of I/O");
	roff_text(out, "What each value of io stands for, also beside qos and "
	               "role.");
	print_classes(out, SETTING_io, all.io);
	roff_part(out, "Suppression");
	print_class(out, "suppress = true", &all.suppress);
}

static void print_settings(FILE *out)
{
	struct reference r;

	roff_section(out, "SETTINGS");
	for (int s = 0; s < SETTING_COUNT; s++) {
		reference_setting((enum setting)s, &r);
		print_row(out, &r);
	}
	print_intents(out);
}

static void print_rest(FILE *out)
{
	roff_section(out, "TESTS");
	roff_text(out, "Files named *.test.lua, beside the rules, are played "
	               "by pqs test on a simulated machine.");
	print_words(out, WORD_PLACE_TESTS);
	print_words(out, WORD_PLACE_TEST);
	print_words(out, WORD_PLACE_EXPECT);
	print_words(out, WORD_PLACE_SIM);
	roff_part(out, "Fields of sim:exec { }");
	print_words(out, WORD_PLACE_EXEC);
	roff_section(out, "LUA");
	roff_text(out, "Of Lua there is this, and nothing that reaches outside "
	               "the file.");
	print_words(out, WORD_PLACE_LUA);
	print_words(out, WORD_PLACE_MATH);
	print_words(out, WORD_PLACE_STRING);
	print_words(out, WORD_PLACE_TABLE);
}

void page_rules(FILE *out)
{
	roff_begin(out, "pqs-rules", 7, "the rule language of pqs");
	roff_section(out, "DESCRIPTION");
	roff_text(out, "A rule says of some processes or threads what they "
	               "should have. It never does anything itself: pqs "
	               "compares all rules, picks one value for each setting, "
	               "applies it and remembers what was there before. When a "
	               "rule stops matching, the old value comes back.");
	roff_code(out, "rule \"video/encode\" {\n"
	               "  match = process { name = \"ffmpeg\" },\n"
	               "  want  = { nice = 10, ionice = \"idle\" },\n"
	               "}\n");
	roff_text(out, "pqs check says what is wrong with a file, pqs explain "
	               "what the rules want of a living process, and pqs stubs "
	               "lets an editor complete what stands below.");
	print_language(out);
	print_facts(out);
	print_settings(out);
	print_rest(out);
	roff_section(out, "SEE ALSO");
	roff_text(out, "pqs(1), pqs.yaml(5)");
}
