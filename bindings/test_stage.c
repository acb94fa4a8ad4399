/* test_stage.c -- the machine of the test that is played, and what of it a test
 * holds in its hands.
 */

#include "test.h"

#include <string.h>
#include <lauxlib.h>

#define CHARGE_PER_DOING 200            /* instructions that an event costs   */
#define PASS_AT_ONCE_NS  UINT64_C(60000000000)

/* A task in a test; it looks like a process that a function is shown. */
struct handle {
	struct view    view;
	struct task_id whom;
};

RAISES struct stage *test_stage_of(lua_State *L)
{
	struct stage *stage = test_file_of(L)->stage;

	if (stage->r == NULL)
		luaL_error(L, "this belongs into a test's function");
	return stage;
}

RAISES void test_handle_new(lua_State *L, struct task_id whom)
{
	struct handle *h = word_new(L, sizeof *h, WORD_PROCESS);

	h->view.decision = test_file_of(L)->stage->plays;
	h->whom = whom;
}

RAISES struct task_id test_handle_of(lua_State *L, int idx)
{
	struct handle *h = word_of(L, idx, WORD_PROCESS);
	char           given[96];

	if (h != NULL && h->view.decision == test_stage_of(L)->plays)
		return h->whom;
	if (h != NULL)
		luaL_error(L, "that task is on another test's machine");
	else
		luaL_error(L, "a task is needed here, as sim:exec, sim:fork or "
		           "sim:thread returned it, not %s",
		           value_name(L, idx, given, sizeof given));
	return (struct task_id){ 0 };           /* which nobody sees          */
}

RAISES static void settled(lua_State *L, int status, uint64_t before)
{
	const struct engine *en = &test_stage_of(L)->r->engine;
	uint64_t             doings = en->counts.events + en->counts.judged;

	if (status < 0)
		luaL_error(L, "the engine cannot go on: %s", strerror(-status));
	if (status > 0)
		luaL_error(L, "the engine has stopped");
	budget_charge(L, CHARGE_PER_DOING * (size_t)(1 + doings - before));
}

static uint64_t doings_of(const struct stage *stage)
{
	return stage->r->engine.counts.events + stage->r->engine.counts.judged;
}

RAISES void test_settle(lua_State *L)
{
	struct stage *stage = test_stage_of(L);
	uint64_t      before = doings_of(stage);

	settled(L, rehearsal_settle(stage->r), before);
}

/* A long time is taken in parts, so that the budget can end it. */
RAISES void test_pass(lua_State *L, uint64_t ns)
{
	struct stage *stage = test_stage_of(L);

	for (uint64_t step; ns > 0; ns -= step) {
		uint64_t before = doings_of(stage);

		step = ns < PASS_AT_ONCE_NS ? ns : PASS_AT_ONCE_NS;
		settled(L, rehearsal_pass(stage->r, step), before);
	}
}
