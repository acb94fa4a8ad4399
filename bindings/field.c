/* field.c -- the fields of a table, in an order of our own.
 *
 * Lua walks a table in an order that differs from run to run; so the values are
 * first laid on the stack, and whoever reads them does so by name.
 */

#include "bind.h"

#include <string.h>
#include <lauxlib.h>

static int name_find(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

/* A key that is no name is most often a value whose name was forgotten. */
static void key_refuse(lua_State *L, int idx, const char *what,
                       const char *const *names, size_t n,
                       struct complaints *c)
{
	char name[96], clause[96];

	if (lua_type(L, idx) != LUA_TSTRING) {
		complain(c, "%s has fields with names; value %s has none", what,
		         value_name(L, idx, name, sizeof name));
		return;
	}
	did_you_mean(lua_tostring(L, idx), names, n, clause, sizeof clause);
	complain(c, "%s has no field '%.60s'%s", what, lua_tostring(L, idx),
	         clause);
}

RAISES void fields_lay(lua_State *L, const char *what, const char *const *names,
                       size_t n, struct complaints *c, int *slot)
{
	luaL_checkstack(L, (int)n + 20, NULL);
	memset(slot, 0, n * sizeof *slot);
	lua_pushnil(L);
	while (lua_next(L, 1) != 0) {
		int i = lua_type(L, -2) != LUA_TSTRING
		                ? -1
		                : name_find(names, n, lua_tostring(L, -2));

		if (i < 0) {
			key_refuse(L, -2, what, names, n, c);
			lua_pop(L, 1);
			continue;
		}
		lua_insert(L, -2);      /* lua_next wants the key */
		slot[i] = lua_gettop(L) - 1;
	}
}

/* A list with a gap would end early without a word; so it is refused. */
void list_each(lua_State *L, int idx, const char *name, struct complaints *c,
               void (*each)(lua_State *L, int idx, const char *name,
                            struct complaints *c, int which), int which)
{
	lua_Integer n, keys = 0;

	if (lua_type(L, idx) != LUA_TTABLE) {
		each(L, idx, name, c, which);
		return;
	}
	lua_pushnil(L);
	while (lua_next(L, idx) != 0) {
		lua_pop(L, 1);
		keys++;
	}
	n = (lua_Integer)lua_rawlen(L, idx);
	if (n != keys)
		complain(c, "%s takes a list without names or gaps", name);
	else if (n == 0)
		complain(c, "%s takes a list that is not empty", name);
	for (lua_Integer i = 1; n == keys && i <= n; i++) {
		lua_rawgeti(L, idx, i);
		each(L, lua_gettop(L), name, c, which);
		lua_pop(L, 1);
	}
}
