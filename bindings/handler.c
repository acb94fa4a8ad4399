/* handler.c -- on "moment" { ... }: a function that is run when it comes.
 *
 * In the image a handler is a rule without a want of its own; what it wants of
 * the tasks that it is shown, it says when it is run.
 */

#include "bind.h"

#include <stdio.h>
#include <string.h>
#include <lauxlib.h>

#include "base/nearest.h"
#include "base/text.h"
#include "book.h"

#define PLACE_KEEP 150          /* of a path, in the name of a nameless one   */

enum { FIELD_level, FIELD_tasks, FIELD_every, FIELD_at, FIELD_run, FIELD_name,
       FIELD_priority, FIELD_COUNT };

static const char *const names[FIELD_COUNT] = { "level", "tasks", "every", "at",
                                                "run", "name", "priority" };

/* The moments that can be waited for, and which fields one alone has. */
static const struct hearing {
	const char *name;
	enum moment moment;
	bool        has_level, is_timer;
} hearings[] = {
	{ "memory_pressure", MOMENT_MEMORY_PRESSURE, true,  false },
	{ "cpu_pressure",    MOMENT_CPU_PRESSURE,    true,  false },
	{ "io_pressure",     MOMENT_IO_PRESSURE,     true,  false },
	{ "power",           MOMENT_POWER,           false, false },
	{ "focus",           MOMENT_FOCUS,           false, false },
	{ "timer",           MOMENT_TIMER,           false, true },
	{ "reload",          MOMENT_RELOAD,          false, false },
};

#define HEARINGS (sizeof hearings / sizeof hearings[0])

/* What a rule is set off by, and a handler is not. */
static const char *const of_rules[] = { "exec", "fork", "exit", "rename",
                                        "uid" };

struct reading {
	lua_State            *L;
	struct complaints    *c;
	const struct hearing *on;
	int                   slot[FIELD_COUNT];
	struct builder_rule   rule;
	char                  name[RULE_NAME_MAX + 1];
};

static const struct hearing *hearing_find(const char *name,
                                          struct complaints *c)
{
	const char *known[HEARINGS];
	char        clause[96];

	for (size_t i = 0; i < HEARINGS; i++) {
		known[i] = hearings[i].name;
		if (strcmp(known[i], name) == 0)
			return &hearings[i];
	}
	c->word = name;
	for (size_t i = 0; i < sizeof of_rules / sizeof of_rules[0]; i++)
		if (strcmp(of_rules[i], name) == 0) {
			complain(c, "nothing is run on \"%s\"; a rule with on "
			         "= %s { ... } is set off by it", name, name);
			return NULL;
		}
	complain(c, "on knows no \"%.60s\"%s", name,
	         did_you_mean(name, known, HEARINGS, clause, sizeof clause));
	return NULL;
}

const char *handler_moment_name(enum moment m)
{
	for (size_t i = 0; i < HEARINGS; i++)
		if (hearings[i].moment == m)
			return hearings[i].name;
	return "?";
}

/* False also for what was told before. */
static bool has(const struct reading *r, int field)
{
	r->c->word = names[field];
	return r->slot[field] != 0 &&
	       word_of(r->L, r->slot[field], WORD_UNKNOWN) == NULL;
}

static void field_refuse(struct reading *r, int field, const char *takes)
{
	char given[96];

	complain(r->c, "%s takes %s, not %s", names[field], takes,
	         value_name(r->L, r->slot[field], given, sizeof given));
}

/* A field that only some moments have. */
static bool has_own(struct reading *r, int field, bool allowed)
{
	if (!has(r, field))
		return false;
	if (!allowed)
		complain(r->c, "on \"%s\" has no %s", r->on->name,
		         names[field]);
	return allowed;
}

/* From which level on; without one, from the first that is not normal. */
static void level_take(struct reading *r)
{
	int         at = r->slot[FIELD_level];
	const char *text;

	r->rule.level = r->on->has_level ? HOST_LEVEL_WARN : IMAGE_NONE;
	if (!has_own(r, FIELD_level, r->on->has_level))
		return;
	text = lua_type(r->L, at) == LUA_TSTRING ? lua_tostring(r->L, at) : "";
	for (int i = HOST_LEVEL_WARN; i < HOST_LEVELS; i++)
		if (strcmp(host_level_name((enum host_level)i), text) == 0) {
			r->rule.level = (uint32_t)i;
			return;
		}
	field_refuse(r, FIELD_level, "\"warn\" or \"critical\"");
}

