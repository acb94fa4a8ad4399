/* state.c -- state "name": a table that functions of one file share over time.
 *
 * The core keeps what is in it, as bytes.  A function that looks at it is sent
 * them, and works on a table made of them; what a handler left in the table
 * goes back with its answer.
 */

#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <lauxlib.h>

#include "book.h"

#define KEY_MAX (RULE_NAME_MAX + 16)

#define BUFFER (STATES_PER_FILE + 1)    /* where in the tables the bytes are  */

static const char state_meta;           /* addresses are registry keys        */
static const char state_tables;         /* { table of the first state, ... }  */

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

/* tables[number + 1] = what was sent; left on top */
RAISES static void state_unpack(lua_State *L, uint32_t number)
{
	struct looking    *at = &side_of(L)->at;
	struct state_bytes sent;
	int status = question_state(at->question, at->bytes, number, &sent);

	if (status == -ENOENT) {
		at->needs = true;
		luaL_error(L, "a state was not sent");
	}
	if (status < 0)
		luaL_error(L, "the question is malformed");
	unpack_table(L, sent.bytes, sent.size);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &state_tables);
	lua_pushvalue(L, -2);
	lua_rawseti(L, -2, (lua_Integer)number + 1);
	lua_pop(L, 1);
	at->states |= UINT64_C(1) << number;
}

/* The handle is at 1; its table is put on top, the same one throughout a
 * decision. */
RAISES static void state_table(lua_State *L)
{
	struct looking    *at = &side_of(L)->at;
	struct word_state *w = word_of(L, 1, WORD_STATE);
	uint32_t           number;

	if (w == NULL || w->number < 0 || at->question == NULL)
		luaL_error(L, "a state is read and written by a rule's "
		           "function alone, when that is asked");
	number = (uint32_t)w->number;
	at->read.state |= UINT64_C(1) << number;
	if ((at->states >> number & 1) == 0) {
		state_unpack(L, number);
		return;
	}
	lua_rawgetp(L, LUA_REGISTRYINDEX, &state_tables);
	lua_rawgeti(L, -1, (lua_Integer)number + 1);
	lua_remove(L, -2);
}

RAISES static int state_index(lua_State *L)
{
	state_table(L);
	lua_pushvalue(L, 2);
	lua_rawget(L, -2);
	return 1;
}

/* A want function must say the same whenever it is asked the same. */
RAISES static int state_newindex(lua_State *L)
{
	state_table(L);
	if (side_of(L)->at.deeds == NULL)
		luaL_error(L, "a want function only looks at a state; a handler "
		           "writes it");
	if (lua_isnil(L, 2) || (lua_isnumber(L, 2) &&
	                        lua_tonumber(L, 2) != lua_tonumber(L, 2)))
		luaL_error(L, "that is no name of a field");
	lua_pushvalue(L, 2);
	lua_pushvalue(L, 3);
	lua_rawset(L, -3);
	return 0;
}

static bool was_so(const struct looking *at, uint32_t number,
                   const struct state_bytes *now)
{
	static const char  empty[] = "{}";
	struct state_bytes was;

	if (question_state(at->question, at->bytes, number, &was) < 0)
		return false;
	if (was.size == 0)              /* nothing and an empty table are one */
		was = (struct state_bytes){ empty, 2 };
	return was.size == now->size &&
	       memcmp(was.bytes, now->bytes, now->size) == 0;
}

/* in: the tables, on top.  The bytes stay with them until the next answer. */
RAISES static void state_pack(lua_State *L, uint32_t number)
{
	struct looking    *at = &side_of(L)->at;
	char              *room = lua_newuserdatauv(L, STATE_KEEP_MAX, 0);
	struct state_bytes now = { room, 0 };

	lua_rawseti(L, -2, BUFFER + (lua_Integer)number);
	lua_rawgeti(L, -1, (lua_Integer)number + 1);
	now.size = pack_table(L, -1, room, STATE_KEEP_MAX);
	lua_pop(L, 1);
	if (was_so(at, number, &now))
		return;
	at->deeds->state[number] = now;
	at->deeds->written |= UINT64_C(1) << number;
}

RAISES void states_pack(lua_State *L)
{
	lua_rawgetp(L, LUA_REGISTRYINDEX, &state_tables);
	for (uint32_t i = 0; i < STATES_PER_FILE; i++)
		if ((side_of(L)->at.states >> i & 1) != 0)
			state_pack(L, i);
	lua_pop(L, 1);
}

RAISES void state_open(lua_State *L)
{
	static const luaL_Reg meta[] = {
		{ "__index", state_index },
		{ "__newindex", state_newindex },
		{ NULL, NULL }
	};

	luaL_newlib(L, meta);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_rawsetp(L, LUA_REGISTRYINDEX, &state_meta);
	lua_newtable(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &state_tables);
	lua_pushcfunction(L, state_new);
	lua_setfield(L, -2, "state");
}
