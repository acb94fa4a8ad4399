/* test_machine.c -- what a test does to the simulated machine. */

#include "test.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>

#include "base/nearest.h"
#include "base/text.h"

static const char machine_key;          /* its address is a registry key      */

/* fork (process) */
RAISES static int machine_fork(lua_State *L)
{
	struct stage *stage = test_stage_of(L);
	pid_t         pid = sim_fork(stage->r->sim, test_process_of(L, 1).pid);

	return test_born(L, pid, pid);
}

/* thread ({ name = "worker" }, process) */
RAISES static int machine_thread(lua_State *L)
{
	static const char *const names[] = { "name" };
	struct stage  *stage = test_stage_of(L);
	struct task_id process = test_process_of(L, 2);
	const char    *comm;
	int            slot[1];

	test_fields_take(L, "a new thread", names, 1, slot);
	comm = test_field_text(L, slot[0], "name", COMM_MAX - 1);
	return test_born(L, process.pid,
	                 sim_thread(stage->r->sim, process.pid, comm));
}

/* main (process) */
RAISES static int machine_main(lua_State *L)
{
	test_handle_new(L, task_id_main(test_process_of(L, 1)));
	return 1;
}

/* 0: there is none of that name. */
static int signal_find(const char *name)
{
	for (int i = 1; i < NSIG; i++) {
		const char *known = sigabbrev_np(i);

		if (known != NULL && strcmp(known, name) == 0)
			return i;
	}
	return 0;
}

/* As wait() has it: a signal's number, or what was returned a byte higher. */
RAISES static int wait_status_read(lua_State *L)
{
	enum { SIGNAL, CODE, FIELDS };
	static const char *const names[FIELDS] = { "signal", "code" };
	const char *signal;
	int         slot[FIELDS], number = 0;

	test_fields_take(L, "an exit", names, FIELDS, slot);
	signal = test_field_text(L, slot[SIGNAL], "signal", 16);
	if (signal != NULL)
		number = signal_find(signal);
	if (signal != NULL && number == 0)
		luaL_error(L, "there is no signal \"%s\"; write \"KILL\" or "
		           "\"TERM\"", signal);
	if (slot[CODE] == 0)
		return number;
	if (signal != NULL)
		luaL_error(L, "an exit has a signal or a code");
	return (int)test_field_number(L, slot[CODE], "code", 0, 255) << 8;
}

/* exit ({ signal = "KILL" }, task) */
RAISES static int machine_exit(lua_State *L)
{
	struct stage  *stage = test_stage_of(L);
	struct task_id whom = test_handle_of(L, 2);
	int            status = wait_status_read(L);

	if (task_id_is_main(whom))
		return luaL_error(L, "the main thread ends with its process "
		                  "here: let that exit");
	return test_done(L, sim_exit_as(stage->r->sim, whom.tid, status));
}

/* focus (process) */
RAISES static int machine_focus(lua_State *L)
{
	struct stage  *stage = test_stage_of(L);
	struct task_id whom = test_process_of(L, 1);

	return test_done(L, sim_focus(stage->r->sim, whom.pid));
}

/* rename (task, "comm") */
RAISES static int machine_rename(lua_State *L)
{
	struct stage  *stage = test_stage_of(L);
	struct task_id whom = test_handle_of(L, 1);
	const char    *comm = test_field_text(L, 2, "rename", COMM_MAX - 1);

	return test_done(L, sim_rename(stage->r->sim,
	                                task_id_known(whom).tid, comm));
}

/* uid (process, 1000) */
RAISES static int machine_uid(lua_State *L)
{
	struct stage  *stage = test_stage_of(L);
	struct task_id whom = test_process_of(L, 1);
	uint32_t       uid = test_field_number(L, 2, "uid", 0, UINT32_MAX - 1);

	return test_done(L, sim_set_uid(stage->r->sim, whom.pid, uid));
}

/* A number may be given without its unit. */
static bool host_number(lua_State *L, int idx, enum host_fact f,
                        int64_t *ret_value)
{
	const struct host_row *row = &host_rows[f];
	double                 hundredths = lua_tonumber(L, idx) * 100;

	if (row->type != HOST_TYPE_NUMBER || lua_type(L, idx) != LUA_TNUMBER)
		return false;
	if (row->unit == HOST_UNIT_HUNDREDTH && hundredths <= INT32_MAX)
		*ret_value = (int64_t)(hundredths + 0.5);
	else if (lua_isinteger(L, idx))
		*ret_value = lua_tointeger(L, idx);
	else
		return false;
	return *ret_value >= 0;
}

static bool host_read(lua_State *L, int idx, enum host_fact f,
                      int64_t *ret_value)
{
	if (lua_type(L, idx) == LUA_TSTRING &&
	    host_rows[f].type != HOST_TYPE_BOOL)
		return host_parse(f, lua_tostring(L, idx), ret_value) == 0;
	*ret_value = lua_toboolean(L, idx);
	if (host_rows[f].type == HOST_TYPE_BOOL)
		return lua_type(L, idx) == LUA_TBOOLEAN;
	return host_number(L, idx, f, ret_value);
}

