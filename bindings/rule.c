/* rule.c -- rule "name" { ... } goes into the image at once, and is garbage. */

#include "bind.h"

#include <stdio.h>
#include <string.h>
#include <lauxlib.h>

#include "book.h"

enum { FIELD_match, FIELD_except, FIELD_when, FIELD_want, FIELD_cap, FIELD_tag,
       FIELD_priority, FIELD_COUNT };

static const char *const names[FIELD_COUNT] = { "match", "except", "when",
                                                "want", "cap", "tag",
                                                "priority" };

/* What one rule { } is read into; whatever it points to is on Lua's stack. */
struct reading {
	lua_State          *L;
	struct complaints  *c;
	int                 slot[FIELD_COUNT];
	struct builder_rule rule;
	struct want         want;
	struct cap          cap;
};

/* False also for what was told before. */
static bool has(const struct reading *r, int field)
{
	return r->slot[field] != 0 &&
	       word_of(r->L, r->slot[field], WORD_UNKNOWN) == NULL;
}

/* The field is there and is something else. */
static void field_refuse(struct reading *r, int field, const char *takes)
{
	char given[96];

	complain(r->c, "%s takes %s, not %s", names[field], takes,
	         value_name(r->L, r->slot[field], given, sizeof given));
}

/* match and except: their selectors are in the image already. */
static uint32_t task_selector(struct reading *r, int field)
{
	struct word_selector *w;

	if (!has(r, field))
		return IMAGE_NONE;
	w = word_of(r->L, r->slot[field], WORD_SELECTOR);
	if (w == NULL)
		field_refuse(r, field, "process { } or thread { }");
	else if (w->select == SELECT_HOST)
		complain(r->c, "%s takes process { } or thread { }; what is "
		         "true of the host belongs into when", names[field]);
	else
		return w->number;
	return IMAGE_NONE;
}

/* when: a standing condition of the machine, never of the task. */
static uint32_t host_selector(struct reading *r)
{
	struct word_selector *w;

	if (!has(r, FIELD_when))
		return IMAGE_NONE;
	w = word_of(r->L, r->slot[FIELD_when], WORD_SELECTOR);
	if (w == NULL)
		field_refuse(r, FIELD_when, "host { }");
	else if (w->select != SELECT_HOST)
		complain(r->c, "when takes host { }; what is true of a process "
		         "belongs into match");
	else
		return w->number;
	return IMAGE_NONE;
}

/* A table is read now and forgotten; a function stays in Lua and is asked. */
static void want_take(struct reading *r)
{
	struct interned *sets = r->c->side->book->sets;
	int              at = r->slot[FIELD_want];

	if (!has(r, FIELD_want))
		return;
	r->rule.is_function = lua_type(r->L, at) == LUA_TFUNCTION;
	if (r->rule.is_function)
		return;
	if (lua_type(r->L, at) != LUA_TTABLE)
		field_refuse(r, FIELD_want,
		             "a table of settings or a function");
	else if (!want_read(r->L, at, sets, r->c, &r->want))
		return;
	else if (r->want.has == 0)
		complain(r->c, "want is empty");
	else
		r->rule.want = &r->want;
}

/* Caps must hold when no worker is there to ask, so they are constants. */
static void cap_take(struct reading *r)
{
	struct interned *sets = r->c->side->book->sets;
	int              at = r->slot[FIELD_cap];

	if (!has(r, FIELD_cap))
		return;
	if (lua_type(r->L, at) == LUA_TFUNCTION)
		complain(r->c, "cap cannot be a function; only want can");
	else if (lua_type(r->L, at) != LUA_TTABLE)
		field_refuse(r, FIELD_cap, "a table of settings");
	else if (!cap_read(r->L, at, sets, r->c, &r->cap))
		return;
	else if (r->cap.has == 0)
		complain(r->c, "cap is empty");
	else
		r->rule.cap = &r->cap;
}

