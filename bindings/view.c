/* view.c -- what a rule's function sees of a process and of the machine.
 *
 * The view is over the bytes of the question.  Every field read is noted; one
 * that was not sent ends the decision, and the core asks again with it.
 */

#include "bind.h"

#include <errno.h>
#include <string.h>
#include <lauxlib.h>

static const char process_meta, host_meta;  /* addresses are registry keys    */

/* A handle may be kept in an upvalue; its number tells that it is over. */
RAISES static struct view *view_at(lua_State *L, enum word_kind kind)
{
	struct side *s = side_of(L);
	struct view *v = word_of(L, 1, kind);

	if (v == NULL || s->at.question == NULL || v->decision != s->decisions)
		luaL_error(L, kind == WORD_PROCESS
		                      ? "a rule may not keep a process"
		                      : "a rule may not keep the host");
	return v;
}

RAISES struct view *view_of_task(lua_State *L)
{
	return view_at(L, WORD_PROCESS);
}

/* id = names[key], or -1 */
static int field_id(lua_State *L)
{
	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNUMBER)
		return -1;
	return (int)lua_tointeger(L, -1);
}

/* A typo in a fact must not look like one that could not be read. */
RAISES static int field_unknown(lua_State *L, const char *who,
                                const char *(*near)(const char *))
{
	char        name[96], clause[96] = "";
	const char *it = NULL;

	if (lua_type(L, 2) != LUA_TSTRING)
		return luaL_error(L, "%s has no field %s", who,
		                  value_name(L, 2, name, sizeof name));
	it = near(lua_tostring(L, 2));
	return luaL_error(L, "%s has no '%s'%s", who, lua_tostring(L, 2),
	                  did_you_mean_it(it, clause, sizeof clause));
}

/* Raised past the function, which cannot catch it and go on without. */
RAISES static int field_missing(lua_State *L, struct looking *at, int status)
{
	if (status == -ENOENT) {
		at->needs = true;
		return luaL_error(L, "a fact was not sent");
	}
	return luaL_error(L, "the question is malformed");
}

/* Elements follow each other, each ended by a NUL. */
RAISES static void push_list(lua_State *L, const struct value *v)
{
	const char *at = v->text, *end = v->text + v->bytes;

	lua_newtable(L);
	for (int i = 1; at < end; i++) {
		size_t n = strnlen(at, (size_t)(end - at));

		lua_pushlstring(L, at, n);
		lua_rawseti(L, -2, i);
		at += n + 1;
	}
	budget_charge(L, v->bytes / 16);
}

RAISES static void push_value(lua_State *L, const struct value *v)
{
	switch (v->type) {
	case FACT_TYPE_NUMBER: lua_pushinteger(L, v->number); break;
	case FACT_TYPE_TEXT:   lua_pushlstring(L, v->text, v->bytes); break;
	case FACT_TYPE_LIST:   push_list(L, v); break;
	case FACT_TYPE_BOOL:   lua_pushboolean(L, v->number != 0); break;
	}
}

/* p.env: { NAME = "value" } of the names that rules spell out. */
RAISES static void push_env(lua_State *L, const struct value *v)
{
	const char *at = v->text, *end = v->text + v->bytes;

	lua_newtable(L);
	while (at < end) {
		size_t      n = strnlen(at, (size_t)(end - at));
		const char *is = memchr(at, '=', n);

		if (is != NULL) {
			/* env[name] = value */
			lua_pushlstring(L, at, (size_t)(is - at));
			lua_pushlstring(L, is + 1, n - (size_t)(is + 1 - at));
			lua_rawset(L, -3);
		}
		at += n + 1;
	}
	budget_charge(L, v->bytes / 16);
}

RAISES static int fact_push(lua_State *L, struct looking *at, uint32_t task,
                            enum fact fact)
{
	struct value v;
	int          status;

