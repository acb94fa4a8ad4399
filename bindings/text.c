/* text.c -- what a rule may do with text: no patterns, nothing that repeats. */

#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <lauxlib.h>
#include <lualib.h>

#include "base/glob.h"

#define SPEC_MAX  16            /* "%-+ #099.99lld" and its end               */
#define PRINT_MAX 512           /* "%99.99f" of the largest number fits       */
#define STEPS_OF(bytes) (1 + (bytes) / 16)
#define CAPTURES_MAX 16         /* stars                                      */
#define PATTERNS_MAX 16         /* that braces stand for                      */

/* Characters that mean something to Lua's own find. */
static bool has_magic(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] != '\0' && strchr("^$*+?.([%-", s[i]) != NULL)
			return true;
	return false;
}

/* find (text, what, from, true): Lua's patterns backtrack without end, so what
 * would be one must say that it is none. */
RAISES static int text_find(lua_State *L)
{
	size_t      n, m;
	const char *text = luaL_checklstring(L, 1, &n);
	const char *what = luaL_checklstring(L, 2, &m), *at;
	lua_Integer from = luaL_optinteger(L, 3, 1);

	if (!lua_toboolean(L, 4) && has_magic(what, m))
		return luaL_error(L, "find knows no patterns: pass true as its "
		                  "fourth argument to look for plain text");
	budget_charge(L, STEPS_OF(n + m));
	/* as in Lua: -1 is the last byte, and 0 is taken for 1 */
	if (from < 0)
		from = from < -(lua_Integer)n ? 1 : (lua_Integer)n + from + 1;
	if (from == 0)
		from = 1;
	at = from - 1 > (lua_Integer)n ? NULL :
	     memmem(text + from - 1, n - (size_t)(from - 1), what, m);
	if (at == NULL) {
		lua_pushnil(L);
		return 1;
	}
	lua_pushinteger(L, at - text + 1);
	lua_pushinteger(L, at - text + (lua_Integer)m);
	return 2;
}

/* Copies one "%..." without its letter; bytes read, or 0 when it is wrong. */
static size_t spec_read(const char *s, char *ret_spec)
{
	size_t n = 1;

	n += strspn(s + n, "-+ #0");
	if (n > 6)
		return 0;
	for (int i = 0; i < 2 && s[n] >= '0' && s[n] <= '9'; i++)
		n++;
	if (s[n] == '.') {
		n++;
		for (int i = 0; i < 2 && s[n] >= '0' && s[n] <= '9'; i++)
			n++;
	}
	memcpy(ret_spec, s, n);
	ret_spec[n] = '\0';
	return n;
}

/* The C library prints; it is told the width of what it is given. */
static void spec_end(char *spec, const char *letters)
{
	memcpy(spec + strlen(spec), letters, strlen(letters) + 1);
}

/* What is no text is named as tostring would, and has no address. */
RAISES static void format_text(lua_State *L, luaL_Buffer *b, char *spec,
                               int arg)
{
	char        out[PRINT_MAX];
	size_t      n;
	const char *text;

	if (lua_type(L, arg) != LUA_TSTRING && lua_type(L, arg) != LUA_TNUMBER)
		text = value_name(L, arg, out, sizeof out);
	else
		text = lua_tolstring(L, arg, NULL);
	n = strlen(text);
	if (spec[1] == '\0' || n > 99) {        /* no width reaches that far */
		luaL_addstring(b, text);
		return;
	}
	char wide[PRINT_MAX];

	spec_end(spec, "s");
	snprintf(wide, sizeof wide, spec, text);
	luaL_addstring(b, wide);
}

