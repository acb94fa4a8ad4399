/* stub_text.c -- classes for all tables of the language, functions for its
 * words. */

#include "command/stub_text.h"

#include <string.h>

#include "base/text.h"
#include "command/reference.h"
#include "model/word.h"

#define TYPE_MAX 1024

static const char types[] =
	"---@class pqs.process\n"
	"---@class pqs.thread\n"
	"---@class pqs.host\n"
	"---@class pqs.pattern\n"
	"---@class pqs.range\n"
	"---@class pqs.any\n"
	"---@class pqs.people\n"
	"---@class pqs.untouched\n"
	"---@class pqs.except\n"
	"---@class pqs.moment\n"
	"---@class pqs.target\n"
	"---@class pqs.task\n"
	"---@alias pqs.bound integer|string\n"
	"---@alias pqs.text string|pqs.pattern|pqs.range|pqs.any"
	"|(string|pqs.pattern|pqs.range)[]\n"
	"---@alias pqs.number integer|pqs.range|pqs.any"
	"|(integer|pqs.range)[]\n"
	"---@alias pqs.quantity string|pqs.range|pqs.any"
	"|(string|pqs.range)[]\n";

/* The names of all settings, as texts. */
static void print_setting_names(FILE *out)
{
	fputs("---@alias pqs.setting ", out);
	for (int s = 0; s < SETTING_COUNT; s++)
		fprintf(out, "%s\"%s\"", s > 0 ? "|" : "",
		        setting_rows[s].name);
	fputc('\n', out);
}

static void print_class(FILE *out, const char *name)
{
	fprintf(out, "\n---@class pqs.%s\n", name);
}

/* Every field may be left out. */
static void print_field(FILE *out, const char *name, const char *type,
                        const char *meaning)
{
	fprintf(out, "---@field %s? %s %s\n", name, type, meaning);
}

static void print_fields_of(FILE *out, enum word_place place)
{
	for (size_t i = 0; i < word_count; i++) {
		const struct word_row *w = &word_rows[i];
		enum fact              f;

		/* one that is also a fact was told there */
		if (w->place == place && (place != WORD_PLACE_TASK ||
		                          fact_find(w->name, &f) < 0))
			print_field(out, w->name, w->gives, w->meaning);
	}
}

/* What else may be written for a fact: a selector for 'parent'. */
static const char *type_beside(const char *name)
{
	for (size_t i = 0; i < word_count; i++)
		if (word_rows[i].place == WORD_PLACE_TASK &&
		    strcmp(word_rows[i].name, name) == 0)
			return word_rows[i].gives;
	return NULL;
}

static void print_process_match(FILE *out)
{
	struct reference r;
	char             type[TYPE_MAX];

	print_class(out, "match.process");
	for (int f = 0; f < FACT_COUNT; f++) {
		const char *beside = type_beside(fact_rows[f].name);

		reference_fact((enum fact)f, &r);
		snprintf(type, sizeof type, "%s%s%s", r.match_type,
		         beside != NULL ? "|" : "",
		         beside != NULL ? beside : "");
		print_field(out, r.name, type, r.meaning);
	}
	print_fields_of(out, WORD_PLACE_TASK);
	print_class(out, "match.thread : pqs.match.process");
	print_fields_of(out, WORD_PLACE_THREAD);
}

static void print_host_match(FILE *out)
{
	struct reference r;
	char             type[TYPE_MAX];

	print_class(out, "match.host");
	for (int f = 0; f < HOST_COUNT; f++) {
		struct words w;

		reference_host((enum host_fact)f, &r);
		reference_host_words((enum host_fact)f, &w);
		snprintf(type, sizeof type, "%s%s%s",
		         w.count > 0 ? r.view_type : "",
		         w.count > 0 ? "|" : "", r.match_type);
		print_field(out, r.name, type, r.meaning);
	}
}

/* What cannot be read is nil, so each may be. */
static void print_views(FILE *out)
{
	struct reference r;

	print_class(out, "view.process");
	for (int f = 0; f < FACT_COUNT; f++) {
		reference_fact((enum fact)f, &r);
		print_field(out, r.name, r.view_type, r.meaning);
	}
	print_class(out, "view.host");
	for (int f = 0; f < HOST_COUNT; f++) {
		reference_host((enum host_fact)f, &r);
		print_field(out, r.name, r.view_type, r.meaning);
	}
}

