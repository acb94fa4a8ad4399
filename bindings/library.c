/* library.c -- the part of Lua's own library that costs no more than its
 * arguments are long.
 */

#include "bind.h"

#include <string.h>
#include <lauxlib.h>
#include <lualib.h>

#include "book.h"

#define NUMBER_TEXT_MAX 100

/* Words of the language are "userdata" here: what they are is their own. */
RAISES static int library_type(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_pushstring(L, luaL_typename(L, 1));
	return 1;
}

/* Addresses would tell where memory lies, so what has no text is only named. */
RAISES static int library_tostring(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_settop(L, 1);
	switch (lua_type(L, 1)) {
	case LUA_TSTRING:
		return 1;
	case LUA_TNUMBER:
		lua_tolstring(L, 1, NULL);
		return 1;
	default: {
		char out[96];

		lua_pushstring(L, value_name(L, 1, out, sizeof out));
		return 1;
	}
	}
}

/* Reading a number costs its length, so the length is bounded. */
RAISES static int library_tonumber(lua_State *L)
{
	size_t n;

	luaL_checkany(L, 1);
	if (lua_gettop(L) > 1)
		return luaL_error(L, "tonumber takes one value and no base");
	if (lua_type(L, 1) == LUA_TNUMBER)
		return 1;
	if (lua_type(L, 1) == LUA_TSTRING) {
		const char *s = lua_tolstring(L, 1, &n);

		if (n <= NUMBER_TEXT_MAX && lua_stringtonumber(L, s) == n + 1)
			return 1;
	}
	lua_pushnil(L);
	return 1;
}

/* side_place() says where. */
RAISES static int library_error(lua_State *L)
{
	if (lua_type(L, 1) != LUA_TSTRING)
		lua_pushliteral(L, "an error that is no text");
	else
		lua_pushvalue(L, 1);
	return lua_error(L);
}

/* All its arguments back when the first is true, as Lua's own gives. */
RAISES static int library_assert(lua_State *L)
{
	luaL_checkany(L, 1);
	if (lua_toboolean(L, 1))
		return lua_gettop(L);
	/* message = ... or "assertion failed" */
	lua_remove(L, 1);
	if (lua_gettop(L) == 0)
		lua_pushliteral(L, "assertion failed");
	return library_error(L);
}

/* As Lua's own: a negative place counts from the end. */
RAISES static int library_select(lua_State *L)
{
	int         top = lua_gettop(L);
	lua_Integer n;

	if (lua_type(L, 1) == LUA_TSTRING &&
	    strcmp(lua_tostring(L, 1), "#") == 0) {
		lua_pushinteger(L, top - 1);
		return 1;
	}
	n = luaL_checkinteger(L, 1);
	if (n < 0)
		n = top + n;
	else if (n > top)
		n = top;
	luaL_argcheck(L, n >= 1, 1, "index out of range");
	return top - (int)n;
}

/* concat (list, separator, first, last) */
RAISES static int library_concat(lua_State *L)
{
	lua_Integer first, last;
	size_t      n;
	const char *between = luaL_optlstring(L, 2, "", &n);
	luaL_Buffer b;

	luaL_checktype(L, 1, LUA_TTABLE);
	first = luaL_optinteger(L, 3, 1);
	last = luaL_optinteger(L, 4, (lua_Integer)lua_rawlen(L, 1));
	luaL_buffinit(L, &b);
	for (lua_Integer i = first; i <= last; i++) {
		int type = lua_rawgeti(L, 1, i);

		if (type != LUA_TSTRING && type != LUA_TNUMBER)
			return luaL_error(L, "concat takes a list of texts; "
			                  "element %I is %s", (LUAI_UACINT)i,
			                  lua_typename(L, type));
		budget_charge(L, 1 + lua_rawlen(L, -1) / 16);
		luaL_addvalue(&b);
		if (i == last)          /* before i++ can wrap */
			break;
		luaL_addlstring(&b, between, n);
	}
	luaL_pushresult(&b);
	return 1;
}

/* Lua's own may be told to push as much as the stack can hold. */
RAISES static int library_unpack(lua_State *L)
{
	lua_Integer first = luaL_optinteger(L, 2, 1), last;
	lua_Integer n;

	luaL_checktype(L, 1, LUA_TTABLE);
	last = luaL_optinteger(L, 3, (lua_Integer)lua_rawlen(L, 1));
	if (first > last)
		return 0;
	n = (lua_Integer)((lua_Unsigned)last - (lua_Unsigned)first);
	if (n < 0 || n >= 200)
		return luaL_error(L, "unpack gives at most 200 values");
	luaL_checkstack(L, (int)n + 1, NULL);
	for (lua_Integer i = 0; i <= n; i++)
		lua_rawgeti(L, 1, first + i);
	return (int)n + 1;
}

/* Lua's own order, for library.lua alone to bring into one. */
RAISES static int library_next(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 2);
	if (lua_next(L, 1) != 0)
		return 2;
	lua_pushnil(L);
	return 1;
}

static const luaL_Reg table_functions[] = {
	{ "concat", library_concat },
	{ "unpack", library_unpack },
	{ NULL, NULL }
};

static const luaL_Reg base_functions[] = {
	{ "type", library_type },
	{ "tostring", library_tostring },
	{ "tonumber", library_tonumber },
	{ "error", library_error },
	{ "assert", library_assert },
	{ "select", library_select },
	{ NULL, NULL }
};

/* words.math = the harmless part of Lua's own */
RAISES static void math_open(lua_State *L)
{
	static const char *const names[] = {
		"abs", "ceil", "floor", "fmod", "huge", "max", "maxinteger",
		"min", "mininteger", "pi", "sqrt", "tointeger", "type"
	};
	const int n = (int)(sizeof names / sizeof names[0]);

	lua_pushcfunction(L, luaopen_math);
	lua_call(L, 0, 1);
	lua_createtable(L, 0, n);
	for (int i = 0; i < n; i++) {
		lua_getfield(L, -2, names[i]);
		lua_setfield(L, -2, names[i]);
	}
	lua_setfield(L, -3, "math");
	lua_pop(L, 1);
}

/* library.lua's results on top, given what it needs of us. */
RAISES static void walks_push(lua_State *L)
{
	source_push(L, "library");
	lua_pushcfunction(L, library_next);
	lua_pushcfunction(L, library_type);
	lua_pushcfunction(L, library_error);
	lua_pushcfunction(L, library_select);
	lua_call(L, 4, 1);
}

RAISES void library_open(lua_State *L)
{
	static const char *const walks[] = { "next", "pairs", "ipairs",
	                                     "table" };

	/* words.type = library_type, ... */
	luaL_setfuncs(L, base_functions, 0);
	math_open(L);
	walks_push(L);
	for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++) {
		lua_getfield(L, -1, walks[i]);
		lua_setfield(L, -3, walks[i]);
	}
	/* walks.table.concat = library_concat, ... */
	lua_getfield(L, -1, "table");
	luaL_setfuncs(L, table_functions, 0);
	lua_pop(L, 2);
}