bool label_is_fine(const char *text, size_t n, size_t max)
{
	if (n == 0 || n > max)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

/* Tags are texts that rules share; the image counts them. */
static void tag_take(struct reading *r)
{
	int at = r->slot[FIELD_tag];

	if (!has(r, FIELD_tag))
		return;
	if (lua_type(r->L, at) != LUA_TSTRING) {
		field_refuse(r, FIELD_tag, "text");
		return;
	}
	r->rule.tag = lua_tostring(r->L, at);
	if (!label_is_fine(r->rule.tag, lua_rawlen(r->L, at), TAG_NAME_MAX))
		complain(r->c, "a tag is 1 to %d bytes of plain text",
		         TAG_NAME_MAX);
}

/* Ranks rules of one layer; the arbiter looks at it right after the layer. */
static void priority_take(struct reading *r)
{
	int at = r->slot[FIELD_priority];

	if (!has(r, FIELD_priority))
		return;
	if (!lua_isinteger(r->L, at))
		field_refuse(r, FIELD_priority, "a whole number");
	else if (lua_tointeger(r->L, at) < -PRIORITY_MAX ||
	         lua_tointeger(r->L, at) > PRIORITY_MAX)
		complain(r->c, "priority = %lld is outside %d to %d",
		         (long long)lua_tointeger(r->L, at), -PRIORITY_MAX,
		         PRIORITY_MAX);
	else
		r->rule.priority = (int32_t)lua_tointeger(r->L, at);
}

/* Looked at last: a field with a mistake in it is not a missing one. */
static void purpose_check(struct reading *r)
{
	if (r->slot[FIELD_match] == 0)
		complain(r->c, "rule '%s' has no match", r->rule.name);
	else if (r->slot[FIELD_want] == 0 && r->slot[FIELD_cap] == 0 &&
	         r->slot[FIELD_tag] == 0)
		complain(r->c, "rule '%s' does nothing: give it a want, a cap "
		         "or a tag", r->rule.name);
}

/* All fields, whatever is wrong with one: a run tells as much as it can. */
static void fields_take(struct reading *r)
{
	r->rule.match = task_selector(r, FIELD_match);
	r->rule.except = task_selector(r, FIELD_except);
	r->rule.when = host_selector(r);
	want_take(r);
	cap_take(r);
	tag_take(r);
	priority_take(r);
	if (r->c->count == 0)
		purpose_check(r);
}

/* ref = keep (want); LUA_NOREF when it is no function */
RAISES static int function_keep(struct reading *r)
{
	if (!r->rule.is_function)
		return LUA_NOREF;
	lua_pushvalue(r->L, r->slot[FIELD_want]);
	return luaL_ref(r->L, LUA_REGISTRYINDEX);
}

/* Upvalue: the name. */
RAISES static int rule_body(lua_State *L)
{
	struct side      *s = side_of(L);
	struct complaints c = complaints_to_book(L);
	struct reading    r = { .L = L, .c = &c, .rule = builder_rule_empty() };
	char              given[96];
	int               ref;

	if (s->book->builder == NULL)
		return luaL_error(L, "a rule cannot be made while one is "
		                  "asked");
	s->open_line = 0;
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TTABLE)
		return word_refuse(L, "a rule takes a table after its name, "
		                   "not %s",
		                   value_name(L, 1, given, sizeof given));
	/* the name is kept by the closure, the tag by the table at 1 */
	r.rule.name = lua_tostring(L, lua_upvalueindex(1));
	r.rule.line = (uint32_t)c.line;
	fields_lay(L, "a rule", names, FIELD_COUNT, &c, r.slot);
	fields_take(&r);
	ref = function_keep(&r);
	book_take(s, &r.rule, ref, &c);
	return 0;
}

/* rule "name" returns what takes the table. */
RAISES static int rule_name(lua_State *L)
{
	struct side      *s = side_of(L);
	struct complaints c = complaints_to_book(L);

	if (s->open_line > 0) {
		c.line = s->open_line;
		complain(&c, "a rule has a name and no table");
		c.line = side_line(L);
	}
	s->open_line = 0;
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING)
		return word_refuse(L, "a rule begins with its name: "
		                   "rule \"name\" { ... }");
	if (!label_is_fine(lua_tostring(L, 1), lua_rawlen(L, 1), RULE_NAME_MAX))
		return word_refuse(L, "a rule's name is 1 to %d bytes of plain "
		                   "text", RULE_NAME_MAX);
	s->open_line = c.line;
	lua_pushcclosure(L, rule_body, 1);
	return 1;
}

RAISES void rule_open(lua_State *L)
{
	lua_pushcfunction(L, rule_name);
	lua_setfield(L, -2, "rule");
}
