/* deed.c -- what a handler does to a task: task:want and task:reclaim.
 *
 * Nothing is done here.  Each deed is noted, and the core does as much of it as
 * the rule may.
 */

#include "bind.h"

#include <stdio.h>
#include <lauxlib.h>

#include "base/text.h"
#include "book.h"

/* Whoever calls has a view of a task at 1, and may do something to it. */
RAISES static struct action *deed_new(lua_State *L, enum action_kind kind,
                                      const char *what)
{
	struct view   *v = view_of_task(L);
	struct deeds  *d = side_of(L)->at.deeds;
	struct action *a;

	if (d == NULL)
		luaL_error(L, "only a handler's tasks have %s", what);
	if (d->count == ACTIONS_MAX)
		luaL_error(L, "a handler does at most %d things", ACTIONS_MAX);
	a = &d->action[d->count];
	*a = (struct action){ .kind = kind, .task = v->task };
	return a;
}

/* wanted = a copy of the table at 2 without keep, which is left on top */
RAISES static void want_lay(lua_State *L)
{
	luaL_checkstack(L, 8, NULL);
	lua_newtable(L);
	lua_pushnil(L);
	while (budget_next(L, 2) != 0) {
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, -4);
		budget_charge(L, 4);
	}
	lua_pushstring(L, "keep");
	lua_pushnil(L);
	lua_rawset(L, -3);
	lua_pushstring(L, "keep");
	lua_rawget(L, 2);
}

/* The first thing that is wrong is raised, like anything else in a function. */
RAISES static void want_take(lua_State *L, struct action *a)
{
	char              why[200] = "";
	struct complaints c = complaints_to_text(why, sizeof why);
	int               wanted = lua_gettop(L) - 1;

	if (lua_isnil(L, -1))
		complain(&c, "task:want needs a keep: how long it holds, like "
		         "keep = \"30s\"");
	else if (span_read(L, wanted + 1, "keep", &c, &a->keep_ns) &&
	         want_read(L, wanted, side_of(L)->at.sets, &c, &a->want) &&
	         a->want.has == 0)
		complain(&c, "task:want wants nothing");
	if (c.count > 0)
		luaL_error(L, "%s", why);
}

/* task:want { freeze = true, keep = "30s" } */
RAISES static int task_want(lua_State *L)
{
	struct action *a = deed_new(L, ACTION_WANT, "task:want");
	char           given[96];

	if (lua_type(L, 2) != LUA_TTABLE)
		return luaL_error(L, "task:want takes a table of settings with "
		                  "a keep, not %s",
		                  value_name(L, 2, given, sizeof given));
	lua_settop(L, 2);
	want_lay(L);
	want_take(L, a);
	side_of(L)->at.deeds->count++;
	return 0;
}

/* task:reclaim "200MiB" */
RAISES static int task_reclaim(lua_State *L)
{
	struct action *a = deed_new(L, ACTION_RECLAIM, "task:reclaim");
	char           given[96];

	if (lua_type(L, 2) != LUA_TSTRING ||
	    text_size(lua_tostring(L, 2), &a->amount) < 0 || a->amount <= 0)
		return luaL_error(L, "task:reclaim takes a size like "
		                  "\"200MiB\", not %s",
		                  value_name(L, 2, given, sizeof given));
	side_of(L)->at.deeds->count++;
	return 0;
}

RAISES void deed_open(lua_State *L)
{
	lua_pushcfunction(L, task_want);
	lua_setfield(L, -2, "want");
	lua_pushcfunction(L, task_reclaim);
	lua_setfield(L, -2, "reclaim");
}
