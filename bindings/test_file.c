/* test_file.c -- the Lua of one file of tests: its words, its tests, and one of
 * them played.
 *
 * It is foreign code like a rule file, in the same sandbox with a few words
 * more, and within the same budgets: one for reading the file, one for each
 * test.
 */

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>

#include "base/text.h"
#include "book.h"

struct test_file *test_file_of(lua_State *L)
{
	return side_of(L)->tests;
}

static bool has_room(struct test_file *f)
{
	size_t       room = f->room != 0 ? 2 * f->room : 16;
	struct test *more;

	if (f->tests < f->room)
		return true;
	more = realloc(f->test, room * sizeof *more);
	if (more == NULL)
		return false;
	f->test = more;
	f->room = room;
	return true;
}

/* Upvalue: the name. */
RAISES static int test_body(lua_State *L)
{
	struct test_file *f = test_file_of(L);
	struct test      *t;
	char              given[96];
	int               ref;

	f->side->open_line = 0;
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TFUNCTION)
		return luaL_error(L, "a test takes a function after its name, "
		                  "not %s",
		                  value_name(L, 1, given, sizeof given));
	ref = luaL_ref(L, LUA_REGISTRYINDEX);
	if (f->tests == TESTS_MAX || !has_room(f))
		return luaL_error(L, "too many tests in one file: at most %d",
		                  TESTS_MAX);
	t = &f->test[f->tests++];
	text_copy(t->name, sizeof t->name,
	          lua_tostring(L, lua_upvalueindex(1)));
	t->line = side_line(L);
	t->ref = ref;
	return 0;
}

/* test "name" returns what takes the function. */
RAISES static int test_name(lua_State *L)
{
	struct test_file *f = test_file_of(L);

	if (f->stage->r != NULL)
		return luaL_error(L, "a test cannot be made while one is "
		                  "played");
	if (f->side->open_line > 0)
		return luaL_error(L, "the test before has a name and no "
		                  "function");
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING)
		return luaL_error(L, "a test begins with its name: "
		                  "test \"name\" (function (sim) ... end)");
	if (!label_is_fine(lua_tostring(L, 1), lua_rawlen(L, 1), TEST_NAME_MAX))
		return luaL_error(L, "a test's name is 1 to %d bytes of plain "
		                  "text", TEST_NAME_MAX);
	f->side->open_line = side_line(L);
	lua_pushcclosure(L, test_body, 1);
	return 1;
}

RAISES static int rule_elsewhere(lua_State *L)
{
	return luaL_error(L, "rules belong into a rule file beside the tests");
}

/* The words of rule files, with those of tests among them. */
RAISES static void words_add(lua_State *L)
{
	static const luaL_Reg words[] = {
		{ "test", test_name },
		{ "expect", test_expect },
		{ "rule", rule_elsewhere },
		{ NULL, NULL }
	};

	sandbox_push_env(L);
	lua_getmetatable(L, -1);
	lua_getfield(L, -1, "__index");
	luaL_setfuncs(L, words, 0);
	lua_pop(L, 3);
}

int test_file_load(struct test_file *f, struct rule_book *files, uint32_t file,
                   struct stage *stage)
{
	*f = (struct test_file){ .stage = stage };
	if (!rule_book_source_fine(files, file))
		return -EINVAL;
	f->side = side_new(files, file);
	if (f->side == NULL)
		return -ENOMEM;
	f->side->tests = f;
	f->side->words_add = words_add;
	side_load(f->side, files->file[file].source, files->file[file].bytes);
	return rule_book_has_mistakes(files) ? -EINVAL : 0;
}

void test_file_clear(struct test_file *f)
{
	side_free(f->side);
	free(f->test);
	*f = (struct test_file){ 0 };
}

/* in: the reference to the test's function */
RAISES static int play(lua_State *L)
{
	const int *ref = lua_touserdata(L, 1);

	lua_rawgeti(L, LUA_REGISTRYINDEX, *ref);
	test_settle(L);
	test_machine_push(L);
	lua_call(L, 1, 0);
	return 0;
}

static const void *hand_image(void *self, size_t *ret_bytes,
                              const char **ret_why)
{
	(void)ret_why;
	return rule_book_image(self, ret_bytes);
}

static int64_t hand_answer(void *self, const void *question, size_t bytes,
                           void *out, size_t size)
{
	return rule_book_ask(self, question, bytes, out, size);
}

/* Which of two caps at odds holds may be what the test is about. */
static bool is_about_caps(const struct stage *stage)
{
	const struct engine_counts *n = &stage->r->engine.counts;

	return n->torn > 0 && n->rule_failures == 0;
}

/* A rule that has no opinion because it failed is a failure of the test. */
static void note_trouble(void *self, const char *sentence)
{
	struct stage *stage = self;

	if (stage->r != NULL && is_about_caps(stage))
		return;
	if (stage->trouble[0] == '\0')
		text_copy(stage->trouble, sizeof stage->trouble, sentence);
}

static void note_judged(void *self, const struct opinion *o)
{
	struct stage *stage = self;

	if (stage->r != NULL)
		reach_note(&stage->reach, stage->r->engine.rules, o);
}

static bool stage_open(struct stage *stage)
{
	const struct rehearsal_options o = {
		.seed = 1,
		.worker = { stage->rules, hand_image, hand_answer },
		.ears = { .self = stage, .trouble = note_trouble,
		          .judged = note_judged },
	};

	stage->plays++;
	stage->open_line = 0;
	stage->reasons[0] = stage->trouble[0] = '\0';
	stage->r = rehearsal_new(&o);
	return stage->r != NULL;
}

static void stage_close(struct stage *stage)
{
	rehearsal_free(stage->r);
	stage->r = NULL;
}

static void fail(struct test_end *end, int line, const char *sentence)
{
	end->passed = false;
	end->line = line;
	text_copy(end->sentence, sizeof end->sentence, sentence);
}

void test_file_play(struct test_file *f, const struct test *t,
                    struct test_end *ret_end)
{
	const char *sentence;
	int         status, line, ref = t->ref;

	*ret_end = (struct test_end){ .passed = true };
	if (!stage_open(f->stage)) {
		fail(ret_end, t->line, "no memory for a machine");
		return;
	}
	status = side_call(f->side, play, &ref, &load_allowance);
	if (status != LUA_OK) {
		line = side_failure(f->side, status, &sentence);
		fail(ret_end, line, sentence);
	} else if (f->stage->open_line > 0) {
		fail(ret_end, f->stage->open_line,
		     "expect (task) takes a table of settings");
	} else if (f->stage->trouble[0] != '\0') {
		fail(ret_end, t->line, f->stage->trouble);
	}
	if (ret_end->line == 0)
		ret_end->line = t->line;
	lua_settop(f->side->L, 0);
	stage_close(f->stage);
}
