/* test_program.c -- what a test starts: sim:exec { name = "cc1", uid = 1000 }.
 */

#include "test.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>

/* The fields of the table at 1, which go by these names. */
RAISES void test_fields_take(lua_State *L, const char *what,
                             const char *const *names, size_t n, int *slot)
{
	char              first[256], given[96];
	struct complaints c = complaints_to_text(first, sizeof first);

	if (lua_type(L, 1) != LUA_TTABLE)
		luaL_error(L, "%s is a table of fields, not %s", what,
		           value_name(L, 1, given, sizeof given));
	fields_lay(L, what, names, n, &c, slot);
	if (c.count > 0)
		luaL_error(L, "%s", first);
}

/* NULL when the field is not there. */
RAISES const char *test_field_text(lua_State *L, int idx, const char *name,
                                   size_t most)
{
	char given[96];

	if (idx == 0)
		return NULL;
	if (lua_type(L, idx) != LUA_TSTRING)
		luaL_error(L, "%s takes text, not %s", name,
		           value_name(L, idx, given, sizeof given));
	if (lua_rawlen(L, idx) == 0 || lua_rawlen(L, idx) > most ||
	    strlen(lua_tostring(L, idx)) != lua_rawlen(L, idx))
		luaL_error(L, "%s takes 1 to %d bytes of text", name,
		           (int)most);
	return lua_tostring(L, idx);
}

RAISES uint32_t test_field_number(lua_State *L, int idx, const char *name,
                                  uint32_t least, uint32_t most)
{
	char given[96];

	if (idx == 0)
		return 0;
	if (!lua_isinteger(L, idx) || lua_tointeger(L, idx) < least ||
	    lua_tointeger(L, idx) > most)
		luaL_error(L, "%s takes a whole number from %d to %I, not %s",
		           name, (int)least, (LUAI_UACINT)most,
		           value_name(L, idx, given, sizeof given));
	return (uint32_t)lua_tointeger(L, idx);
}

/* The texts stay in the table, so they stay where they are. */
RAISES static void field_args(lua_State *L, int idx, const char **ret_args)
{
	size_t n = lua_rawlen(L, idx), bytes = 0;
	char   given[96];

	if (lua_type(L, idx) != LUA_TTABLE)
		luaL_error(L, "args takes a list of texts, not %s",
		           value_name(L, idx, given, sizeof given));
	if (n >= TEST_ARGS_MAX)
		luaL_error(L, "args takes at most %d texts", TEST_ARGS_MAX - 1);
	for (size_t i = 0; i < n; i++) {
		if (lua_rawgeti(L, idx, (lua_Integer)i + 1) != LUA_TSTRING)
			luaL_error(L, "args takes a list of texts, not of %s",
			           value_name(L, -1, given, sizeof given));
		ret_args[i] = lua_tostring(L, -1);
		bytes += lua_rawlen(L, -1) + 1;
		lua_pop(L, 1);
	}
	if (bytes > ARGS_KEEP)
		luaL_error(L, "args takes at most %d bytes", ARGS_KEEP);
	ret_args[n] = NULL;
}

static int text_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "NAME=value" of each field, sorted, for Lua walks them in another order each
 * time.  The texts stay on the stack. */
RAISES static void field_env(lua_State *L, int idx, const char **ret_env)
{
	size_t n = 0, bytes = 0;
	char   given[96];

	if (lua_type(L, idx) != LUA_TTABLE)
		luaL_error(L, "env takes a table like { NAME = \"value\" }, "
		           "not %s",
		           value_name(L, idx, given, sizeof given));
	luaL_checkstack(L, TEST_ARGS_MAX + 4, "env");
	for (lua_pushnil(L); budget_next(L, idx) != 0; n++) {
		if (lua_type(L, -2) != LUA_TSTRING ||
		    lua_type(L, -1) != LUA_TSTRING)
			luaL_error(L, "env takes texts by their names, as in "
			           "{ NAME = \"value\" }");
		if (n + 1 == TEST_ARGS_MAX)
			luaL_error(L, "env takes at most %d texts",
			           TEST_ARGS_MAX - 1);
		ret_env[n] = lua_pushfstring(L, "%s=%s", lua_tostring(L, -2),
		                             lua_tostring(L, -1));
		bytes += lua_rawlen(L, -1) + 1;
		lua_replace(L, -2);
		lua_insert(L, -2);      /* the text, the key */
	}
	if (bytes > ARGS_KEEP)
		luaL_error(L, "env takes at most %d bytes", ARGS_KEEP);
	qsort(ret_env, n, sizeof *ret_env, text_compare);
	ret_env[n] = NULL;
}

RAISES struct task_id test_process_of(lua_State *L, int idx)
{
	struct task_id id = test_handle_of(L, idx);

	if (task_id_is_thread(id))
		luaL_error(L, "that is a thread, and a process is needed here");
	return id;
}

/* Whom a call of the machine's made, or why it did not. */
RAISES int test_born(lua_State *L, pid_t pid, pid_t tid)
{
	if (tid == -ESRCH)
		return luaL_error(L, "that process has ended");
	if (tid < 0)
		return luaL_error(L, "the machine has no room: %s",
		                  strerror(-tid));
	test_settle(L);
	test_handle_new(L, (struct task_id){ .pid = pid, .tid = tid });
	return 1;
}

RAISES int test_done(lua_State *L, int status)
{
	if (status == -ESRCH)
		return luaL_error(L, "that task has ended");
	if (status < 0)
		return luaL_error(L, "the machine refuses: %s",
		                  strerror(-status));
	test_settle(L);
	return 0;
}

