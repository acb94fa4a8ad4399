/* bindings_reach.h -- walking over all that a rule could ever get hold of. */
#ifndef TESTS_BINDINGS_REACH_H
#define TESTS_BINDINGS_REACH_H

#include <lauxlib.h>

#include "book.h"
#include "rule_files.h"

#define WORDS "_ENV.<meta>.__index"

/* Everything that Lua code, or what it can reach, refers to: tables, their
 * metatables and upvalues too, each where it is first met. */
static const char *const reachable[] = {
	"_ENV", "_ENV.<meta>", "_ENV.<meta>.__index",
	"_ENV.<meta>.__index.<meta>", "_ENV.<meta>.__index.<meta>.__index()",
	"_ENV.<meta>.__index.above()", "_ENV.<meta>.__index.any!",
	"_ENV.<meta>.__index.assert()", "_ENV.<meta>.__index.at_least()",
	"_ENV.<meta>.__index.at_most()", "_ENV.<meta>.__index.below()",
	"_ENV.<meta>.__index.between()", "_ENV.<meta>.__index.error()",
	"_ENV.<meta>.__index.glob()", "_ENV.<meta>.__index.host()",
	"_ENV.<meta>.__index.ipairs()", "math",
	"_ENV.<meta>.__index.next()", "_ENV.<meta>.__index.pairs()",
	"_ENV.<meta>.__index.people!", "_ENV.<meta>.__index.process()",
	"_ENV.<meta>.__index.rule()", "_ENV.<meta>.__index.select()",
	"string", "table",
	"_ENV.<meta>.__index.thread()", "_ENV.<meta>.__index.tonumber()",
	"_ENV.<meta>.__index.tostring()", "_ENV.<meta>.__index.type()",
	"_ENV.<meta>.__index.capture()", "_ENV.<meta>.__index.mask()",
	"_ENV.<meta>.__index.option()",
	"_ENV.<meta>.__index.pool()", "_ENV.<meta>.__index.regex()",
	"_ENV.<meta>.__index.state()",
	"_ENV.<meta>.__index.except()", "_ENV.<meta>.__index.exec()",
	"_ENV.<meta>.__index.exit()", "_ENV.<meta>.__index.focus()",
	"_ENV.<meta>.__index.fork()", "_ENV.<meta>.__index.on()",
	"_ENV.<meta>.__index.parent!", "_ENV.<meta>.__index.power()",
	"_ENV.<meta>.__index.rename()", "_ENV.<meta>.__index.self!",
	"_ENV.<meta>.__index.tree!", "_ENV.<meta>.__index.uid()",
	"_ENV.<meta>.__index.unit!", "_ENV.<meta>.__index.untouched!",
	"_ENV.<meta>.__newindex()",
	"math.<meta>", "math.<meta>.__index", "math.<meta>.__index.<meta>",
	"math.<meta>.__index.<meta>.__index()", "math.<meta>.__index.abs()",
	"math.<meta>.__index.ceil()", "math.<meta>.__index.floor()",
	"math.<meta>.__index.fmod()", "math.<meta>.__index.max()",
	"math.<meta>.__index.min()", "math.<meta>.__index.sqrt()",
	"math.<meta>.__index.tointeger()", "math.<meta>.__index.type()",
	"math.<meta>.__newindex()",
	"string.<meta>", "string.<meta>.__newindex()", "string.<meta>.__index",
	"string.<meta>.__index.<meta>",
	"string.<meta>.__index.<meta>.__index()",
	"string.<meta>.__index.byte()", "string.<meta>.__index.find()",
	"string.<meta>.__index.format()", "string.<meta>.__index.len()",
	"string.<meta>.__index.lower()", "string.<meta>.__index.sub()",
	"string.<meta>.__index.upper()",
	"table.<meta>", "table.<meta>.__newindex()", "table.<meta>.__index",
	"table.<meta>.__index.<meta>",
	"table.<meta>.__index.<meta>.__index()",
	"table.<meta>.__index.concat()", "table.<meta>.__index.insert()",
	"table.<meta>.__index.remove()", "table.<meta>.__index.sort()",
	"table.<meta>.__index.unpack()",
	"text.<meta>",
	/* what the library's own functions are made of */
	"upvalue before()", "upvalue rank", "upvalue raw_next()",
	"upvalue sorted()", "upvalue merge()", "upvalue place()",
	"upvalue table_of()", "upvalue ascending()",
	/* what a function is lent, and what it can make and keep */
	"process!", "process.<meta>", "process.<meta>.__index()",
	"process.<meta>.__newindex()", "host!", "host.<meta>",
	"host.<meta>.__index()", "host.<meta>.__newindex()", "upvalue of C",
	"upvalue of C.reclaim()", "upvalue of C.want()",
	"want()", "upvalue kept", "upvalue kept.walk()", "upvalue kept.list()",
	"upvalue kept.pattern!", "upvalue kept.range!", "upvalue kept.task!",
	"upvalue kept.part!", "upvalue kept.machine!", "upvalue keys",
	"upvalue t",
};

static bool met[COUNT(reachable)];
static bool into_functions;             /* the second time round              */