/* A want is the value; a cap bounds it. */
static void print_setting(FILE *out, enum setting s, bool cap)
{
	char type[TYPE_MAX], all[2 * TYPE_MAX + 32];

	reference_setting_type(s, type, sizeof type);
	snprintf(all, sizeof all, cap ? "%s|pqs.range|(%s)[]"
	                              : "%s|pqs.untouched", type, type);
	print_field(out, setting_rows[s].name, all, setting_rows[s].text);
}

/* Of those that belong to a group of tasks. */
static void print_group_settings(FILE *out)
{
	for (int s = 0; s < SETTING_COUNT; s++)
		if (setting_rows[s].scope == SETTING_SCOPE_GROUP)
			print_setting(out, (enum setting)s, false);
}

static void print_settings(FILE *out, const char *class, bool cap)
{
	print_class(out, class);
	for (int s = 0; s < SETTING_COUNT; s++)
		print_setting(out, (enum setting)s, cap);
}

/* "a: type; b?: type", one after the other.  False when there is no more. */
static bool parameter_next(const char **takes, char *name, char *type,
                           size_t size)
{
	size_t all = strcspn(*takes, ";"), n = strcspn(*takes, ":");

	if (all == 0)
		return false;
	text_copy_bytes(name, size, *takes, n);
	n += 1 + strspn(*takes + n + 1, " ");
	text_copy_bytes(type, size, *takes + n, all - n);
	*takes += all + strspn(*takes + all, "; ");
	return true;
}

/* Tells of the parameters; their names, without the mark of what may be left
 * out, stand in the function as well. */
static void print_parameters(FILE *out, const struct word_row *w, char *names,
                             size_t size)
{
	char        name[256], type[256];
	size_t      used = 0;
	const char *takes = w->takes;

	*names = '\0';
	while (parameter_next(&takes, name, type, sizeof name)) {
		fprintf(out, "---@param %s %s\n", name, type);
		name[strcspn(name, "?")] = '\0';
		used += (size_t)snprintf(names + used, size - used, "%s%s",
		                         used > 0 ? ", " : "", name);
	}
}

static void print_function(FILE *out, const struct word_row *w)
{
	char names[256];

	print_parameters(out, w, names, sizeof names);
	if (w->gives[0] != '\0')
		fprintf(out, "---@return %s\n", w->gives);
	fprintf(out, "function %s%s (%s) end\n", word_owner(w->place),
	        w->name, names);
}

/* A word that has others behind its name, and is called as well: a table that
 * can be called. */
static void print_owner(FILE *out, const struct word_row *w)
{
	char        name[256], type[256];
	const char *takes = w->takes, *between = "";

	fprintf(out, "---@class pqs.%s\n---@overload fun(", w->name);
	while (parameter_next(&takes, name, type, sizeof name)) {
		fprintf(out, "%s%s: %s", between, name, type);
		between = ", ";
	}
	fprintf(out, "): %s\n%s = {}\n", w->gives, w->name);
}

/* Where the words behind that name are, or WORD_PLACES. */
static enum word_place place_behind(const char *name)
{
	size_t n = strlen(name);

	for (int p = 0; p < WORD_PLACES; p++) {
		const char *owner = word_owner((enum word_place)p);

		if (strncmp(owner, name, n) == 0 && owner[n] == '.')
			return (enum word_place)p;
	}
	return WORD_PLACES;
}

static void print_word(FILE *out, const struct word_row *w)
{
	fprintf(out, "\n---`%s`: %s\n", w->written, w->meaning);
	if (w->takes == NULL)
		fprintf(out, "---@type %s\n%s%s = nil\n", w->gives,
		        word_owner(w->place), w->name);
	else if (place_behind(w->name) != WORD_PLACES)
		print_owner(out, w);
	else
		print_function(out, w);
}