RAISES static int64_t host_value(lua_State *L, int idx, enum host_fact f)
{
	static const char *const takes[] = {
		[HOST_TYPE_LEVEL]  = "normal, warn or critical",
		[HOST_TYPE_BOOL]   = "true or false",
		[HOST_TYPE_NUMBER] = ("a number, or text like \"70%\", \"5min\" "
		                      "or \"22:00\" by its kind"),
		[HOST_TYPE_WORD]   = "one of its words",
		[HOST_TYPE_LIST]   = "nothing: start a task that has the tag",
	};
	char    given[96];
	int64_t value;

	if (!host_read(L, idx, f, &value))
		luaL_error(L, "%s takes %s, not %s", host_rows[f].name,
		           takes[host_rows[f].type],
		           value_name(L, idx, given, sizeof given));
	return value;
}

/* host { on_battery = true } */
RAISES static int machine_host(lua_State *L)
{
	struct stage *stage = test_stage_of(L);
	int           slot[HOST_COUNT];
	int64_t       value[HOST_COUNT];

	lua_settop(L, 1);
	test_fields_take(L, "the host", selector_host_names, HOST_COUNT, slot);
	for (int f = 0; f < HOST_COUNT; f++)
		if (slot[f] != 0)
			value[f] = host_value(L, slot[f], (enum host_fact)f);
	for (int f = 0; f < HOST_COUNT; f++)
		if (slot[f] != 0)
			sim_host(stage->r->sim, (enum host_fact)f, value[f]);
	return test_done(L, 0);
}

/* pass "6s" */
RAISES static int machine_pass(lua_State *L)
{
	const char *text = "";
	char        given[96];
	int64_t     ns;

	lua_settop(L, 1);
	if (lua_type(L, 1) == LUA_TSTRING)
		text = lua_tostring(L, 1);
	if (text_duration(text, &ns) < 0 || ns < 0)
		return luaL_error(L, "pass takes a time like \"5s\" or "
		                  "\"20ms\", not %s",
		                  value_name(L, 1, given, sizeof given));
	test_pass(L, (uint64_t)ns);
	return 0;
}

RAISES static int machine_fail(lua_State *L)
{
	return luaL_error(L, "%s", lua_tostring(L, 1));
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Lua walks the methods in another order each time. */
static const char *method_nearest(lua_State *L, const char *name)
{
	const char *names[32] = { NULL };
	size_t      n = 0;

	lua_pushnil(L);
	while (lua_next(L, lua_upvalueindex(1)) != 0) {
		lua_pop(L, 1);
		if (n < sizeof names / sizeof names[0])
			names[n++] = lua_tostring(L, -1);
	}
	qsort(names, n, sizeof names[0], name_compare);
	return nearest(name, names, n);
}

/* Upvalue: the methods.  in: the machine, a key */
RAISES static int machine_index(lua_State *L)
{
	char        given[96], clause[96] = "";
	const char *it = NULL;

	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TFUNCTION)
		return 1;
	if (lua_type(L, 2) == LUA_TSTRING)
		it = method_nearest(L, lua_tostring(L, 2));
	return luaL_error(L, "the machine has no %s%s",
	                  value_name(L, 2, given, sizeof given),
	                  did_you_mean_it(it, clause, sizeof clause));
}

static const luaL_Reg acts[] = {
	{ "exec", test_exec },        { "exec_again", test_exec_again },
	{ "fork", machine_fork },     { "focus", machine_focus },
	{ "thread", machine_thread }, { "main", machine_main },
	{ "exit", machine_exit },
	{ "rename", machine_rename }, { "uid", machine_uid },
	{ "host", machine_host },     { "pass", machine_pass },
	{ "set", test_set },          { "fail", machine_fail },
	{ NULL, NULL }
};

/* sim with setmetatable { __index = machine_index over test.lua's methods } */
RAISES static void machine_new(lua_State *L)
{
	source_push(L, "test");
	word_new(L, sizeof(struct word), WORD_HOST);
	lua_insert(L, -2);
	lua_pushvalue(L, -2);
	luaL_newlib(L, acts);
	lua_call(L, 2, 1);              /* methods = test.lua (sim, acts) */
	lua_createtable(L, 0, 2);
	lua_insert(L, -2);
	lua_pushcclosure(L, machine_index, 1);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
}

/* One for all tests of a file: it acts on whatever machine there is. */
RAISES void test_machine_push(lua_State *L)
{
	if (lua_rawgetp(L, LUA_REGISTRYINDEX, &machine_key) == LUA_TUSERDATA)
		return;
	lua_pop(L, 1);
	machine_new(L);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &machine_key);
}
