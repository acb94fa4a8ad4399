/* word.c -- values that a rule file writes by name: any, glob, at_least, ...
 *
 * They are userdata, so that a table a file made is never taken for one.
 */

#include "bind.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <lauxlib.h>

#include "base/text.h"
#include "book.h"
#include "policy/regex.h"

#define STEPS_PER_MISTAKE 2000

enum { LOW = 1, HIGH = 2 };

#define REGEX_STEPS 1000        /* what compiling one counts as               */

static const char unknown_meta;         /* its address is a registry key      */

/* Zeroed, so that what a word does not set is absent in it. */
RAISES void *word_new(lua_State *L, size_t size, enum word_kind kind)
{
	struct word *w = lua_newuserdatauv(L, size, 0);

	memset(w, 0, size);
	w->kind = kind;
	return w;
}

/* Nobody but word_new() makes userdata in these states. */
void *word_of(lua_State *L, int idx, enum word_kind kind)
{
	struct word *w = NULL;

	if (lua_type(L, idx) == LUA_TUSERDATA)
		w = lua_touserdata(L, idx);
	return w != NULL && w->kind == kind ? w : NULL;
}

/* Of a mistake, a file may have many, but not without end: to name the nearest
 * right word and to look whether it was told before takes a while. */
RAISES int word_refuse(lua_State *L, const char *word, const char *format, ...)
{
	struct complaints c = complaints_to_book(L);
	va_list           args;

	budget_charge(L, STEPS_PER_MISTAKE);
	va_start(args, format);
	lua_pushvfstring(L, format, args);
	va_end(args);
	if (c.side->book->builder == NULL)
		return luaL_error(L, "%s", lua_tostring(L, -1));
	c.word = word;
	complain(&c, "%s", lua_tostring(L, -1));
	word_new(L, sizeof(struct word), WORD_UNKNOWN);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &unknown_meta);
	lua_setmetatable(L, -2);
	return 1;
}

/* What is done with an unknown word gives the word again, so that a file is
 * read on and tells its next mistake too. */
RAISES static int unknown_again(lua_State *L)
{
	lua_settop(L, 1);
	return 1;
}

RAISES static void unknown_open(lua_State *L)
{
	static const luaL_Reg meta[] = {
		{ "__call", unknown_again },
		{ "__index", unknown_again },
		{ NULL, NULL }
	};

	luaL_newlib(L, meta);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &unknown_meta);
}

/* The text at 1, as a word of that kind, or NULL: it is none. */
RAISES static struct word_pattern *pattern_new(lua_State *L,
                                               enum word_kind kind,
                                               size_t max)
{
	struct word_pattern *p;
	size_t               n;
	const char          *text;

	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING)
		return NULL;
	text = lua_tolstring(L, 1, &n);
	if (n == 0 || n > max || memchr(text, '\0', n) != NULL)
		return NULL;
	p = word_new(L, sizeof *p + n + 1, kind);
	p->bytes = n;
	memcpy(p->text, text, n + 1);
	return p;
}

/* The pattern is kept as written; its braces are expanded in a selector. */
RAISES static int word_glob_new(lua_State *L)
{
	if (pattern_new(L, WORD_GLOB, TEXT_MAX - 1) == NULL)
		return word_refuse(L, "glob", "glob takes one text of 1 to %d "
		                   "bytes: glob \"ld.*\"", TEXT_MAX - 1);
	return 1;
}

/* It is tried here, where its author can be told what is wrong with it. */
RAISES static int word_regex_new(lua_State *L)
{
	struct word_pattern *p = pattern_new(L, WORD_REGEX, REGEX_BYTES_MAX);
	char                 why[SENTENCE_MAX];
	size_t               offset = 0;

	if (p == NULL)
		return word_refuse(L, "regex", "regex takes one text of 1 to "
		                   "%d bytes: regex \"^ld[.-]\"",
		                   REGEX_BYTES_MAX);
	budget_charge(L, REGEX_STEPS + p->bytes);
	if (regex_try(p->text, p->bytes, why, sizeof why, &offset) < 0)
		return word_refuse(L, p->text, "regex \"%s\": %s, after %d "
		                   "bytes", p->text, why, (int)offset);
	return 1;
}

/* What a text stands for is known only where the range is used: "5s" for an
 * age, "warn" for a level.  Until then it is kept as written, and so is 1.5. */
static bool limit_read(lua_State *L, int idx, bool open,
                       struct limit *ret_limit)
{
	ret_limit->open = open;
	if (lua_isinteger(L, idx)) {
		ret_limit->type = LIMIT_NUMBER;
		ret_limit->number = lua_tointeger(L, idx);
		return true;
	}
	if (lua_type(L, idx) == LUA_TNUMBER) {
		ret_limit->type = LIMIT_TEXT;
		snprintf(ret_limit->text, sizeof ret_limit->text, "%.14g",
		         lua_tonumber(L, idx));
		return true;
	}
	if (lua_type(L, idx) != LUA_TSTRING ||
	    lua_rawlen(L, idx) >= sizeof ret_limit->text)
		return false;
	ret_limit->type = LIMIT_TEXT;
	text_copy(ret_limit->text, sizeof ret_limit->text,
	          lua_tostring(L, idx));
	return true;
}