static void print_words_of(FILE *out, enum word_place place)
{
	for (size_t i = 0; i < word_count; i++)
		if (word_rows[i].place == place)
			print_word(out, &word_rows[i]);
}

/* stringlib is what LuaLS takes the methods of a text from. */
static void print_libraries(FILE *out)
{
	fputs("\n---@class mathlib\nmath = {}\n", out);
	print_words_of(out, WORD_PLACE_MATH);
	fputs("\n---@class stringlib\nstring = {}\n", out);
	print_words_of(out, WORD_PLACE_STRING);
	fputs("\n---@class tablelib\ntable = {}\n", out);
	print_words_of(out, WORD_PLACE_TABLE);
}

void stub_language(FILE *out)
{
	fputs("---@meta pqs\n-- " STUB_MARK ".\n-- The rule language of pqs "
	      PQS_VERSION ", for editors; pqs itself reads no file here.\n\n",
	      out);
	fputs(types, out);
	print_setting_names(out);
	print_process_match(out);
	print_host_match(out);
	print_views(out);
	print_settings(out, "want", false);
	print_settings(out, "cap", true);
	print_class(out, "rule");
	print_fields_of(out, WORD_PLACE_RULE);
	print_class(out, "pool");
	print_group_settings(out);
	print_fields_of(out, WORD_PLACE_POOL);
	print_class(out, "handler");
	print_fields_of(out, WORD_PLACE_HANDLER);
	print_class(out, "program");
	print_fields_of(out, WORD_PLACE_EXEC);
	print_words_of(out, WORD_PLACE_RULES);
	print_words_of(out, WORD_PLACE_LUA);
	print_libraries(out);
	print_words_of(out, WORD_PLACE_TESTS);
	print_words_of(out, WORD_PLACE_TEST);
	print_words_of(out, WORD_PLACE_EXPECT);
	print_class(out, "sim");
	fputs("local sim = {}\n", out);
	print_words_of(out, WORD_PLACE_SIM);
}

/* "builtin" is left: it says what a text and a table are. */
void stub_luarc(FILE *out)
{
	static const char *const off[] = {
		"basic", "bit", "bit32", "coroutine", "debug", "ffi", "io",
		"jit", "jit.profile", "jit.util", "math", "os", "package",
		"string", "string.buffer", "table", "table.clear", "table.new",
		"utf8"
	};

	fputs("{\n  \"//\": \"" STUB_MARK "\",\n"
	      "  \"runtime.version\": \"Lua 5.4\",\n"
	      "  \"runtime.builtin\": {\n", out);
	for (size_t i = 0; i < sizeof off / sizeof off[0]; i++)
		fprintf(out, "%s    \"%s\": \"disable\"", i > 0 ? ",\n" : "",
		        off[i]);
	fputs("\n  },\n  \"workspace.library\": [ \".pqs\" ]\n}\n", out);
}

static void print_names(FILE *out, enum word_place place, const char *indent)
{
	for (size_t i = 0; i < word_count; i++)
		if (word_rows[i].place == place)
			fprintf(out, "%s\"%s\",\n", indent, word_rows[i].name);
}

static void print_table_names(FILE *out, enum word_place place)
{
	const char *owner = word_owner(place);

	fprintf(out, "  %.*s = { fields = {\n", (int)strlen(owner) - 1,
	        owner);
	print_names(out, place, "    ");
	fputs("  } },\n", out);
}

void stub_luacheckrc(FILE *out)
{
	fputs("-- " STUB_MARK ".\nstd = \"none\"\n"
	      "exclude_files = { \".pqs\" }\nread_globals = {\n", out);
	print_names(out, WORD_PLACE_RULES, "  ");
	print_names(out, WORD_PLACE_LUA, "  ");
	print_table_names(out, WORD_PLACE_MATH);
	print_table_names(out, WORD_PLACE_STRING);
	print_table_names(out, WORD_PLACE_TABLE);
	fputs("}\nfiles[\"**/*.test.lua\"] = { read_globals = {\n", out);
	print_table_names(out, WORD_PLACE_TEST);
	print_table_names(out, WORD_PLACE_EXPECT);
	fputs("} }\n", out);
}
