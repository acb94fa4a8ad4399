/* sandbox.c -- the world of a rule file: an allow-list, and nothing behind it.
 *
 * What a file sees is an empty table that looks its words up in another, so no
 * word can be replaced, and a word that is not there is a mistake with a place.
 */

#include "bind.h"

#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>

#include "base/nearest.h"
#include "book.h"

#define WORDS_MAX 128

static const char env_key, words_key;   /* their addresses are registry keys  */

/* Lua's order differs from run to run, and a tie must not. */
static int word_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of the table at idx, sorted; they live as long as it does. */
static size_t keys_of(lua_State *L, int idx, const char **ret_keys, size_t max)
{
	size_t n = 0;

	lua_pushnil(L);
	while (lua_next(L, idx) != 0) {
		lua_pop(L, 1);
		if (n < max && lua_type(L, -1) == LUA_TSTRING)
			ret_keys[n++] = lua_tostring(L, -1);
	}
	qsort(ret_keys, n, sizeof ret_keys[0], word_compare);
	return n;
}

static const char *nearest_key(lua_State *L, int idx, const char *word)
{
	const char *words[WORDS_MAX];

	return nearest(word, words, keys_of(L, idx, words, WORDS_MAX));
}

size_t sandbox_words(lua_State *L, const char **ret_words, size_t max)
{
	size_t n;

	lua_rawgetp(L, LUA_REGISTRYINDEX, &words_key);
	n = keys_of(L, lua_gettop(L), ret_words, max);
	lua_pop(L, 1);
	return n;
}

/* Upvalues: "nobody knows", or whose word it is not; whether it is a global.
 * in: the words, a key. */
RAISES static int word_unknown(lua_State *L)
{
	bool        is_global = lua_toboolean(L, lua_upvalueindex(2));
	char        it[64], clause[128];
	const char *word;

	if (lua_type(L, 2) != LUA_TSTRING)
		return word_refuse(L, NULL, "%s %s",
		                   lua_tostring(L, lua_upvalueindex(1)),
		                   value_name(L, 2, it, sizeof it));
	word = lua_tostring(L, 2);
	if ((is_global ? belongs_global(word, clause, sizeof clause)
	               : belongs_library(word, clause, sizeof clause)) == NULL)
		did_you_mean_it(nearest_key(L, 1, word), clause, sizeof clause);
	return word_refuse(L, word, "%s '%s'%s",
	                   lua_tostring(L, lua_upvalueindex(1)), word, clause);
}

/* A forgotten 'local' would be shared by all functions of the file. */
RAISES static int word_written(lua_State *L)
{
	char name[96];

	if (lua_type(L, 2) != LUA_TSTRING)
		return luaL_error(L, "%s cannot be a name here",
		                  value_name(L, 2, name, sizeof name));
	word_refuse(L, lua_tostring(L, 2),
	            "'%s' is not local: write local %s = ...",
	            lua_tostring(L, 2), lua_tostring(L, 2));
	lua_rawset(L, 1);               /* once told, it is known as unknown */
	return 0;
}

/* Also the file's own: who replaced 'sort' would be found only by luck. */
RAISES static int library_written(lua_State *L)
{
	return luaL_error(L, "the language's own tables cannot be changed");
}

/* in: a table of words; out: an empty one that looks up there */
RAISES static void lock(lua_State *L, const char *refusal,
                        lua_CFunction written)
{
	lua_newtable(L);
	lua_createtable(L, 0, 3);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, written);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);        /* { __index = words, ... } */

	lua_createtable(L, 0, 1);
	lua_pushstring(L, refusal);
	lua_pushboolean(L, written == word_written);
	lua_pushcclosure(L, word_unknown, 2);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -3);        /* { __index = word_unknown } */
	lua_remove(L, -2);
}

/* A word that can be called and has others in it: in: these, out: the word */
RAISES void sandbox_lock(lua_State *L, const char *refusal, lua_CFunction call)
{
	lock(L, refusal, library_written);
	lua_getmetatable(L, -1);
	lua_pushcfunction(L, call);
	lua_setfield(L, -2, "__call");
	lua_pop(L, 1);
}

/* words[name] = locked (words[name]) */
RAISES static void lock_library(lua_State *L, const char *name,
                                const char *refusal)
{
	lua_getfield(L, -1, name);
	lock(L, refusal, library_written);
	lua_setfield(L, -2, name);
}

/* What ("x"):upper looks its method up in. */
RAISES static void lock_texts(lua_State *L)
{
	lua_pushliteral(L, "");
	lua_createtable(L, 0, 2);
	lua_getfield(L, -3, "string");
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}

/* The whole of what a rule file can name. */
RAISES void sandbox_open(lua_State *L)
{
	view_open(L);
	lua_newtable(L);
	library_open(L);
	pack_open(L);
	text_open(L);
	lock_library(L, "math", "math has no");
	lock_library(L, "table", "table has no");
	lock_library(L, "string", "string has no");
	lock_texts(L);
	word_open(L);
	selector_open(L);
	rule_open(L);
	handler_open(L);
	option_open(L);
	state_open(L);
	mask_open(L);
	pools_open(L);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &words_key);
	lock(L, "nobody knows", word_written);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &env_key);
}

RAISES void sandbox_push_env(lua_State *L)
{
	lua_rawgetp(L, LUA_REGISTRYINDEX, &env_key);
}