/* Upvalues: the word's name, which limits it sets, whether the bound itself is
 * outside. */
RAISES static int word_range_new(lua_State *L)
{
	int                which = (int)lua_tointeger(L, lua_upvalueindex(2));
	bool               open = lua_toboolean(L, lua_upvalueindex(3));
	struct word_range *r;
	int                bounds = which == (LOW | HIGH) ? 2 : 1;
	bool               fine = lua_gettop(L) == bounds;

	lua_settop(L, 2);
	r = word_new(L, sizeof *r, WORD_RANGE);
	if (which & LOW)
		fine &= limit_read(L, 1, open, &r->low);
	if (which & HIGH)
		fine &= limit_read(L, which & LOW ? 2 : 1, open, &r->high);
	if (!fine)
		return word_refuse(L, lua_tostring(L, lua_upvalueindex(1)),
		                   "%s takes %s, like 5 or \"5s\"",
		                   lua_tostring(L, lua_upvalueindex(1)),
		                   bounds == 2 ? "two bounds" : "one bound");
	return 1;
}

/* An absent limit leaves the value as it was. */
static int limit_value(const struct limit *l, const struct measure *m,
                       int64_t *ret_value, const char **ret_text)
{
	if (l->type == LIMIT_NUMBER)
		*ret_value = l->number;
	if (l->type != LIMIT_TEXT)
		return 0;
	*ret_text = l->text;
	return m->read(m->which, l->text, ret_value) < 0 ? -EINVAL : 0;
}

int word_range_read(const struct word_range *r, const struct measure *m,
                    int64_t *ret_low, int64_t *ret_high, const char **ret_text)
{
	int64_t low = INT64_MIN, high = INT64_MAX;

	if (limit_value(&r->low, m, &low, ret_text) < 0 ||
	    limit_value(&r->high, m, &high, ret_text) < 0)
		return -EINVAL;
	if ((r->low.open && low == INT64_MAX) ||
	    (r->high.open && high == INT64_MIN))
		return -ERANGE;
	low += r->low.open;
	high -= r->high.open;
	if (low > high)
		return -ERANGE;
	*ret_low = low;
	*ret_high = high;
	return 0;
}

/* words[name] = a word that is only itself */
RAISES static void add_constant(lua_State *L, const char *name,
                                enum word_kind kind)
{
	word_new(L, sizeof(struct word), kind);
	lua_setfield(L, -2, name);
}

/* words[name] = whom a claim reaches */
RAISES static void add_target(lua_State *L, const char *name,
                              enum target target)
{
	struct word_target *w = word_new(L, sizeof *w, WORD_TARGET);

	w->target = target;
	lua_setfield(L, -2, name);
}

/* except (host { }): true while that is not. */
RAISES static int word_except_new(lua_State *L)
{
	struct word_selector *host = word_of(L, 1, WORD_SELECTOR);
	struct word_except   *w;

	if (lua_gettop(L) != 1 || host == NULL || host->select != SELECT_HOST ||
	    host->moment != MOMENT_NONE)
		return word_refuse(L, "except", "except takes host { }: when = "
		                   "except (host { ... })");
	w = word_new(L, sizeof *w, WORD_EXCEPT);
	w->selector = host->number;
	return 1;
}

/* words[name] = word_range_new, which knows its name and limits */
RAISES static void add_range(lua_State *L, const char *name, int which,
                             bool open)
{
	lua_pushstring(L, name);
	lua_pushinteger(L, which);
	lua_pushboolean(L, open);
	lua_pushcclosure(L, word_range_new, 3);
	lua_setfield(L, -2, name);
}

RAISES void word_open(lua_State *L)
{
	unknown_open(L);
	add_constant(L, "any", WORD_ANY);
	add_constant(L, "people", WORD_PEOPLE);
	add_constant(L, "untouched", WORD_UNTOUCHED);
	add_target(L, "self", TARGET_SELF);
	add_target(L, "parent", TARGET_PARENT);
	add_target(L, "tree", TARGET_TREE);
	add_target(L, "unit", TARGET_UNIT);
	add_range(L, "above", LOW, true);
	add_range(L, "at_least", LOW, false);
	add_range(L, "below", HIGH, true);
	add_range(L, "at_most", HIGH, false);
	add_range(L, "between", LOW | HIGH, false);
	lua_pushcfunction(L, word_glob_new);
	lua_setfield(L, -2, "glob");
	lua_pushcfunction(L, word_regex_new);
	lua_setfield(L, -2, "regex");
	lua_pushcfunction(L, word_except_new);
	lua_setfield(L, -2, "except");
}