static void meet(const char *path, const char *suffix)
{
	char whole[256];

	snprintf(whole, sizeof whole, "%s%s", path, suffix);
	for (size_t i = 0; i < COUNT(reachable); i++)
		if (strcmp(whole, reachable[i]) == 0) {
			met[i] = true;
			return;
		}
	ck_abort_msg("%s can be reached", whole);
}

static void reach(lua_State *L, const char *path);

/* The value on top, which is popped, under another name. */
static void reach_named(lua_State *L, const char *path, const char *name)
{
	char longer[256];

	if (strcmp(path, WORDS) == 0 && lua_type(L, -1) == LUA_TTABLE &&
	    strcmp(name, "<meta>") != 0)
		snprintf(longer, sizeof longer, "%s", name);
	else
		snprintf(longer, sizeof longer, "%s.%s", path, name);
	reach(L, longer);
	lua_pop(L, 1);
}

static void reach_fields(lua_State *L, const char *path)
{
	lua_pushnil(L);
	while (lua_next(L, -2) != 0) {
		char name[64] = "?";

		if (lua_type(L, -2) == LUA_TSTRING)
			snprintf(name, sizeof name, "%s", lua_tostring(L, -2));
		reach_named(L, path, name);
	}
}

static void reach_upvalues(lua_State *L)
{
	bool        is_c = lua_iscfunction(L, -1);
	const char *name;
	char        path[64];

	for (int i = 1; (name = lua_getupvalue(L, -1, i)) != NULL; i++) {
		snprintf(path, sizeof path, "upvalue %s", is_c ? "of C" : name);
		reach(L, path);
		lua_pop(L, 1);
	}
}

/* Whether the value on top was met before; now it was. */
static bool reached(lua_State *L, const void *set)
{
	bool before;

	if (lua_rawgetp(L, LUA_REGISTRYINDEX, set) != LUA_TTABLE)
		ck_abort();
	lua_pushvalue(L, -2);
	before = lua_rawget(L, -2) != LUA_TNIL;
	lua_pop(L, 1);
	lua_pushvalue(L, -2);
	lua_pushboolean(L, true);
	lua_rawset(L, -3);
	lua_pop(L, 1);
	return before;
}

/* First what names lead to, then also what functions keep. */
static void reach(lua_State *L, const char *path)
{
	static const char seen[2];
	int               type = lua_type(L, -1);
	bool              is_new;

	luaL_checkstack(L, 20, NULL);
	if (type != LUA_TTABLE && type != LUA_TFUNCTION &&
	    type != LUA_TUSERDATA)
		return;
	for (int i = 0; i < 2; i++)
		if (lua_rawgetp(L, LUA_REGISTRYINDEX, &seen[i]) == LUA_TNIL) {
			lua_newtable(L);
			lua_rawsetp(L, LUA_REGISTRYINDEX, &seen[i]);
			lua_pop(L, 1);
		} else {
			lua_pop(L, 1);
		}
	is_new = !reached(L, &seen[0]);
	if (is_new || (type == LUA_TFUNCTION && !into_functions))
		meet(path, type == LUA_TFUNCTION ? "()"
		           : type == LUA_TUSERDATA ? "!" : "");
	if (into_functions ? reached(L, &seen[1]) : !is_new)
		return;
	if (lua_getmetatable(L, -1) != 0)
		reach_named(L, path, "<meta>");
	if (type == LUA_TTABLE)
		reach_fields(L, path);
	if (type == LUA_TFUNCTION && into_functions)
		reach_upvalues(L);
}

/* A want that keeps one of each thing that words of the language return. */
#define KEEPING \
	"local kept = { walk = pairs { a = 1 }, list = ipairs { 1 },\n" \
	"  pattern = glob \"a*\", range = above (1), all = any,\n" \
	"  task = process { name = \"x\" }, part = thread { name = \"y\" },\n" \
	"  machine = host { on_battery = true }, who = people,\n" \
	"  text = tostring (process) }\n" \
	ASKED("return kept.all and { nice = 1 }")

static void reach_world(lua_State *L)
{
	sandbox_push_env(L);
	reach(L, "_ENV");
	lua_pushliteral(L, "");
	ck_assert(lua_getmetatable(L, -1));
	reach(L, "text.<meta>");
	lua_settop(L, 0);
}

static void reach_own(lua_State *L, const struct rule_function *f)
{
	view_new(L, WORD_PROCESS, 0);
	reach(L, "process");
	view_new(L, WORD_HOST, 0);
	reach(L, "host");
	lua_rawgeti(L, LUA_REGISTRYINDEX, f->ref);
	reach(L, "want");
	lua_settop(L, 0);
}

START_TEST(nothing_but_the_allow_list_can_be_reached)
{
	struct rule_book *b = book_right(KEEPING);
	lua_State        *L = b->sides->L;

	for (int round = 0; round < 2; round++) {
		into_functions = round == 1;
		reach_world(L);
		reach_own(L, &b->function[0]);
	}
	for (size_t i = 0; i < COUNT(reachable); i++)
		ck_assert_msg(met[i], "%s is not there", reachable[i]);
	lua_pushnil(L);
	lua_pushboolean(L, true);
	lua_pushinteger(L, 1);
	lua_pushcfunction(L, side_place);
	for (int i = 1; i <= 4; i++)
		ck_assert(!lua_getmetatable(L, i));
	rule_book_free(b);
}
END_TEST

#endif