/* Each conversion fits PRINT_MAX: width and precision have two digits. */
RAISES static void format_one(lua_State *L, luaL_Buffer *b, char letter,
                              char *spec, int arg)
{
	char out[PRINT_MAX];

	switch (letter) {
	case 'd': case 'i': case 'x': case 'X': case 'o':
		spec_end(spec, (char[]){ 'l', 'l', letter, '\0' });
		snprintf(out, sizeof out, spec,
		         (long long)luaL_checkinteger(L, arg));
		break;
	case 'f': case 'e': case 'E': case 'g': case 'G':
		spec_end(spec, (char[]){ letter, '\0' });
		snprintf(out, sizeof out, spec, luaL_checknumber(L, arg));
		break;
	case 's':
		format_text(L, b, spec, arg);
		return;
	default:
		luaL_error(L, "format knows d i x X o f e E g G s and %%");
		return;
	}
	luaL_addstring(b, out);
}

/* Lua's own format, without %p, %q, %c and widths past two digits. */
RAISES static int text_format(lua_State *L)
{
	size_t      n, used;
	const char *s = luaL_checklstring(L, 1, &n), *end = s + n;
	int         arg = 1;
	luaL_Buffer b;
	char        spec[SPEC_MAX];

	luaL_buffinit(L, &b);
	while (s < end) {
		if (*s != '%') {
			luaL_addchar(&b, *s);
			s++;
		} else if (s[1] == '%') {
			luaL_addchar(&b, '%');
			s += 2;
		} else {
			used = spec_read(s, spec);
			if (used == 0)
				return luaL_error(L, "format: too many flags");
			budget_charge(L, 4);
			luaL_checkany(L, ++arg);
			format_one(L, &b, s[used], spec, arg);
			s += used + 1;
		}
	}
	budget_charge(L, STEPS_OF(luaL_bufflen(&b)));
	luaL_pushresult(&b);
	return 1;
}

/* What each star took, from the first of the patterns that fits. */
struct capture {
	const char       *text;
	struct glob_part  part[CAPTURES_MAX];
	int               parts;
};

static void capture_try(void *ctx, const char *plain)
{
	struct capture *c = ctx;

	if (c->parts == -ENOENT)
		c->parts = glob_capture(plain, c->text, c->part, CAPTURES_MAX);
}

/* capture (text, pattern): the texts that its stars stand for, or nil; of what
 * could not be read, nil too. */
RAISES static int text_capture(lua_State *L)
{
	size_t         n = 0, m;
	const char    *pattern = luaL_checklstring(L, 2, &m);
	struct capture c = { .parts = -ENOENT };
	int            patterns;

	if (lua_isnil(L, 1)) {
		lua_pushnil(L);
		return 1;
	}
	c.text = luaL_checklstring(L, 1, &n);
	budget_charge(L, PATTERNS_MAX * STEPS_OF(n + m) + n * m / 64);
	patterns = glob_expand(pattern, PATTERNS_MAX, capture_try, &c);
	if (patterns < 0 || c.parts == -E2BIG || strlen(pattern) != m)
		return luaL_error(L, "capture takes a pattern with at most %d "
		                  "stars, that braces make at most %d of",
		                  CAPTURES_MAX, PATTERNS_MAX);
	for (int i = 0; i < c.parts; i++)
		lua_pushlstring(L, c.part[i].at, c.part[i].bytes);
	if (c.parts < 0)
		lua_pushnil(L);
	else if (c.parts == 0)          /* it fits, and that is all */
		lua_pushboolean(L, true);
	return c.parts > 0 ? c.parts : 1;
}

/* words.capture, and words.string = our own functions and the bounded ones of
 * Lua's */
RAISES void text_open(lua_State *L)
{
	static const char *const names[] = { "byte", "len", "lower", "sub",
	                                     "upper" };
	static const luaL_Reg own[] = {
		{ "find", text_find },
		{ "format", text_format },
		{ NULL, NULL }
	};

	lua_pushcfunction(L, text_capture);
	lua_setfield(L, -2, "capture");
	lua_pushcfunction(L, luaopen_string);
	lua_call(L, 0, 1);
	luaL_newlib(L, own);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		lua_getfield(L, -2, names[i]);
		lua_setfield(L, -2, names[i]);
	}
	lua_setfield(L, -3, "string");
	lua_pop(L, 1);
}
