/* test_words.c -- how a file says its tests: test "name" (function), and with
 * test.each "name" { cases } (function) a test for each of many cases.
 */

#include "base/list.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>

#include "base/text.h"
#include "book.h"

static bool has_room(struct test_file *f)
{
	struct test *more = list_grow(f->test, f->tests, &f->room,
	                              sizeof *more, 16);

	if (more == NULL)
		return false;
	f->test = more;
	return true;
}

/* Who reads "x failed" must find one x. */
static void name_take(lua_State *L, struct test_file *f, const char *name,
                      int line)
{
	struct complaints  c = complaints_to_book(L);
	const struct name *first;
	int status = names_put(&f->names, name, f->side->file, line);

	if (status < 0)
		complain(&c, "no memory for another test");
	if (status <= 0)
		return;
	first = names_find(f->names, name);
	complain(&c, "the name '%s' was given to a test before, on line %d",
	         name, first->line);
}

RAISES static void test_add(lua_State *L, const char *name, int ref,
                            int case_ref)
{
	struct test_file *f = test_file_of(L);
	struct test      *t;

	if (f->tests == TESTS_MAX || !has_room(f))
		luaL_error(L, "too many tests in one file: at most %d",
		           TESTS_MAX);
	t = &f->test[f->tests++];
	text_copy(t->name, sizeof t->name, name);
	text_clean(t->name);
	t->line = side_line(L);
	t->ref = ref;
	t->case_ref = case_ref;
	name_take(L, f, t->name, t->line);
}

/* The function at 1, in the registry. */
RAISES static int function_take(lua_State *L)
{
	char given[96];

	test_file_of(L)->side->open_line = 0;
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TFUNCTION)
		luaL_error(L, "a test takes a function after its name, not %s",
		           value_name(L, 1, given, sizeof given));
	return luaL_ref(L, LUA_REGISTRYINDEX);
}

/* Upvalue: the name. */
RAISES static int test_body(lua_State *L)
{
	int ref = function_take(L);

	test_add(L, lua_tostring(L, lua_upvalueindex(1)), ref, LUA_NOREF);
	return 0;
}

/* What the case on top is called: itself, its field "name", its first element,
 * or by its number.  Leaves it below what is put on the stack. */
RAISES static const char *case_name(lua_State *L, int number)
{
	if (lua_type(L, -1) == LUA_TTABLE &&
	    lua_getfield(L, -1, "name") != LUA_TSTRING)
		lua_rawgeti(L, -2, 1);
	if (lua_type(L, -1) == LUA_TNUMBER || lua_type(L, -1) == LUA_TBOOLEAN)
		return luaL_tolstring(L, -1, NULL);
	if (lua_type(L, -1) == LUA_TSTRING)
		return lua_tostring(L, -1);
	return lua_pushfstring(L, "case %d", number);
}

/* Upvalues: the name, the cases. */
RAISES static int each_body(lua_State *L)
{
	int  ref = function_take(L), n;
	char name[2 * TEST_NAME_MAX];

	n = (int)lua_rawlen(L, lua_upvalueindex(2));
	for (int i = 1; i <= n; i++) {
		lua_settop(L, 0);
		lua_rawgeti(L, lua_upvalueindex(2), i);
		snprintf(name, sizeof name, "%s: %s",
		         lua_tostring(L, lua_upvalueindex(1)),
		         case_name(L, i));
		lua_settop(L, 1);
		test_add(L, name, ref, luaL_ref(L, LUA_REGISTRYINDEX));
		budget_charge(L, 20);
	}
	return 0;
}

/* Upvalue: the name.  in: the cases */
RAISES static int each_cases(lua_State *L)
{
	char   given[96];
	size_t keys = 0;

	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TTABLE)
		return luaL_error(L, "test.each takes a list of cases after "
		                  "its name, not %s",
		                  value_name(L, 1, given, sizeof given));
	for (lua_pushnil(L); budget_next(L, 1) != 0; lua_pop(L, 1))
		keys++;
	if (keys == 0 || keys != lua_rawlen(L, 1))
		return luaL_error(L, "test.each takes a list of cases, { case, "
		                  "case }, and each has a test of its own");
	budget_charge(L, keys);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_pushcclosure(L, each_body, 2);
	return 1;
}

/* The name at 1; what takes the rest comes next. */
RAISES static int name_read(lua_State *L, const char *how, lua_CFunction rest)
{
	struct test_file *f = test_file_of(L);

	if (f->stage->r != NULL)
		return luaL_error(L, "a test cannot be made while one is "
		                  "played");
	if (f->side->open_line > 0)
		return luaL_error(L, "the test before has a name and no "
		                  "function");
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING)
		return luaL_error(L, "a test begins with its name: %s", how);
	if (!label_is_fine(lua_tostring(L, 1), lua_rawlen(L, 1), TEST_NAME_MAX))
		return luaL_error(L, "a test's name is 1 to %d bytes of plain "
		                  "text", TEST_NAME_MAX);
	f->side->open_line = side_line(L);
	lua_pushcclosure(L, rest, 1);
	return 1;
}

/* in: test itself, a name */
RAISES static int test_call(lua_State *L)
{
	lua_remove(L, 1);
	return name_read(L, "test \"name\" (function (sim) ... end)",
	                 test_body);
}

RAISES static int each_call(lua_State *L)
{
	return name_read(L, "test.each \"name\" { case, case } (function (sim, "
	                 "case) ... end)", each_cases);
}

RAISES void test_words_add(lua_State *L)
{
	lua_createtable(L, 0, 1);
	lua_pushcfunction(L, each_call);
	lua_setfield(L, -2, "each");
	sandbox_lock(L, "test has no", test_call);
	lua_setfield(L, -2, "test");
}
