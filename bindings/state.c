/* state.c -- state "name": a table that functions of one file share over time.
 *
 * The core keeps what is in it; here is that there is one.
 */

#include "bind.h"

#include <stdio.h>
#include <lauxlib.h>

#include "book.h"

#define KEY_MAX (RULE_NAME_MAX + 16)

static const char state_meta;           /* its address is a registry key      */

struct word_state {
	struct word word;
	int         number;             /* within the file                    */
};

/* False was told.  Names are unique within a file. */
static bool name_take(struct side *s, const char *name, struct complaints *c)
{
	char key[KEY_MAX];
	int  status;

	snprintf(key, sizeof key, "%u/%s", (unsigned)s->file, name);
	status = names_put(&s->book->states, key, s->file, c->line);
	c->word = name;
	if (status > 0)
		complain(c, "state '%s' was given before, on line %d", name,
		         names_find(s->book->states, key)->line);
	else if (status < 0)
		complain(c, "no memory for another state");
	else if (s->has_rules)
		complain(c, "state '%s' belongs before the rules of its file",
		         name);
	return c->count == 0;
}

/* in: the name; out: its handle */
RAISES static int state_new(lua_State *L)
{
	struct side       *s = side_of(L);
	struct complaints  c = complaints_to_book(L);
	struct word_state *w;
	const char        *name;

	if (s->book->builder == NULL)
		return luaL_error(L, "a state is made outside of functions: "
		                  "local x = state \"name\"");
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING ||
	    !label_is_fine(lua_tostring(L, 1), lua_rawlen(L, 1), RULE_NAME_MAX))
		return word_refuse(L, "state", "state takes a name: local x = "
		                   "state \"name\"");
	name = lua_tostring(L, 1);
	w = word_new(L, sizeof *w, WORD_STATE);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &state_meta);
	lua_setmetatable(L, -2);
	if (!name_take(s, name, &c))
		return 1;
	w->number = builder_state(s->book->builder, name,
	                          s->book->file[s->file].path);
	if (w->number < 0)
		complain(&c, "at most %d states are kept for one file",
		         STATES_PER_FILE);
	return 1;
}

RAISES static int state_use(lua_State *L)
{
	return luaL_error(L, "a state is read and written by a rule's function "
	                  "alone, when that is asked");
}

RAISES void state_open(lua_State *L)
{
	static const luaL_Reg meta[] = {
		{ "__index", state_use },
		{ "__newindex", state_use },
		{ NULL, NULL }
	};

	luaL_newlib(L, meta);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_rawsetp(L, LUA_REGISTRYINDEX, &state_meta);
	lua_pushcfunction(L, state_new);
	lua_setfield(L, -2, "state");
}