static void every_take(struct reading *r)
{
	if (!has_own(r, FIELD_every, r->on->is_timer) ||
	    !span_read(r->L, r->slot[FIELD_every], "every", r->c,
	               &r->rule.every_ns))
		return;
	r->rule.level = IMAGE_NONE;
	if (r->rule.every_ns < TIMER_NS_MIN)
		complain(r->c, "every is at least one second");
}

static void at_take(struct reading *r)
{
	int     at = r->slot[FIELD_at];
	int64_t minutes;

	if (!has_own(r, FIELD_at, r->on->is_timer))
		return;
	if (lua_type(r->L, at) != LUA_TSTRING ||
	    text_clock(lua_tostring(r->L, at), &minutes) < 0)
		field_refuse(r, FIELD_at, "a time of day like \"03:00\"");
	else
		r->rule.level = (uint32_t)minutes;
}

/* The tasks that are found and sent along. */
static void tasks_take(struct reading *r)
{
	struct word_selector *w;

	if (!has(r, FIELD_tasks))
		return;
	w = word_of(r->L, r->slot[FIELD_tasks], WORD_SELECTOR);
	if (w == NULL || w->moment != MOMENT_NONE || w->select == SELECT_HOST)
		field_refuse(r, FIELD_tasks, "process { } or thread { }");
	else
		r->rule.match = w->number;
}

/* Of a nameless one its place, of which there is only one. */
static void name_take(struct reading *r)
{
	const char *path = r->c->side->book->file[r->c->side->file].path;
	size_t      n = strlen(path);
	int         at = r->slot[FIELD_name];

	if (!has(r, FIELD_name))
		snprintf(r->name, sizeof r->name, "on %s at %s:%d", r->on->name,
		         n > PLACE_KEEP ? path + n - PLACE_KEEP : path,
		         r->c->line);
	else if (lua_type(r->L, at) != LUA_TSTRING ||
	         !label_is_fine(lua_tostring(r->L, at), lua_rawlen(r->L, at),
	                        RULE_NAME_MAX))
		complain(r->c, "a handler's name is 1 to %d bytes of plain "
		         "text", RULE_NAME_MAX);
	else
		text_copy(r->name, sizeof r->name, lua_tostring(r->L, at));
	r->rule.name = r->name;
}

static void run_check(struct reading *r)
{
	if (has(r, FIELD_run) &&
	    lua_type(r->L, r->slot[FIELD_run]) != LUA_TFUNCTION)
		field_refuse(r, FIELD_run,
		             "a function (tasks, host, event)");
	r->c->word = r->on->name;
	if (named_was_blamed(r->c->side))
		return;
	if (r->slot[FIELD_run] == 0)
		complain(r->c, "on \"%s\" does nothing: give it run = function "
		         "(tasks, host, event) ... end", r->on->name);
	else if (r->on->is_timer && (r->slot[FIELD_every] == 0) ==
	                            (r->slot[FIELD_at] == 0))
		complain(r->c, "on \"timer\" takes either every or at");
}

static void fields_take(struct reading *r)
{
	level_take(r);
	every_take(r);
	at_take(r);
	tasks_take(r);
	name_take(r);
	if (has(r, FIELD_priority))
		priority_read(r->L, r->slot[FIELD_priority], r->c,
		              &r->rule.priority);
	run_check(r);
}

RAISES static void handler_take(lua_State *L, const char *moment,
                                struct complaints *c)
{
	struct reading r = { .L = L, .c = c, .rule = builder_rule_empty() };
	int            ref = LUA_NOREF;

	r.on = hearing_find(moment, c);
	if (r.on == NULL)
		return;
	r.rule.is_function = true;
	r.rule.is_handler = true;
	r.rule.moment = r.on->moment;
	r.rule.line = (uint32_t)c->line;
	fields_lay(L, "a handler", names, FIELD_COUNT, c, r.slot);
	fields_take(&r);
	if (c->count == 0) {
		/* ref = keep (run) */
		lua_pushvalue(L, r.slot[FIELD_run]);
		scan_views(L, false, c);
		ref = luaL_ref(L, LUA_REGISTRYINDEX);
	}
	book_take(side_of(L), &r.rule, ref, c);
}

static const struct named handler = { "on", "a handler", "moment",
	                              "a handler has a moment",
	                              handler_take };

RAISES void handler_open(lua_State *L)
{
	named_add(L, &handler);
}
