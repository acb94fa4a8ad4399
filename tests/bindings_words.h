/* bindings_words.h -- the words that are told of are the words
 * that there are. */
#ifndef TESTS_BINDINGS_WORDS_H
#define TESTS_BINDINGS_WORDS_H

#include <lauxlib.h>

#include "bind.h"
#include "command/stub_text.h"
#include "model/word.h"
#include "rule_files.h"

#define NAMES_MAX 256

struct names {
	size_t      count;
	const char *name[NAMES_MAX];
};

static bool is_among(const struct names *n, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (strcmp(n->name[i], name) == 0)
			return true;
	return false;
}

static struct names names_at(enum word_place place)
{
	struct names n = { 0 };

	for (size_t i = 0; i < word_count; i++)
		if (word_rows[i].place == place)
			n.name[n.count++] = word_rows[i].name;
	return n;
}

static void assert_same(const struct names *told, const struct names *there)
{
	for (size_t i = 0; i < told->count; i++)
		ck_assert_msg(is_among(there, told->name[i]),
		              "word.def tells of '%s', which is no word",
		              told->name[i]);
	for (size_t i = 0; i < there->count; i++)
		ck_assert_msg(is_among(told, there->name[i]),
		              "word.def lacks '%s'", there->name[i]);
}

/* A rule file's Lua, of a file that says nothing. */
static struct side *side_of_nothing(struct rule_book *b)
{
	struct side *s = side_new(b, 0);

	ck_assert_ptr_nonnull(s);
	side_load(s, "", 0);
	return s;
}

/* words = getmetatable (env).__index, where a rule file's words are found */
static void push_words(lua_State *L)
{
	sandbox_push_env(L);
	ck_assert(lua_getmetatable(L, -1));
	lua_getfield(L, -1, "__index");
}

/* The keys of the table on top; they live as long as it does. */
static struct names keys_on_top(lua_State *L)
{
	struct names n = { 0 };

	lua_pushnil(L);
	while (lua_next(L, -2) != 0) {
		lua_pop(L, 1);
		ck_assert_uint_lt(n.count, NAMES_MAX);
		n.name[n.count++] = lua_tostring(L, -1);
	}
	return n;
}

START_TEST(the_words_of_rule_files_are_told)
{
	struct rule_book *b = book_of("");
	struct side      *s = side_of_nothing(b);
	struct names      there, told = names_at(WORD_PLACE_RULES);
	struct names      lua = names_at(WORD_PLACE_LUA);

	for (size_t i = 0; i < lua.count; i++)
		told.name[told.count++] = lua.name[i];
	told.name[told.count++] = "math";
	told.name[told.count++] = "string";
	told.name[told.count++] = "table";
	push_words(s->L);
	there = keys_on_top(s->L);
	assert_same(&told, &there);
	side_free(s);
	rule_book_free(b);
}
END_TEST

START_TEST(the_words_in_the_tables_of_lua_are_told)
{
	static const struct {
		const char     *name;
		enum word_place place;
	} tables[] = {
		{ "math", WORD_PLACE_MATH }, { "string", WORD_PLACE_STRING },
		{ "table", WORD_PLACE_TABLE },
	};
	struct rule_book *b = book_of("");
	struct side      *s = side_of_nothing(b);

	for (size_t i = 0; i < COUNT(tables); i++) {
		struct names there, told = names_at(tables[i].place);

		push_words(s->L);
		lua_getfield(s->L, -1, tables[i].name);
		ck_assert(lua_getmetatable(s->L, -1));
		lua_getfield(s->L, -1, "__index");
		there = keys_on_top(s->L);
		assert_same(&told, &there);
		lua_settop(s->L, 0);
	}
	side_free(s);
	rule_book_free(b);
}
END_TEST

/* Each with a value that is wrong everywhere, so that the field is all that can
 * be right. */
static void assert_known(const char *format, const char *name)
{
	char                source[256], unknown[64];
	struct rule_book   *b;
	struct rule_mistake m;

	snprintf(source, sizeof source, format, name);
	snprintf(unknown, sizeof unknown, "has no field '%s'", name);
	b = book_of(source);
	rule_book_compile(b);
	for (size_t i = 0; rule_book_mistake(b, i, &m); i++)
		ck_assert_msg(strstr(m.sentence, unknown) == NULL, "%s",
		              m.sentence);
	rule_book_free(b);
}

START_TEST(the_fields_that_are_told_are_known)
{
	for (size_t i = 0; i < word_count; i++) {
		const struct word_row *w = &word_rows[i];

		if (w->place == WORD_PLACE_RULE)
			assert_known("rule \"a\" { %s = 1.5 }", w->name);
		if (w->place == WORD_PLACE_POOL)
			assert_known("pool \"a\" { %s = 1.5 }", w->name);
		if (w->place == WORD_PLACE_HANDLER)
			assert_known("on \"timer\" { %s = 1.5 }", w->name);
		if (w->place == WORD_PLACE_TASK)
			assert_known("local a = process { %s = 1.5 }", w->name);
		if (w->place == WORD_PLACE_THREAD)
			assert_known("local a = thread { %s = 1.5 }", w->name);
	}
}
END_TEST

