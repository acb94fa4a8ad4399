/* test_expect.c -- expect (task) { nice = 10 }: what is, against what should
 * be.
 *
 * Knobs are read from the simulated kernel, the class from the rules' verdict.
 * 'untouched' means that the knob is what it would be without us: nobody wants
 * anything of it, and nothing is written of what it was before.
 */

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <lauxlib.h>

#include "base/text.h"

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

static void intent_compare(struct expecting *x, enum setting s)
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

/* False: the task has ended. */
static bool knob_compare(struct expecting *x, enum setting s)
{
	struct rehearsal *r = x->stage->r;
	int64_t           now, wanted = x->wanted.value[s];
	char              text[VALUE_TEXT_MAX];
	bool              right;

	if (sim_knob(r->sim, x->whom.tid, s, &now) < 0)
		return false;
	if (wanted == VALUE_UNTOUCHED)
		right = !want_has(&x->opinion.verdict.want, s) &&
		        !rehearsal_holds(r, x->whom, s);
	else
		right = now == wanted;
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
		if (setting_rows[s].kind == SETTING_KIND_INTENT)
			intent_compare(x, s);
		else if (!knob_compare(x, s))
			return false;
	}
	return true;
}

/* Upvalue: the task.  in: the settings */
RAISES static int expect_settings(lua_State *L)
{
	struct stage     *stage = test_stage_of(L);
	struct expecting  x = { .stage = stage };
	char              first[256], given[96];
	struct complaints c = complaints_to_text(first, sizeof first);

	stage->open_line = 0;
	x.whom = test_handle_of(L, lua_upvalueindex(1));
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TTABLE)
		return luaL_error(L, "expect (task) takes a table of settings, "
		                  "not %s",
		                  value_name(L, 1, given, sizeof given));
	if (!want_read(L, 1, stage->r->sets, &c, &x.wanted))
		return luaL_error(L, "%s", first);
	if (x.wanted.has == 0)
		return luaL_error(L, "expect (task) { } expects nothing");
	if (!compare(&x))
		return luaL_error(L, "that task has ended");
	if (x.wrong == 0)
		return 0;
	test_reasons(stage, x.whom, &x.opinion, x.wrong);
	return luaL_error(L, "%s", x.says);
}

/* expect (task) returns what takes the settings. */
RAISES int test_expect(lua_State *L)
{
	struct stage *stage = test_stage_of(L);

	if (stage->open_line > 0)
		return luaL_error(L, "the expect (task) before has no table of "
		                  "settings");
	test_handle_of(L, 1);
	lua_settop(L, 1);
	stage->open_line = side_line(L);
	lua_pushcclosure(L, expect_settings, 1);
	return 1;
}
