/* field.c -- the fields of a table, in an order of our own.
 *
 * Lua walks a table in an order that differs from run to run; so the values are
 * first laid on the stack, and whoever reads them does so by name.
 */

#include "bind.h"

#include <string.h>
#include <lauxlib.h>

#include "base/text.h"

static int name_find(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

/* Of several one is enough, and some are only what is left of a mistake that
 * was told: name == "cc1" is no field, but a comparison. */
bool unnamed_was_told(const struct complaints *c)
{
	return c->side != NULL && named_was_blamed(c->side);
}

/* A key that is no name is most often a value whose name was forgotten. */
static void key_refuse(lua_State *L, int idx, const char *what,
                       const char *const *names, size_t n,
                       struct complaints *c)
{
	char name[96], clause[128];

	if (lua_type(L, idx) != LUA_TSTRING) {
		if (!unnamed_was_told(c))
			complain(c, "%s has fields with names; value %s has "
			         "none", what,
			         value_name(L, idx, name, sizeof name));
		return;
	}
	c->word = lua_tostring(L, idx);
	if (c->side == NULL || belongs(c->word, clause, sizeof clause) == NULL)
		did_you_mean(c->word, names, n, clause, sizeof clause);
	complain(c, "%s has no field '%.60s'%s", what, c->word, clause);
	c->word = NULL;
}

RAISES void fields_lay(lua_State *L, const char *what, const char *const *names,
                       size_t n, struct complaints *c, int *slot)
{
	luaL_checkstack(L, (int)n + 20, NULL);
	memset(slot, 0, n * sizeof *slot);
	lua_pushnil(L);
	while (budget_next(L, 1) != 0) {
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
	while (budget_next(L, idx) != 0) {
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

bool span_read(lua_State *L, int idx, const char *name, struct complaints *c,
               uint64_t *ret_ns)
{
	char    given[96];
	int64_t ns;

	if (word_of(L, idx, WORD_UNKNOWN) != NULL)
		return false;
	if (lua_type(L, idx) != LUA_TSTRING ||
	    text_duration(lua_tostring(L, idx), &ns) < 0)
		complain(c, "%s takes a time like \"5s\" or \"10min\", not %s",
		         name, value_name(L, idx, given, sizeof given));
	else if (ns == 0 || (uint64_t)ns > SPAN_NS_MAX)
		complain(c, "%s = \"%.60s\" is out of range: it is at most a "
		         "week, and not nothing", name, lua_tostring(L, idx));
	else
		*ret_ns = (uint64_t)ns;
	return c->count == 0;
}

bool bool_read(lua_State *L, int idx, const char *name, struct complaints *c,
               bool *ret_value)
{
	char given[96];

	if (lua_type(L, idx) == LUA_TBOOLEAN) {
		*ret_value = lua_toboolean(L, idx);
		return true;
	}
	if (word_of(L, idx, WORD_UNKNOWN) == NULL)
		complain(c, "%s takes true or false, not %s", name,
		         value_name(L, idx, given, sizeof given));
	return false;
}

bool priority_read(lua_State *L, int idx, struct complaints *c,
                   int32_t *ret_value)
{
	lua_Integer n = lua_tointeger(L, idx);
	char        given[96];

	if (word_of(L, idx, WORD_UNKNOWN) != NULL)
		return false;
	if (!lua_isinteger(L, idx))
		complain(c, "priority takes a whole number, not %s",
		         value_name(L, idx, given, sizeof given));
	else if (n < -PRIORITY_MAX || n > PRIORITY_MAX)
		complain(c, "priority = %lld is outside %d to %d", (long long)n,
		         -PRIORITY_MAX, PRIORITY_MAX);
	else
		*ret_value = (int32_t)n;
	return c->count == 0;
}
