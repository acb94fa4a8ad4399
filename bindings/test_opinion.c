/* test_opinion.c -- expect.rule (task, "nice") "name" and the like: not what a
 * task has, but who said so.
 *
 * Every name is one that the rules beside the tests have, so that a test does
 * not pass because of a typo.
 */

#include "test.h"

#include <string.h>
#include <lauxlib.h>

#include "policy/tags.h"

#define NAMES_NEAR 1024                 /* looked at for the nearest          */

/* What the rules say of the task that is upvalue 1. */
RAISES static struct stage *look(lua_State *L, struct task_id *ret_whom,
                                 struct opinion *ret_opinion)
{
	struct stage *stage;

	*ret_whom = test_expect_end(L, &stage);
	if (rehearsal_look(stage->r, *ret_whom, ret_opinion) < 0)
		luaL_error(L, "that task has ended");
	return stage;
}

RAISES static const char *name_of(lua_State *L, const char *what)
{
	char given[96];

	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING)
		luaL_error(L, "%s, not %s", what,
		           value_name(L, 1, given, sizeof given));
	return lua_tostring(L, 1);
}

RAISES static void rule_check(lua_State *L, const struct ruleset *rules,
                              const char *name)
{
	const char *names[NAMES_NEAR];
	char        clause[256];
	uint32_t    n = (uint32_t)ruleset_count(rules), some = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (strcmp(ruleset_name(rules, i), name) == 0)
			return;
		if (some < NAMES_NEAR)
			names[some++] = ruleset_name(rules, i);
	}
	luaL_error(L, "there is no rule '%s'%s", name,
	           did_you_mean(name, names, some, clause, sizeof clause));
}

/* Upvalues: the task, the setting's name. */
RAISES static enum setting setting_of(lua_State *L)
{
	enum setting s = SETTING_COUNT;

	setting_find(lua_tostring(L, lua_upvalueindex(2)), &s);
	return s;
}

/* Who it is against who it should be; 'did' says what each would have done. */
RAISES static int rule_compare(lua_State *L, const char *what, const char *did,
                               bool of_cap)
{
	const char           *wanted = name_of(L, what);
	enum setting          s = setting_of(L);
	struct opinion        o;
	struct task_id        whom;
	struct stage         *stage = look(L, &whom, &o);
	const struct ruleset *rules = stage->r->engine.voice[VOICE_SYSTEM].rules;
	uint32_t              is = of_cap ? o.verdict.held[s]
	                                  : o.verdict.won[s];

	rule_check(L, rules, wanted);
	if (is != RULE_NONE && strcmp(ruleset_name(rules, is), wanted) == 0)
		return 0;
	test_reasons(stage, whom, &o, SETTING_BIT(s));
	if (is == RULE_NONE)
		return luaL_error(L, "%s: wanted it %s '%s', but no rule does",
		                  setting_rows[s].name, did, wanted);
	return luaL_error(L, "%s: wanted it %s '%s', got '%s'",
	                  setting_rows[s].name, did, wanted,
	                  ruleset_name(rules, is));
}

#define RULE_TAKES "expect.rule (task, \"setting\") takes a rule's name"
#define CAP_TAKES  "expect.cap (task, \"setting\") takes a rule's name"
#define TAG_TAKES  "expect.tag (task) takes a tag"
#define NO_TAG_TAKES "expect.no_tag (task) takes a tag"

RAISES static int rule_end(lua_State *L)
{
	return rule_compare(L, RULE_TAKES, "decided by", false);
}

RAISES static int cap_end(lua_State *L)
{
	return rule_compare(L, CAP_TAKES, "bounded by", true);
}

/* in: the task, a setting's name */
RAISES static int setting_begin(lua_State *L, const char *takes,
                                lua_CFunction end)
{
	char              first[256];
	struct complaints c = complaints_to_text(first, sizeof first);
	enum setting      s;

	test_handle_of(L, 1);
	lua_settop(L, 2);
	if (!want_key_read(L, 2, &c, &s))
		return luaL_error(L, "%s", first);
	return test_expect_begin(L, takes, end);
}

RAISES static int expect_rule(lua_State *L)
{
	return setting_begin(L, RULE_TAKES, rule_end);
}

RAISES static int expect_cap(lua_State *L)
{
	return setting_begin(L, CAP_TAKES, cap_end);
}

/* The number of a tag that some rule gives. */
RAISES static uint32_t tag_of(lua_State *L, const struct stage *stage,
                              const char *name)
{
	const char *names[TAGS_MAX];
	char        clause[256];
	size_t      bytes;
	const void *image = rule_book_image(stage->rules, &bytes);
	uint32_t    n = image_count(image, IMAGE_TAGS);

	for (uint32_t i = 0; i < n; i++) {
		names[i] = image_text_of(image, *IMAGE_AT(image, IMAGE_TAGS,
		                                          image_text, i));
		if (strcmp(names[i], name) == 0)
			return i;
	}
	luaL_error(L, "no rule gives the tag '%s'%s", name,
	           did_you_mean(name, names, n, clause, sizeof clause));
	return 0;                               /* which nobody sees          */
}

RAISES static int tag_compare(lua_State *L, const char *what, bool wanted)
{
	const char    *name = name_of(L, what);
	struct opinion o;
	struct task_id whom;
	struct stage  *stage = look(L, &whom, &o);
	uint32_t       tag = tag_of(L, stage, name);

	if (tags_have(&o.found.tags, tag) == wanted)
		return 0;
	test_reasons(stage, whom, &o, 0);
	return luaL_error(L, wanted ? "has no tag '%s'" : "has the tag '%s'",
	                  name);
}

RAISES static int tag_end(lua_State *L)
{
	return tag_compare(L, TAG_TAKES, true);
}

RAISES static int no_tag_end(lua_State *L)
{
	return tag_compare(L, NO_TAG_TAKES, false);
}

RAISES static int expect_tag(lua_State *L)
{
	test_handle_of(L, 1);
	lua_settop(L, 1);
	return test_expect_begin(L, TAG_TAKES, tag_end);
}

RAISES static int expect_no_tag(lua_State *L)
{
	test_handle_of(L, 1);
	lua_settop(L, 1);
	return test_expect_begin(L, NO_TAG_TAKES, no_tag_end);
}

/* Into the table on top. */
RAISES void test_opinions_add(lua_State *L)
{
	static const luaL_Reg opinions[] = {
		{ "rule", expect_rule },   { "cap", expect_cap },
		{ "tag", expect_tag },     { "no_tag", expect_no_tag },
		{ NULL, NULL }
	};

	luaL_setfuncs(L, opinions, 0);
}