enum { EXEC_name, EXEC_exe, EXEC_comm, EXEC_args, EXEC_title, EXEC_env,
       EXEC_uid, EXEC_gid, EXEC_user, EXEC_group, EXEC_unit, EXEC_cgroup,
       EXEC_session, EXEC_parent, EXEC_foreign, EXEC_used, EXEC_COUNT = EXEC_used + TEST_USED
};

static const char *const exec_names[EXEC_COUNT] = {
	"name", "exe", "comm", "args", "title", "env", "uid", "gid", "user",
	"group", "unit", "cgroup", "session", "parent", "foreign", "cpu", "rss",
	"io_rate"               /* as in test_used                            */
};

/* A unit has a control group of its name where systemd puts it. */
static const char *cgroup_of(const struct sim_program *p, char *out,
                             size_t size)
{
	if (p->cgroup != NULL || p->unit == NULL)
		return p->cgroup;
	snprintf(out, size, "/system.slice/%s", p->unit);
	return out;
}

/* What a program's table at 1 says; texts and args stay in that table. */
struct program_read {
	struct sim_program p;
	const char        *args[TEST_ARGS_MAX], *env[TEST_ARGS_MAX];
	char               cgroup[PATH_KEEP];
	int64_t            used[TEST_USED];             /* 0 when not given   */
};

RAISES static bool field_bool(lua_State *L, int idx, const char *name)
{
	char given[96];

	if (idx != 0 && lua_type(L, idx) != LUA_TBOOLEAN)
		luaL_error(L, "%s takes true or false, not %s", name,
		           value_name(L, idx, given, sizeof given));
	return idx != 0 && lua_toboolean(L, idx);
}

/* What the program uses; it does so from its first instruction on. */
static int used_begin(struct stage *stage, pid_t pid,
                      const struct program_read *r)
{
	int status = 0;

	for (size_t i = 0; i < TEST_USED && status == 0; i++)
		if (r->used[i] != 0)
			status = sim_fact(stage->r->sim, pid, test_used[i],
			                  r->used[i]);
	return status;
}

RAISES static void program_read(lua_State *L, struct program_read *r)
{
	struct sim_program *p = &r->p;
	int                 slot[EXEC_COUNT];

	memset(p, 0, sizeof *p);
	test_fields_take(L, "a program", exec_names, EXEC_COUNT, slot);
	p->name = test_field_text(L, slot[EXEC_name], "name", NAME_KEEP - 1);
	p->exe = test_field_text(L, slot[EXEC_exe], "exe", PATH_KEEP - 1);
	p->comm = test_field_text(L, slot[EXEC_comm], "comm", COMM_MAX - 1);
	p->user = test_field_text(L, slot[EXEC_user], "user",
	                          NAME_KEEP / 4 - 1);
	p->unit = test_field_text(L, slot[EXEC_unit], "unit", NAME_KEEP - 1);
	p->cgroup = test_field_text(L, slot[EXEC_cgroup], "cgroup",
	                            PATH_KEEP - 1);
	p->cgroup = cgroup_of(p, r->cgroup, sizeof r->cgroup);
	p->uid = test_field_number(L, slot[EXEC_uid], "uid", 0,
	                           UINT32_MAX - 1);
	p->gid = test_field_number(L, slot[EXEC_gid], "gid", 0,
	                           UINT32_MAX - 1);
	p->session = (pid_t)test_field_number(L, slot[EXEC_session], "session",
	                                      1, INT32_MAX);
	p->group = test_field_text(L, slot[EXEC_group], "group",
	                           NAME_KEEP / 4 - 1);
	p->title = test_field_text(L, slot[EXEC_title], "title", PATH_KEEP);
	p->foreign = field_bool(L, slot[EXEC_foreign], "foreign");
	if (p->name != NULL && strchr(p->name, '/') != NULL)
		luaL_error(L, "name is the file's name alone; exe has the "
		           "path");
	if (p->name == NULL && p->exe == NULL)
		luaL_error(L, "a program needs a name or an exe");
	for (size_t i = 0; i < TEST_USED; i++)
		r->used[i] = slot[EXEC_used + i] == 0 ? 0 : test_used_read(
			L, slot[EXEC_used + i], test_used[i]);
	if (slot[EXEC_parent] != 0)
		p->parent = test_process_of(L, slot[EXEC_parent]).pid;
	if (slot[EXEC_args] != 0) {
		field_args(L, slot[EXEC_args], r->args);
		p->args = r->args;
	}
	if (slot[EXEC_env] != 0) {
		field_env(L, slot[EXEC_env], r->env);
		p->env = r->env;
	}
}

/* exec { name = "cc1", uid = 1000, ... } */
RAISES int test_exec(lua_State *L)
{
	struct stage       *stage = test_stage_of(L);
	struct program_read r;
	pid_t               pid;

	lua_settop(L, 1);
	program_read(L, &r);
	pid = sim_exec(stage->r->sim, &r.p);
	if (pid > 0)
		used_begin(stage, pid, &r);
	return test_born(L, pid, pid);
}

/* exec_again ({ name = "sh" }, process): another program in it */
RAISES int test_exec_again(lua_State *L)
{
	struct stage       *stage = test_stage_of(L);
	struct task_id      whom = test_process_of(L, 2);
	struct program_read r;
	int                 status;

	lua_settop(L, 1);
	program_read(L, &r);
	if (r.p.parent != 0)
		return luaL_error(L, "a process that execs again keeps its "
		                  "parent");
	status = sim_exec_again(stage->r->sim, whom.pid, &r.p);
	if (status == 0)
		status = used_begin(stage, whom.pid, &r);
	return test_done(L, status);
}
