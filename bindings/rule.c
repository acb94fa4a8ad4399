/* rule.c -- rule "name" { ... } goes into the image at once, and is garbage. */

#include "bind.h"

#include <stdio.h>
#include <string.h>
#include <lauxlib.h>

#include "book.h"
#include "model/interned.h"

enum { FIELD_match, FIELD_except, FIELD_when, FIELD_on, FIELD_to, FIELD_want,
       FIELD_keep, FIELD_cap, FIELD_tag, FIELD_priority, FIELD_irreversible,
       FIELD_insist, FIELD_COUNT };

static const char *const names[FIELD_COUNT] = {
	"match", "except", "when", "on", "to", "want", "keep", "cap", "tag",
	"priority", "irreversible", "insist"
};

bool rule_has_field(const char *word)
{
	for (int f = 0; f < FIELD_COUNT; f++)
		if (strcmp(names[f], word) == 0)
			return true;
	return false;
}

/* What one rule { } is read into; whatever it points to is on Lua's stack. */
struct reading {
	lua_State          *L;
	struct complaints  *c;
	int                 slot[FIELD_COUNT];
	struct builder_rule rule;
	struct want         want;
	struct cap          cap;
};

/* False also for what was told before.  The field is what is read from here
 * on. */
static bool has(const struct reading *r, int field)
{
	r->c->word = names[field];
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
	else if (w->moment != MOMENT_NONE)
		complain(r->c, "%s takes process { } or thread { }; a moment "
		         "like %s { } belongs into on", names[field], w->name);
	else if (w->select == SELECT_HOST)
		complain(r->c, "%s takes process { } or thread { }; what is "
		         "true of the host belongs into when", names[field]);
	else
		return w->number;
	return IMAGE_NONE;
}

/* One host { } that must hold, or one that must not. */
static void condition_take(struct reading *r, int idx)
{
	struct word_selector *w = word_of(r->L, idx, WORD_SELECTOR);
	struct word_except   *e = word_of(r->L, idx, WORD_EXCEPT);
	uint32_t             *to = e != NULL ? &r->rule.unless : &r->rule.when;
	char                  given[96];

	if (e == NULL && w == NULL) {
		if (word_of(r->L, idx, WORD_UNKNOWN) == NULL)
			complain(r->c, "when takes host { }, not %s",
			         value_name(r->L, idx, given, sizeof given));
	} else if (w != NULL && w->moment != MOMENT_NONE) {
		complain(r->c, "when takes host { }; a moment like %s { } "
		         "belongs into on", w->name);
	} else if (w != NULL && w->select != SELECT_HOST) {
		complain(r->c, "when takes host { }; what is true of a process "
		         "belongs into match");
	} else if (*to != IMAGE_NONE) {
		complain(r->c, "when takes one host { } and one except (host "
		         "{ }); write in one all that must hold");
	} else {
		*to = e != NULL ? e->selector : w->number;
	}
}

/* when: a standing condition of the machine, never of the task. */
static void when_take(struct reading *r)
{
	int         at = r->slot[FIELD_when];
	lua_Integer n;

	if (!has(r, FIELD_when))
		return;
	if (lua_type(r->L, at) != LUA_TTABLE) {
		condition_take(r, at);
		return;
	}
	n = (lua_Integer)lua_rawlen(r->L, at);
	if (n == 0)
		field_refuse(r, FIELD_when, "host { }");
	for (lua_Integer i = 1; i <= n; i++) {
		lua_rawgeti(r->L, at, i);
		condition_take(r, lua_gettop(r->L));
		lua_pop(r->L, 1);
	}
}

/* on: a moment, and of which tasks.  That of the mains is nobody's, so there
 * match says whom it is about. */
static void on_take(struct reading *r)
{
	struct word_selector *w;

	if (!has(r, FIELD_on))
		return;
	w = word_of(r->L, r->slot[FIELD_on], WORD_SELECTOR);
	if (w == NULL || w->moment == MOMENT_NONE) {
		field_refuse(r, FIELD_on, "exec { }, fork { }, exit { }, "
		             "rename { }, uid { }, focus { } or power { }");
		return;
	}
	r->rule.moment = w->moment;
	if (w->select == SELECT_HOST && r->rule.when != IMAGE_NONE)
		complain(r->c, "on = power { } and when = host { } are one "
		         "condition; write all of it in power { }");
	else if (w->select == SELECT_HOST)
		r->rule.when = w->number;
	else if (r->slot[FIELD_match] != 0)
		complain(r->c, "on = %s { ... } says whom the rule is about; "
		         "leave out match", w->name);
	else
		r->rule.match = w->number;
}

/* Whom the want reaches, seen from the task that matched. */
static void to_take(struct reading *r)
{
	struct word_target   *t;
	struct word_selector *w;

	if (!has(r, FIELD_to))
		return;
	t = word_of(r->L, r->slot[FIELD_to], WORD_TARGET);
	if (t == NULL) {
		field_refuse(r, FIELD_to,
		             "self, parent, tree or unit, without quotes");
		return;
	}
	r->rule.to = t->target;
	w = word_of(r->L, r->slot[FIELD_match], WORD_SELECTOR);
	if (w != NULL && w->select == SELECT_THREAD &&
	    t->target != TARGET_SELF)
		complain(r->c, "a thread has no parent, tree or unit of its "
		         "own: to needs process { } in match");
}

/* Which file has the pool may come later; so it is looked for when all are
 * read. */
static void pool_note(struct reading *r)
{
	struct rule_book *b = r->c->side->book;
	int64_t           pool = r->want.value[SETTING_pool];

	if (!want_has(&r->want, SETTING_pool) || pool == VALUE_UNTOUCHED)
		return;
	if (names_put(&b->pools_read, interned_text(b->sets, pool),
	              r->c->side->file, r->c->line) < 0)
		complain(r->c, "no memory for another pool");
}