/* Each quoted in what 'on' takes. */
START_TEST(the_moments_that_are_told_are_known)
{
	const struct word_row *on = NULL;
	size_t                 moments = 0;

	for (size_t i = 0; i < word_count; i++)
		if (word_rows[i].place == WORD_PLACE_RULES &&
		    strcmp(word_rows[i].name, "on") == 0)
			on = &word_rows[i];
	ck_assert_ptr_nonnull(on);
	for (const char *at = strchr(on->takes, '"'); at != NULL;
	     at = strchr(at + 1, '"')) {
		char              source[256];
		size_t            n = strcspn(++at, "\"");
		const char       *more = strncmp(at, "timer", 5) == 0
		                         ? "every = \"5s\", " : "";
		struct rule_book *b;

		snprintf(source, sizeof source, "on \"%.*s\" { %srun = "
		         "function (tasks, host, event) end }", (int)n, at,
		         more);
		b = book_right(source);
		rule_book_free(b);
		at += n;
		moments++;
	}
	ck_assert_uint_gt(moments, 5);
}
END_TEST

static void print_to(void (*print)(FILE *out), char *out, size_t size)
{
	FILE  *f = tmpfile();
	size_t n;

	ck_assert_ptr_nonnull(f);
	print(f);
	rewind(f);
	n = fread(out, 1, size - 1, f);
	ck_assert_uint_lt(n, size - 1);
	out[n] = '\0';
	fclose(f);
}

/* _G[key] = value, told to the table of names that is upvalue 1 */
static int name_seen(lua_State *L)
{
	lua_pushvalue(L, 2);
	lua_pushboolean(L, 1);
	lua_rawset(L, lua_upvalueindex(1));
	if (!lua_isnil(L, 3))
		lua_rawset(L, 1);
	return 0;
}

/* Runs the text in a Lua that knows nothing; the names that it defined are keys
 * of the table on top. */
static void run_bare(lua_State *L, const char *source)
{
	lua_newtable(L);                        /* the names                  */
	lua_pushglobaltable(L);
	lua_createtable(L, 0, 1);
	lua_pushvalue(L, -3);
	lua_pushcclosure(L, name_seen, 1);
	lua_setfield(L, -2, "__newindex");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
	if (luaL_loadstring(L, source) != LUA_OK ||
	    lua_pcall(L, 0, 0, 0) != LUA_OK)
		ck_abort_msg("%s", lua_tostring(L, -1));
}

START_TEST(the_stubs_are_lua_and_define_every_word)
{
	static char  source[1 << 17];
	static const enum word_place places[] = {
		WORD_PLACE_RULES, WORD_PLACE_LUA, WORD_PLACE_TESTS
	};
	lua_State   *L = luaL_newstate();
	struct names there, told = { 3, { "math", "string", "table" } };

	for (size_t i = 0; i < COUNT(places); i++) {
		struct names some = names_at(places[i]);

		for (size_t k = 0; k < some.count; k++)
			told.name[told.count++] = some.name[k];
	}
	print_to(stub_language, source, sizeof source);
	run_bare(L, source);
	there = keys_on_top(L);
	assert_same(&told, &there);
	lua_close(L);
}
END_TEST

START_TEST(what_luacheck_reads_is_lua)
{
	static char source[1 << 15];
	lua_State  *L = luaL_newstate();

	/* files is a table that luacheck itself makes */
	lua_newtable(L);
	lua_setglobal(L, "files");
	print_to(stub_luacheckrc, source, sizeof source);
	run_bare(L, source);
	lua_getglobal(L, "read_globals");
	ck_assert_int_eq(lua_getfield(L, -1, "math"), LUA_TTABLE);
	ck_assert_int_eq(lua_rawgeti(L, -2, 1), LUA_TSTRING);
	ck_assert_str_eq(lua_tostring(L, -1), "rule");
	lua_close(L);
}
END_TEST

static TCase *told_case(void)
{
	TCase *c = tcase_create("words that are told of");

	tcase_add_test(c, the_words_of_rule_files_are_told);
	tcase_add_test(c, the_words_in_the_tables_of_lua_are_told);
	tcase_add_test(c, the_fields_that_are_told_are_known);
	tcase_add_test(c, the_moments_that_are_told_are_known);
	tcase_add_test(c, the_stubs_are_lua_and_define_every_word);
	tcase_add_test(c, what_luacheck_reads_is_lua);
	return c;
}

#endif
