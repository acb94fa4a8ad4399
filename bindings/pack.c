/* pack.c -- a plain table as bytes, and back.
 *
 * Only workers read these bytes, but not only this one wrote them: unpacking
 * believes nothing.  A value is a letter and what belongs to it; a table is its
 * keys and values between two letters.
 */

#include "bind.h"

#include <string.h>
#include <lauxlib.h>

#define DEPTH_MAX 16

static const char writer_key;           /* its address is a registry key      */

struct packing {
	char  *out;
	size_t size, used;
};

RAISES static void put(lua_State *L, struct packing *p, char letter,
                       const void *bytes, size_t n)
{
	if (p->size - p->used < n + 1)
		luaL_error(L, "a state holds at most %d KiB",
		           STATE_KEEP_MAX / 1024);
	p->out[p->used++] = letter;
	memcpy(p->out + p->used, bytes, n);
	p->used += n;
	budget_charge(L, 1 + n / 64);
}

RAISES static void put_text(lua_State *L, struct packing *p)
{
	size_t      n;
	const char *text = lua_tolstring(L, 1, &n);
	uint32_t    length = (uint32_t)n;

	if (n > STATE_KEEP_MAX)
		luaL_error(L, "a state holds at most %d KiB",
		           STATE_KEEP_MAX / 1024);
	put(L, p, 's', &length, sizeof length);
	if (p->size - p->used < n)
		luaL_error(L, "a state holds at most %d KiB",
		           STATE_KEEP_MAX / 1024);
	memcpy(p->out + p->used, text, n);
	p->used += n;
}

/* put (value, shape): a plain value, or with a shape the start or the end of a
 * table.  Upvalue: struct packing. */
RAISES static int pack_put(lua_State *L)
{
	struct packing *p = lua_touserdata(L, lua_upvalueindex(1));
	lua_Integer     i = lua_tointeger(L, 1);
	lua_Number      d = lua_tonumber(L, 1);

	if (lua_type(L, 2) == LUA_TSTRING)
		put(L, p, *lua_tostring(L, 2) == 'o' ? '{' : '}', "", 0);
	else if (lua_type(L, 1) == LUA_TSTRING)
		put_text(L, p);
	else if (lua_type(L, 1) == LUA_TBOOLEAN)
		put(L, p, lua_toboolean(L, 1) ? 't' : 'f', "", 0);
	else if (lua_isinteger(L, 1))
		put(L, p, 'i', &i, sizeof i);
	else
		put(L, p, 'd', &d, sizeof d);
	return 0;
}

RAISES static int pack_fail(lua_State *L)
{
	return luaL_error(L, "%s", luaL_checkstring(L, 1));
}

/* write = state.lua (put, fail, pairs, type), which knows no packing yet */
RAISES size_t pack_table(lua_State *L, int idx, char *out, size_t size)
{
	struct packing p = { out, size, 0 };

	idx = lua_absindex(L, idx);
	source_push(L, "state");
	lua_pushlightuserdata(L, &p);
	lua_pushcclosure(L, pack_put, 1);
	lua_pushcfunction(L, pack_fail);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &writer_key);
	lua_getfield(L, -1, "pairs");
	lua_getfield(L, -2, "type");
	lua_remove(L, -3);
	lua_call(L, 4, 1);
	lua_pushvalue(L, idx);
	lua_pushinteger(L, 1);
	lua_call(L, 2, 0);
	return p.used;
}

/* registry[writer_key] = the words on top */
RAISES void pack_open(lua_State *L)
{
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &writer_key);
}

struct unpacking {
	const char *at;
	size_t      left;
};

/* False: there is not that much. */
static bool take(struct unpacking *u, void *to, size_t n)
{
	if (n > u->left)
		return false;
	memcpy(to, u->at, n);
	u->at += n;
	u->left -= n;
	return true;
}

RAISES static bool text_push(lua_State *L, struct unpacking *u)
{
	uint32_t n;

	if (!take(u, &n, sizeof n) || n > u->left)
		return false;
	lua_pushlstring(L, u->at, n);
	u->at += n;
	u->left -= n;
	return true;
}

/* One plain value; false: what comes is none. */
RAISES static bool plain_push(lua_State *L, struct unpacking *u, char letter)
{
	lua_Integer i;
	lua_Number  d;

	switch (letter) {
	case 't':
	case 'f':
		lua_pushboolean(L, letter == 't');
		return true;
	case 'i':
		if (!take(u, &i, sizeof i))
			return false;
		lua_pushinteger(L, i);
		return true;
	case 'd':
		if (!take(u, &d, sizeof d))
			return false;
		lua_pushnumber(L, d);
		return true;
	default:
		return letter == 's' && text_push(L, u);
	}
}

RAISES static bool table_push(lua_State *L, struct unpacking *u, int depth);

RAISES static bool value_push(lua_State *L, struct unpacking *u, int depth)
{
	char letter;

	budget_charge(L, 1);
	if (!take(u, &letter, 1))
		return false;
	return letter == '{' ? table_push(L, u, depth + 1)
	                     : plain_push(L, u, letter);
}

/* Its opening letter was taken.  A number that is none is no key. */
RAISES static bool table_push(lua_State *L, struct unpacking *u, int depth)
{
	char letter;

	if (depth > DEPTH_MAX)
		return false;
	luaL_checkstack(L, 4, NULL);
	lua_newtable(L);
	while (take(u, &letter, 1)) {
		if (letter == '}')
			return true;
		if (!plain_push(L, u, letter) ||
		    (lua_isnumber(L, -1) &&
		     lua_tonumber(L, -1) != lua_tonumber(L, -1)) ||
		    !value_push(L, u, depth))
			return false;
		lua_rawset(L, -3);
	}
	return false;
}

RAISES void unpack_table(lua_State *L, const char *bytes, size_t n)
{
	struct unpacking u = { bytes, n };
	char             letter;

	if (n == 0) {
		lua_newtable(L);
		return;
	}
	if (!take(&u, &letter, 1) || letter != '{' || !table_push(L, &u, 1) ||
	    u.left != 0)
		luaL_error(L, "the state is malformed");
}
