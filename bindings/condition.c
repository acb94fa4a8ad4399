/* condition.c -- what one field of process { } or thread { } asks for. */

#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book.h"

/* The builder is there while files are read, and gone when rules are asked. */
static struct builder *building(const struct complaints *c)
{
	return c->side->book->builder;
}

_Static_assert(COMM_MAX == 16, "the sentences below say 15");

/* Of those that tasks are in. */
static bool is_unit(const char *text, size_t n)
{
	static const char *const ends[] = { ".service", ".scope", ".slice" };

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (n > strlen(ends[i]) &&
		    strcmp(text + n - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

/* Why no task has that text there, or NULL.  A thread's name is its comm. */
static const char *never_why(const char *text, size_t n, int fact,
                             enum select kind)
{
	bool is_comm = fact == FACT_comm ||
	               (fact == FACT_name && kind == SELECT_THREAD);
	bool is_name = !is_comm && (fact == FACT_name || fact == FACT_parent ||
	                            fact == FACT_ancestors);

	if (n == 0 && fact != FACT_args && fact != FACT_env)
		return "what is empty counts as not there";
	if (n >= COMM_MAX && is_comm)
		return fact == FACT_comm
		       ? "the kernel keeps 15 bytes of it"
		       : "the kernel keeps 15 bytes of a thread's name";
	if (is_name && text[0] == '/')
		return "it is the file's name alone; exe has the path";
	if (fact == FACT_exe && text[0] != '/')
		return "it is a whole path; name is the file's name";
	if (fact == FACT_signal && strncmp(text, "SIG", 3) == 0)
		return "signals are written like \"KILL\"";
	if (fact == FACT_unit && !is_unit(text, n))
		return "a unit ends in .service, .scope or .slice";
	return NULL;
}

/* Arguments may well have a star; in names it is a glob that was forgotten.  A
 * name that has one can be written as a glob with a backslash. */
static bool is_forgotten_glob(const char *text, int fact)
{
	return strchr(text, '*') != NULL && fact != FACT_args &&
	       fact != FACT_cmdline;
}

static void exact_check(const char *name, const char *text, size_t n,
                        struct complaints *c, int fact, enum select kind)
{
	const char *why = never_why(text, n, fact, kind);

	if (is_forgotten_glob(text, fact))
		complain(c, "%s = \"%.60s\" is taken as it stands; for a "
		         "pattern write glob \"%.60s\"", name, text, text);
	else if (why != NULL)
		complain(c, "%s = \"%.60s\" can never match: %s", name, text,
		         why);
}

/* {a,b} becomes several patterns here; the matcher knows no braces. */
static void glob_add(const struct word_pattern *g, struct complaints *c)
{
	int status = builder_glob(building(c), g->text, g->bytes);

	if (status == -EINVAL)
		complain(c, "glob \"%.60s\": its braces do not match", g->text);
	else if (status < 0)
		complain(c, "glob \"%.60s\" stands for too many names",
		         g->text);
}

/* The core compiles each different one, and has room for so many. */
static void regex_add(const struct word_pattern *r, struct complaints *c)
{
	struct rule_book *b = c->side->book;

	builder_regex(b->builder, r->text, r->bytes);
	if (names_put(&b->regexes, r->text, c->side->file, c->line) < 0)
		complain(c, "no memory for another pattern");
	else if (HASH_COUNT(b->regexes) > REGEXES_MAX)
		complain(c, "at most %d different patterns are looked for with "
		         "regex", REGEXES_MAX);
}

/* which: the fact, or with FACT_COUNT added, the fact of a thread. */
static void text_add(lua_State *L, int idx, const char *name,
                     struct complaints *c, int which)
{
	const struct word_pattern *glob = word_of(L, idx, WORD_GLOB);
	const struct word_pattern *regex = word_of(L, idx, WORD_REGEX);
	char                       given[96];
	size_t                     n;
	const char                *text;

	if (glob != NULL) {
		c->word = glob->text;
		glob_add(glob, c);
	} else if (regex != NULL) {
		c->word = regex->text;
		regex_add(regex, c);
	} else if (word_of(L, idx, WORD_ANY) != NULL) {
		builder_any(building(c));
	} else if (lua_type(L, idx) == LUA_TSTRING) {
		text = lua_tolstring(L, idx, &n);
		c->word = text;
		exact_check(name, text, n, c, which % FACT_COUNT,
		            which >= FACT_COUNT ? SELECT_THREAD
		                                : SELECT_PROCESS);
		if (n < TEXT_MAX && memchr(text, '\0', n) == NULL)
			builder_text(building(c), text, n);
		else
			complain(c, "%s takes at most %d bytes of text and no "
			         "zero byte", name, TEXT_MAX - 1);
	} else if (word_of(L, idx, WORD_UNKNOWN) == NULL) {
		complain(c, "%s takes text, glob, regex, any, or a list of "
		         "these, not %s", name,
		         value_name(L, idx, given, sizeof given));
	}
	c->word = name;
}

/* How a fact with a unit is written. */
static const struct {
	const char *takes, *noun, *examples;
} units[] = {
	[FACT_UNIT_PLAIN]   = { "a whole number", "whole number", NULL },
	[FACT_UNIT_NS]      = { "a time like \"5s\"", "time",
	                        "\"5s\" or \"20ms\"" },
	[FACT_UNIT_BYTES]   = { "a size like \"2GiB\"", "size",
	                        "\"2GiB\" or \"200MiB\"" },
	[FACT_UNIT_PERCENT] = { "a share like \"80%\"", "whole share",
	                        "\"80%\"" },
	[FACT_UNIT_RATE]    = { "a rate like \"1MiB/s\"", "rate",
	                        "\"1MiB/s\"" },
};

static int quantity_read(int fact, const char *text, int64_t *ret_value)
{
	return fact_parse((enum fact)fact, text, ret_value);
}

/* What a range says of a number that needs a unit. */
static bool is_bare(const struct word_range *r, int fact, int64_t *ret_number)
{
	const struct limit *bare = r->low.type == LIMIT_NUMBER ? &r->low
	                                                       : &r->high;

	*ret_number = bare->number;
	return fact_rows[fact].unit != FACT_UNIT_PLAIN &&
	       bare->type == LIMIT_NUMBER;
}

static void quantity_refuse(const char *name, const char *text,
                            struct complaints *c, int fact)
{
	enum fact_unit unit = fact_rows[fact].unit;

	if (unit == FACT_UNIT_PLAIN)
		complain(c, "%s: \"%s\" is no whole number", name, text);
	else
		complain(c, "%s: \"%s\" is no %s; write %s", name, text,
		         units[unit].noun, units[unit].examples);
}

/* A range is closed in the image: "above 5" is from 6 on. */
static void range_add(const struct word_range *r, const char *name,
                      struct complaints *c, int fact)
{
	const struct measure m = { quantity_read, fact };
	const char          *text = "";
	int64_t              low, high;
	int                  status;

	if (is_bare(r, fact, &low)) {
		complain(c, "%s: %lld has no unit; write %s", name,
		         (long long)low,
		         units[fact_rows[fact].unit].examples);
		return;
	}
	status = word_range_read(r, &m, &low, &high, &text);
	if (status == -EINVAL)
		quantity_refuse(name, text, c, fact);
	else if (status < 0 || high < 0)
		complain(c, "%s: nothing lies in that range", name);
	else
		builder_range(building(c), low, high);
}

/* The kernel counts from 0, and pqs has no other numbers. */
static void exact_number_add(int64_t n, const char *name, struct complaints *c)
{
	builder_range(building(c), n, n);
	if (n < 0)
		complain(c, "%s = %lld can never match: it is never below 0",
		         name, (long long)n);
}

/* The list of what it takes is the manual that is read first. */
static void number_refuse(lua_State *L, int idx, const char *name,
                          struct complaints *c, int fact)
{
	char        buffer[96], clause[128] = "";
	const char *given = value_name(L, idx, buffer, sizeof buffer);

	if (fact == FACT_uid && lua_type(L, idx) == LUA_TSTRING)
		snprintf(clause, sizeof clause, "; for a name write user = %s",
		         given);
	if (fact == FACT_gid && lua_type(L, idx) == LUA_TSTRING)
		snprintf(clause, sizeof clause, "; for a name write group = %s",
		         given);
	complain(c, "%s takes %s, above, below, between, at_least, at_most, "
	         "%sany, or a list of these, not %s%s", name,
	         units[fact_rows[fact].unit].takes,
	         fact == FACT_uid ? "people, " : "", given, clause);
}

/* A number, exactly or in a range; 'people' asks whose uid it is. */
static void number_add(lua_State *L, int idx, const char *name,
                       struct complaints *c, int fact)
{
	struct builder    *b = building(c);
	struct word_range *r = word_of(L, idx, WORD_RANGE);
	bool               plain = fact_rows[fact].unit == FACT_UNIT_PLAIN;
	int64_t            n;

	if (r != NULL)
		range_add(r, name, c, fact);
	else if (lua_isinteger(L, idx) && plain)
		exact_number_add(lua_tointeger(L, idx), name, c);
	else if (word_of(L, idx, WORD_ANY) != NULL)
		builder_any(b);
	else if (word_of(L, idx, WORD_PEOPLE) != NULL && fact == FACT_uid)
		builder_people(b);
	else if (lua_type(L, idx) == LUA_TSTRING &&
	         quantity_read(fact, lua_tostring(L, idx), &n) == 0)
		builder_range(b, n, n);
	else if (word_of(L, idx, WORD_UNKNOWN) == NULL)
		number_refuse(L, idx, name, c, fact);
}

static void truth_add(lua_State *L, int idx, const char *name,
                      struct complaints *c)
{
	bool v;

	if (bool_read(L, idx, name, c, &v))
		builder_range(building(c), v, v);
}

/* text_add() must know a thread, whose name is the kernel's. */
void condition_fact(lua_State *L, int idx, enum fact f, enum select kind,
                    struct complaints *c)
{
	const char *name = fact_rows[f].name;
	int         thread = kind == SELECT_THREAD ? FACT_COUNT : 0;

	builder_condition(building(c), CONDITION_FACT, (uint32_t)f);
	if (fact_rows[f].type == FACT_TYPE_BOOL)
		truth_add(L, idx, name, c);
	else if (fact_is_number(f))
		list_each(L, idx, name, c, number_add, (int)f);
	else
		list_each(L, idx, name, c, text_add, (int)f + thread);
	selector_condition_end(c);
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The key on top as the name of a variable, or NULL, which was told. */
static const char *variable_of(lua_State *L, struct complaints *c)
{
	const char *name = lua_type(L, -1) == LUA_TSTRING
	                           ? lua_tostring(L, -1) : "";
	char        given[96];

	if (*name != '\0' && strchr(name, '=') == NULL &&
	    strlen(name) == lua_rawlen(L, -1) && strlen(name) < NAME_KEEP)
		return name;
	complain(c, "env has variables with names, like { LANG = \"C\" }; %s "
	         "is none", value_name(L, -1, given, sizeof given));
	return NULL;
}

/* The names in the table at idx, sorted, as Lua's order differs from run to
 * run; how many, or -1, which was told. */
static int variables_of(lua_State *L, int idx, struct complaints *c,
                        const char **ret_names)
{
	size_t n = 0;

	lua_pushnil(L);
	while (budget_next(L, idx) != 0) {
		const char *name;

		lua_pop(L, 1);
		name = variable_of(L, c);
		if (name != NULL && n < ENV_PER_SELECTOR) {
			ret_names[n++] = name;
			continue;
		}
		if (name != NULL)
			complain(c, "env names at most %d variables",
			         ENV_PER_SELECTOR);
		lua_pop(L, 1);
		return -1;
	}
	if (n > 0)
		qsort(ret_names, n, sizeof *ret_names, name_compare);
	return (int)n;
}

/* Pushes the value without making the name a text of Lua's again, which could
 * raise. */
static void variable_push(lua_State *L, int idx, const char *name)
{
	lua_pushnil(L);
	while (budget_next(L, idx) != 0) {
		if (lua_tostring(L, -2) == name) {
			lua_remove(L, -2);
			return;
		}
		lua_pop(L, 1);
	}
	lua_pushnil(L);
}

/* env = { NAME = ... }: a condition for each name. */
void condition_env(lua_State *L, int idx, struct complaints *c)
{
	const char *names[ENV_PER_SELECTOR];
	char        given[96];
	int         n;

	if (lua_type(L, idx) != LUA_TTABLE) {
		if (word_of(L, idx, WORD_UNKNOWN) == NULL)
			complain(c, "env takes a table of variables, like "
			         "{ LANG = \"C\", DISPLAY = any }, not %s",
			         value_name(L, idx, given, sizeof given));
		return;
	}
	n = variables_of(L, idx, c, names);
	if (n == 0)
		complain(c, "env takes a table that is not empty");
	for (int i = 0; i < n; i++) {
		variable_push(L, idx, names[i]);
		c->word = names[i];
		builder_env(building(c), names[i], strlen(names[i]));
		list_each(L, lua_gettop(L), names[i], c, text_add, FACT_env);
		selector_condition_end(c);
		lua_pop(L, 1);
	}
}
