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

RAISES static int rule_elsewhere(lua_State *L)
{
	return luaL_error(L, "rules belong into a rule file beside the tests");
}

/* The words of rule files, with those of tests among them. */
RAISES static void words_add(lua_State *L)
{
	sandbox_push_env(L);
	lua_getmetatable(L, -1);
	lua_getfield(L, -1, "__index");
	test_words_add(L);
	test_expect_add(L);
	lua_pushcfunction(L, rule_elsewhere);
	lua_setfield(L, -2, "rule");
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
	names_clear(&f->names);
	free(f->test);
	*f = (struct test_file){ 0 };
}

/* in: the test; its function gets the machine, and the case if it has any */
RAISES static int play(lua_State *L)
{
	const struct test *t = lua_touserdata(L, 1);

	lua_rawgeti(L, LUA_REGISTRYINDEX, t->ref);
	test_settle(L);
	test_machine_push(L);
	if (t->case_ref == LUA_NOREF) {
		lua_call(L, 1, 0);
	} else {
		lua_rawgeti(L, LUA_REGISTRYINDEX, t->case_ref);
		lua_call(L, 2, 0);
	}
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
		reach_note(&stage->reach,
		           stage->r->engine.voice[VOICE_SYSTEM].rules, o);
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
	stage->expects = 0;
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
	struct test it = *t;
	int         status, line;

	*ret_end = (struct test_end){ .passed = true };
	if (!stage_open(f->stage)) {
		fail(ret_end, t->line, "no memory for a machine");
		return;
	}
	status = side_call(f->side, play, &it, &load_allowance);
	if (status != LUA_OK) {
		line = side_failure(f->side, status, &sentence);
		fail(ret_end, line, sentence);
	} else if (f->stage->open_line > 0) {
		fail(ret_end, f->stage->open_line, f->stage->open_what);
	} else if (f->stage->trouble[0] != '\0') {
		fail(ret_end, t->line, f->stage->trouble);
	} else if (f->stage->expects == 0) {
		fail(ret_end, t->line, "expects nothing, so it cannot fail");
	}
	if (ret_end->line == 0)
		ret_end->line = t->line;
	lua_settop(f->side->L, 0);
	stage_close(f->stage);
}