	at->read.task |= FACT_BIT(fact);
	status = question_fact(at->question, at->bytes, task, fact, &v);
	if (status < 0)
		return field_missing(L, at, status);
	if (status == 0)
		lua_pushnil(L);
	else if (fact == FACT_env)
		push_env(L, &v);
	else
		push_value(L, &v);
	return 1;
}

/* p.name: what the question says, nil for what could not be read.  A handler
 * also finds task:want and task:reclaim here. */
RAISES static int process_index(lua_State *L)
{
	struct view    *v = view_at(L, WORD_PROCESS);
	struct looking *at = &side_of(L)->at;
	int             id = field_id(L);

	if (id >= 0)
		return fact_push(L, at, v->task, (enum fact)id);
	if (!lua_iscfunction(L, -1))
		return field_unknown(L, "a process", fact_nearest);
	return at->deeds != NULL ? 1 :
	       luaL_error(L, "only a handler does something to a task; a want "
	                  "function returns what it wants");
}

/* A time of day is text with two digits each, so that texts compare as times
 * do. */
RAISES static void push_host(lua_State *L, enum host_fact f, int64_t value)
{
	const struct host_row *row = &host_rows[f];
	char                   text[VALUE_TEXT_MAX];

	if (row->type == HOST_TYPE_BOOL)
		lua_pushboolean(L, value != 0);
	else if (row->unit == HOST_UNIT_HUNDREDTH)
		lua_pushnumber(L, (lua_Number)value / 100);
	else if (row->type == HOST_TYPE_NUMBER &&
	         row->unit != HOST_UNIT_MINUTES)
		lua_pushinteger(L, value);
	else
		lua_pushstring(L, host_print(f, value, text, sizeof text));
}

/* host.on_battery: as the language writes it, true or "critical". */
RAISES static int host_index(lua_State *L)
{
	struct looking *at = &side_of(L)->at;
	int             id, status;
	int64_t         value;

	view_at(L, WORD_HOST);
	id = field_id(L);
	if (id < 0)
		return field_unknown(L, "the host", host_nearest);
	if (id == HOST_running)
		return luaL_error(L, "host.running is only asked for in when = "
		                  "host { running = \"tag\" }");
	at->read.host |= HOST_BIT(id);
	status = question_host(at->question, at->bytes, (enum host_fact)id,
	                       &value);
	if (status < 0)
		return field_missing(L, at, status);
	if (status == 0)
		lua_pushnil(L);
	else
		push_host(L, (enum host_fact)id, value);
	return 1;
}

RAISES static int view_newindex(lua_State *L)
{
	return luaL_error(L, "%s is only looked at: return what you want",
	                  word_of(L, 1, WORD_PROCESS) ? "a process"
	                                              : "the host");
}

/* registry[key] = { __index = index with the names on top, ... } */
RAISES static void meta_new(lua_State *L, const void *key, lua_CFunction index)
{
	lua_createtable(L, 0, 3);
	lua_insert(L, -2);
	lua_pushcclosure(L, index, 1);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, view_newindex);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

RAISES void view_open(lua_State *L)
{
	lua_createtable(L, 0, FACT_COUNT);
	for (int i = 0; i < FACT_COUNT; i++) {
		lua_pushinteger(L, i);
		lua_setfield(L, -2, fact_rows[i].name);
	}
	deed_open(L);
	meta_new(L, &process_meta, process_index);
	lua_createtable(L, 0, HOST_COUNT);
	for (int i = 0; i < HOST_COUNT; i++) {
		lua_pushinteger(L, i);
		lua_setfield(L, -2, host_rows[i].name);
	}
	meta_new(L, &host_meta, host_index);
}

/* A new one for each decision: one that was kept stays what it was, dead. */
RAISES void view_new(lua_State *L, enum word_kind kind, uint32_t task)
{
	struct view *v = word_new(L, sizeof *v, kind);

	v->task = task;
	v->decision = side_of(L)->decisions;
	lua_rawgetp(L, LUA_REGISTRYINDEX,
	            kind == WORD_PROCESS ? &process_meta : &host_meta);
	lua_setmetatable(L, -2);
}
