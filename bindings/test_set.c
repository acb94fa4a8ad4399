/* test_set.c -- sim:set (task, { nice = 3, cpu = "85%" }): what becomes of one
 * that runs: knobs as another program would set them, and what it uses itself.
 */

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <lauxlib.h>

#include "base/nearest.h"

#define TITLE_MAX 512

const enum fact test_used[TEST_USED] = { FACT_cpu, FACT_rss, FACT_io_rate };

RAISES int64_t test_used_read(lua_State *L, int idx, enum fact f)
{
	static const char *const takes[] = {
		[FACT_UNIT_PERCENT] = "80%", [FACT_UNIT_BYTES] = "2GiB",
		[FACT_UNIT_RATE] = "1MiB/s",
	};
	char    given[96];
	int64_t value = -1;

	if (lua_isinteger(L, idx))
		value = lua_tointeger(L, idx);
	else if (lua_type(L, idx) == LUA_TSTRING)
		fact_parse(f, lua_tostring(L, idx), &value);
	if (value < 0)
		luaL_error(L, "%s takes a quantity like \"%s\", not %s",
		           fact_rows[f].name, takes[fact_rows[f].unit],
		           value_name(L, idx, given, sizeof given));
	return value;
}

/* table[name] = nil, with the value left on the stack; false: there was none */
RAISES static bool field_out(lua_State *L, int table, const char *name)
{
	if (lua_getfield(L, table, name) == LUA_TNIL) {
		lua_pop(L, 1);
		return false;
	}
	lua_pushnil(L);
	lua_setfield(L, table, name);
	return true;
}

RAISES static int used_set(lua_State *L, int table, struct sim *sim, pid_t pid)
{
	int status = 0;

	for (size_t i = 0; i < TEST_USED && status == 0; i++) {
		enum fact f = test_used[i];

		if (!field_out(L, table, fact_rows[f].name))
			continue;
		status = sim_fact(sim, pid, f,
		                  test_used_read(L, lua_gettop(L), f));
		lua_pop(L, 1);
	}
	return status;
}

static int knobs_set(struct sim *sim, pid_t tid, const struct want *w)
{
	int status = 0;

	for (int s = 0; s < SETTING_COUNT && status == 0; s++)
		if (want_has(w, (enum setting)s))
			status = sim_set_knob(sim, tid, (enum setting)s,
			                      w->value[s]);
	return status;
}

static bool is_kernels(const struct want *w, int s)
{
	return w->value[s] != VALUE_UNTOUCHED &&
	       setting_rows[s].kind == SETTING_KIND_KNOB;
}

RAISES static void knobs_read(lua_State *L, int table, struct interned *sets,
                              struct want *ret_want)
{
	char              first[256];
	struct complaints c = complaints_to_text(first, sizeof first);

	if (!want_read(L, table, sets, &c, ret_want))
		luaL_error(L, "%s", first);
	for (int s = 0; s < SETTING_COUNT; s++)
		if (want_has(ret_want, (enum setting)s) &&
		    !is_kernels(ret_want, s))
			luaL_error(L, "another program can set what the kernel "
			           "has, and that has no such %s",
			           setting_rows[s].name);
}

/* One name out of all that can be set. */
RAISES static void name_check(lua_State *L, const char *name)
{
	const char  *names[SETTING_COUNT + TEST_USED + 1] = { "title" };
	size_t       n = 1;
	enum setting s;
	char         clause[96];

	for (size_t i = 0; i < TEST_USED; i++)
		names[n++] = fact_rows[test_used[i]].name;
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return;
	if (setting_find(name, &s) == 0)
		return;
	for (int i = 0; i < SETTING_COUNT; i++)
		names[n++] = setting_rows[i].name;
	luaL_error(L, "a test cannot set '%s'%s", name,
	           did_you_mean(name, names, n, clause, sizeof clause));
}

/* The table at 2 again, for fields to be taken out of it. */
RAISES static void copy_push(lua_State *L)
{
	char given[96];

	if (lua_type(L, 2) != LUA_TTABLE)
		luaL_error(L, "set takes a table of settings and facts, not %s",
		           value_name(L, 2, given, sizeof given));
	lua_newtable(L);
	for (lua_pushnil(L); budget_next(L, 2) != 0;) {
		if (lua_type(L, -2) != LUA_TSTRING)
			luaL_error(L, "what is set has names, as in nice = 5");
		name_check(L, lua_tostring(L, -2));
		lua_pushvalue(L, -2);
		lua_insert(L, -2);      /* copy, key, key, value */
		lua_rawset(L, -4);
	}
}

/* set (task, { ... }) */
RAISES int test_set(lua_State *L)
{
	struct stage  *stage = test_stage_of(L);
	struct sim    *sim = stage->r->sim;
	struct task_id whom = test_handle_of(L, 1);
	struct want    w;
	int            status;

	lua_settop(L, 2);
	copy_push(L);
	status = used_set(L, 3, sim, whom.pid);
	if (status == 0 && field_out(L, 3, "title"))
		status = sim_title(sim, whom.pid,
		                   test_field_text(L, lua_gettop(L), "title",
		                                   TITLE_MAX));
	knobs_read(L, 3, stage->r->sets, &w);
	if (status == 0)
		status = knobs_set(sim, task_id_known(whom).tid, &w);
	return test_done(L, status);
}
