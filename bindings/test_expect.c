/* test_expect.c -- expect (task) { nice = 10 }: what is, against what should
 * be.
 *
 * Knobs are read from the simulated kernel; intents, and the knobs that it does
 * not have, from the rules' verdict.
 * 'untouched' means that the knob is what it would be without us: nobody wants
 * anything of it, and nothing is written of what it was before.
 */

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <lauxlib.h>

#include "base/text.h"
#include "model/group.h"

struct expecting {
	struct stage  *stage;
	struct task_id whom;
	struct opinion opinion;
	struct want    wanted;
	uint64_t       wrong;           /* SETTING_BITs                       */
	char           says[400];       /* "nice: wanted 10, got 0; ..."      */
};

static void add_wrong(struct expecting *x, enum setting s, const char *got)
{
	size_t used = strlen(x->says);
	char   text[VALUE_TEXT_MAX];

	x->wrong |= SETTING_BIT(s);
	snprintf(x->says + used, sizeof x->says - used,
	         "%s%s: wanted %s, got %s", used > 0 ? "; " : "",
	         setting_rows[s].name,
	         setting_print(s, x->wanted.value[s], x->stage->r->sets, text,
	                       sizeof text), got);
}

static void verdict_compare(struct expecting *x, enum setting s)
{
	const struct want *is = &x->opinion.verdict.want;
	int64_t            wanted = x->wanted.value[s];
	char               text[VALUE_TEXT_MAX];

	if (!want_has(is, s) && wanted != VALUE_UNTOUCHED)
		add_wrong(x, s, "none");
	else if (want_has(is, s) && wanted != is->value[s])
		add_wrong(x, s, setting_print(s, is->value[s],
		                              x->stage->r->sets, text,
		                              sizeof text));
}

/* An intent is no knob, and some knobs the simulated machine does not have. */
static bool is_simulated(const struct expecting *x, enum setting s)
{
	return (x->stage->r->os.actuator.can & SETTING_BIT(s)) != 0;
}

/* One of several that a pool has is that pool too. */
static bool is_as_wanted(struct expecting *x, enum setting s, int64_t now)
{
	int64_t wanted = x->wanted.value[s];

	return now == wanted ||
	       (s == SETTING_pool &&
	        group_pool(x->stage->r->sets, now) == wanted);
}

/* False: the task has ended. */
static bool knob_compare(struct expecting *x, enum setting s)
{
	struct rehearsal *r = x->stage->r;
	int64_t           now, wanted = x->wanted.value[s];
	char              text[VALUE_TEXT_MAX];
	bool              right;

	if (sim_knob(r->sim, task_id_known(x->whom).tid, s, &now) < 0)
		return false;
	if (wanted == VALUE_UNTOUCHED)
		right = !want_has(&x->opinion.verdict.want, s) &&
		        !rehearsal_holds(r, x->whom, s);
	else
		right = is_as_wanted(x, s, now);
	if (!right)
		add_wrong(x, s, setting_print(s, now, r->sets, text,
		                              sizeof text));
	return true;
}

static bool compare(struct expecting *x)
{
	if (rehearsal_look(x->stage->r, x->whom, &x->opinion) < 0)
		return false;
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting s = (enum setting)i;

		if (!want_has(&x->wanted, s))
			continue;
		if (!is_simulated(x, s))
			verdict_compare(x, s);
		else if (!knob_compare(x, s))
			return false;
	}
	return true;
}

RAISES int test_expect_begin(lua_State *L, const char *takes, lua_CFunction end)
{
	struct stage *stage = test_stage_of(L);

	if (stage->open_line > 0)
		return luaL_error(L, "before this, %s", stage->open_what);
	stage->open_line = side_line(L);
	stage->open_what = takes;
	lua_pushcclosure(L, end, lua_gettop(L));
	return 1;
}

RAISES struct task_id test_expect_end(lua_State *L, struct stage **ret_stage)
{
	struct stage *stage = test_stage_of(L);

	stage->open_line = 0;
	stage->expects++;
	*ret_stage = stage;
	return test_handle_of(L, lua_upvalueindex(1));
}

/* Upvalue: the task.  in: the settings */
RAISES static int expect_settings(lua_State *L)
{
	struct expecting  x = { .says = "" };
	char              first[256], given[96];
	struct complaints c = complaints_to_text(first, sizeof first);

	x.whom = test_expect_end(L, &x.stage);
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TTABLE)
		return luaL_error(L, "expect (task) takes a table of settings, "
		                  "not %s",
		                  value_name(L, 1, given, sizeof given));
	if (!want_read(L, 1, x.stage->r->sets, &c, &x.wanted))
		return luaL_error(L, "%s", first);
	if (x.wanted.has == 0)
		return luaL_error(L, "expect (task) { } expects nothing");
	if (!compare(&x))
		return luaL_error(L, "that task has ended");
	if (x.wrong == 0)
		return 0;
	test_reasons(x.stage, x.whom, &x.opinion, x.wrong);
	return luaL_error(L, "%s", x.says);
}

/* in: expect itself, the task */
RAISES static int expect_call(lua_State *L)
{
	test_handle_of(L, 2);
	lua_settop(L, 2);
	lua_remove(L, 1);
	return test_expect_begin(L, "expect (task) takes a table of settings",
	                         expect_settings);
}

RAISES void test_expect_add(lua_State *L)
{
	lua_newtable(L);
	test_opinions_add(L);
	sandbox_lock(L, "expect has no", expect_call);
	lua_setfield(L, -2, "expect");
}