/* What a real-time promise costs is a single thread's. */
static void realtime_check(struct reading *r)
{
	struct word_selector *w = word_of(r->L, r->slot[FIELD_match],
	                                  WORD_SELECTOR);
	int64_t               value = r->want.value[SETTING_realtime];

	if (!want_has(&r->want, SETTING_realtime) || value == VALUE_UNTOUCHED)
		return;
	r->c->word = "realtime";
	if (r->rule.moment != MOMENT_NONE ||
	    (w != NULL && w->select == SELECT_PROCESS))
		complain(r->c, "realtime is for single threads: match = thread "
		         "{ ... }");
}

/* Of a table that lost its values to a mistake that is enough. */
static void empty_tell(struct reading *r, const char *name)
{
	if (!named_was_blamed(r->c->side))
		complain(r->c, "%s is empty", name);
}

/* A table is read now and forgotten; a function stays in Lua and is asked. */
static void want_take(struct reading *r)
{
	struct interned *sets = r->c->side->book->sets;
	int              at = r->slot[FIELD_want];

	if (!has(r, FIELD_want))
		return;
	r->rule.is_function = lua_type(r->L, at) == LUA_TFUNCTION;
	if (r->rule.is_function) {
		lua_pushvalue(r->L, at);
		scan_views(r->L, true, r->c);
		lua_pop(r->L, 1);
		return;
	}
	if (lua_type(r->L, at) != LUA_TTABLE)
		field_refuse(r, FIELD_want,
		             "a table of settings or a function");
	else if (!want_read(r->L, at, sets, r->c, &r->want))
		return;
	else if (r->want.has == 0)
		empty_tell(r, "want");
	else
		r->rule.want = &r->want;
	pool_note(r);
	realtime_check(r);
}

/* How long the want outlives its cause. */
static void keep_take(struct reading *r)
{
	if (has(r, FIELD_keep))
		span_read(r->L, r->slot[FIELD_keep], "keep", r->c,
		          &r->rule.keep_ns);
}

static void switches_take(struct reading *r)
{
	if (has(r, FIELD_irreversible))
		bool_read(r->L, r->slot[FIELD_irreversible], "irreversible",
		          r->c, &r->rule.irreversible);
	if (has(r, FIELD_insist))
		bool_read(r->L, r->slot[FIELD_insist], "insist", r->c,
		          &r->rule.insist);
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
		empty_tell(r, "cap");
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
	if (has(r, FIELD_priority))
		priority_read(r->L, r->slot[FIELD_priority], r->c,
		              &r->rule.priority);
}

static bool is_given(const struct reading *r, int field)
{
	return r->slot[field] != 0;
}

/* What a moment sets off has no match that could end it. */
static void moment_check(struct reading *r)
{
	r->c->word = "on";
	if (is_given(r, FIELD_cap) || is_given(r, FIELD_tag))
		complain(r->c, "a cap and a tag hold while a match does; a "
		         "rule with on takes a want alone");
	else if (r->rule.is_function)
		complain(r->c, "a moment does not wait for an answer: want is "
		         "a table in a rule with on");
	else if (!is_given(r, FIELD_keep))
		complain(r->c, "on needs a keep: how long does the want last?");
	else if (r->rule.moment == MOMENT_EXIT && r->rule.to == TARGET_SELF)
		complain(r->c, "who ended wants nothing more: say to = parent, "
		         "tree or unit");
}

/* Looked at last: a field with a mistake in it is not a missing one. */
static void purpose_check(struct reading *r)
{
	r->c->word = r->rule.name;
	if (!is_given(r, FIELD_match) && r->rule.moment == MOMENT_POWER)
		complain(r->c, "on = power { } needs a match: whom is the rule "
		         "about?");
	else if (!is_given(r, FIELD_match) && !is_given(r, FIELD_on))
		complain(r->c, "rule '%s' has no match", r->rule.name);
	else if (!is_given(r, FIELD_want) && !is_given(r, FIELD_cap) &&
	         !is_given(r, FIELD_tag))
		complain(r->c, "rule '%s' does nothing: give it a want, a cap "
		         "or a tag", r->rule.name);
	else if (is_given(r, FIELD_on))
		moment_check(r);
	else if (is_given(r, FIELD_keep) && !is_given(r, FIELD_want))
		complain(r->c, "keep is about a want, and rule '%s' has none",
		         r->rule.name);
}

/* All fields, whatever is wrong with one: a run tells as much as it can. */
static void fields_take(struct reading *r)
{
	r->rule.match = task_selector(r, FIELD_match);
	r->rule.except = task_selector(r, FIELD_except);
	when_take(r);
	on_take(r);
	to_take(r);
	want_take(r);
	keep_take(r);
	cap_take(r);
	tag_take(r);
	priority_take(r);
	switches_take(r);
	if (!named_was_blamed(r->c->side))
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

/* The name is kept by the caller, the tag by the table at 1. */
RAISES static void rule_take(lua_State *L, const char *name,
                             struct complaints *c)
{
	struct reading r = { .L = L, .c = c, .rule = builder_rule_empty() };
	int            ref;

	r.rule.name = name;
	r.rule.line = (uint32_t)c->line;
	fields_lay(L, "a rule", names, FIELD_COUNT, c, r.slot);
	fields_take(&r);
	ref = function_keep(&r);
	book_take(side_of(L), &r.rule, ref, c);
}

static const struct named rule = { "rule", "a rule", "name",
	                           "a rule has a name", rule_take };

RAISES void rule_open(lua_State *L)
{
	named_add(L, &rule);
}
