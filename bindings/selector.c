/* selector.c -- process { }, thread { } and host { } go into the image at once.
 *
 * What stays in Lua is the selector's number there.
 */

#include "bind.h"

#include <lauxlib.h>

#include "book.h"

enum { FIELD_setting = FACT_COUNT, FIELD_tag = FACT_COUNT + SETTING_COUNT,
       FIELD_under, FIELD_lasting, FIELD_of, FIELD_COUNT };

_Static_assert(FIELD_COUNT <= FIELDS_MAX, "every field has a slot");

/* 'of' is last: only threads have it. */
static const char *const names[FIELD_COUNT] = {
#define FACT(name, ...) #name,
#include "model/fact.def"
#undef FACT
#define SETTING(name, ...) #name,
#include "model/setting.def"
#undef SETTING
	"tag", "under", "lasting", "of"
};

#define HOST_LASTING HOST_COUNT

/* The words that select.  Those about a moment say what set a rule off. */
static const struct maker {
	const char *name, *what;
	enum select select;
	enum moment moment;
} makers[] = {
	{ "process", "a process", SELECT_PROCESS, MOMENT_NONE },
	{ "thread",  "a thread",  SELECT_THREAD,  MOMENT_NONE },
	{ "host",    "the host",  SELECT_HOST,    MOMENT_NONE },
	{ "exec",    "an exec",   SELECT_PROCESS, MOMENT_EXEC },
	{ "fork",    "a fork",    SELECT_PROCESS, MOMENT_FORK },
	{ "exit",    "an exit",   SELECT_PROCESS, MOMENT_EXIT },
	{ "rename",  "a rename",  SELECT_PROCESS, MOMENT_RENAME },
	{ "uid",     "a change of uid", SELECT_PROCESS, MOMENT_UID },
	{ "focus",   "a focus",   SELECT_PROCESS, MOMENT_FOCUS },
	{ "power",   "power",     SELECT_HOST,    MOMENT_POWER },
};

/* The builder is there while files are read, and gone when rules are asked. */
static struct builder *building(const struct complaints *c)
{
	return c->side->book->builder;
}

/* The builder is promised one alternative at least; after a mistake, told now
 * or before, what is built is thrown away and any will do. */
void selector_condition_end(const struct complaints *c)
{
	const struct mistakes *m = &c->side->book->mistakes;

	if (m->count + m->dropped > 0)
		builder_any(building(c));
}

/* Which rule gives the tag may stand in a later file; so it is looked for when
 * all are read. */
static void tag_add(lua_State *L, int idx, const char *name,
                    struct complaints *c, int which)
{
	struct side *s = c->side;
	char         given[96];

	(void)which;
	if (word_of(L, idx, WORD_UNKNOWN) != NULL)
		return;
	if (lua_type(L, idx) != LUA_TSTRING) {
		complain(c, "%s takes the name of a tag or a list of names, "
		         "not %s", name,
		         value_name(L, idx, given, sizeof given));
		return;
	}
	builder_tag(s->book->builder, lua_tostring(L, idx));
	if (names_put(&s->book->tags_read, lua_tostring(L, idx), s->file,
	              c->line) < 0)
		complain(c, "no memory for another tag");
}

void selector_tags(lua_State *L, int idx, const char *name,
                   enum subject_kind kind, uint32_t fact, struct complaints *c)
{
	builder_condition(building(c), kind, fact);
	list_each(L, idx, name, c, tag_add, 0);
	selector_condition_end(c);
}

/* What just happened cannot have lasted. */
static void lasting_add(lua_State *L, int idx, const struct maker *m,
                        struct complaints *c)
{
	uint64_t ns;

	c->word = "lasting";
	if (idx == 0)
		return;
	if (m->moment != MOMENT_NONE)
		complain(c, "%s { } is about a moment, and a moment does not "
		         "last", m->name);
	else if (span_read(L, idx, "lasting", c, &ns))
		builder_lasting(building(c), ns);
}

/* The inner selector is in the image already; only its number is passed on. */
static void relative_add(lua_State *L, int idx, const char *name,
                         struct complaints *c,
                         void (*add)(struct builder *, uint32_t))
{
	struct word_selector *w = word_of(L, idx, WORD_SELECTOR);
	struct word_selector *outer = word_of(L, 2, WORD_SELECTOR);
	char                  given[96];

	c->word = name;
	if (w != NULL && w->select == SELECT_PROCESS &&
	    w->moment == MOMENT_NONE) {
		add(building(c), w->number);
		if (outer->depth <= w->depth)
			outer->depth = w->depth + 1;
	} else if (word_of(L, idx, WORD_UNKNOWN) == NULL)
		complain(c, "%s takes process { }, not %s", name,
		         value_name(L, idx, given, sizeof given));
	if (outer->depth > SELECTOR_DEPTH)
		complain(c, "at most %d selectors go inside each other",
		         SELECTOR_DEPTH);
}

/* 'parent' is a fact when it is text, and a relative when it is a selector. */
static bool is_parent_selector(lua_State *L, int idx, int fact)
{
	return fact == FACT_parent && idx != 0 &&
	       word_of(L, idx, WORD_SELECTOR) != NULL;
}

/* How a process ended is known when it did, and to nobody later. */
static bool is_told(const struct maker *m, int fact)
{
	return fact_rows[fact].source != FACT_SOURCE_MOMENT ||
	       m->moment == MOMENT_EXIT;
}

static void fact_add(lua_State *L, int idx, int fact, const struct maker *m,
                     struct complaints *c)
{
	c->word = names[fact];
	if (!is_told(m, fact))
		complain(c, "%s is known at an exit only: on = exit { %s = ... "
		         "}", names[fact], names[fact]);
	else if (fact == FACT_env)
		condition_env(L, idx, c);
	else if (is_parent_selector(L, idx, fact))
		relative_add(L, idx, "parent", c, builder_parent);
	else
		condition_fact(L, idx, (enum fact)fact, m->select, c);
}

/* In the order of fact.def; the builder puts cheap ones first anyway. */
static void fields_add(lua_State *L, const int *slot, const struct maker *m,
                       struct complaints *c)
{
	for (int f = 0; f < FACT_COUNT; f++)
		if (slot[f] != 0)
			fact_add(L, slot[f], f, m, c);
	for (int s = 0; s < SETTING_COUNT; s++) {
		c->word = setting_rows[s].name;
		if (slot[FIELD_setting + s] != 0)
			condition_setting(L, slot[FIELD_setting + s],
			                  (enum setting)s, c);
	}
	c->word = "tag";
	if (slot[FIELD_tag] != 0)
		selector_tags(L, slot[FIELD_tag], "tag", CONDITION_TAG, 0, c);
	if (slot[FIELD_under] != 0)
		relative_add(L, slot[FIELD_under], "under", c, builder_under);
	if (m->select == SELECT_THREAD && slot[FIELD_of] != 0)
		relative_add(L, slot[FIELD_of], "of", c, builder_of);
	lasting_add(L, slot[FIELD_lasting], m, c);
}

/* All that can raise is done before the builder's selector begins. */
RAISES static void selector_lay(lua_State *L, const struct maker *m,
                                struct complaints *c, int *slot)
{
	if (m->select == SELECT_HOST)
		fields_lay(L, m->what, selector_host_names, HOST_COUNT + 1, c,
		           slot);
	else
		fields_lay(L, m->what, names,
		           m->select == SELECT_THREAD ? FIELD_COUNT : FIELD_of,
		           c, slot);
}

static void selector_add(lua_State *L, const int *slot, const struct maker *m,
                         struct complaints *c)
{
	builder_selector_begin(building(c), m->select); /* nothing raises now */
	if (m->select == SELECT_HOST) {
		selector_host(L, slot, c);
		lasting_add(L, slot[HOST_LASTING], m, c);
	} else {
		fields_add(L, slot, m, c);
	}
}

/* Upvalue: which maker. */
RAISES static int selector_new(lua_State *L)
{
	lua_Integer           which = lua_tointeger(L, lua_upvalueindex(1));
	const struct maker   *m = &makers[which];
	struct complaints     c = complaints_to_book(L);
	struct word_selector *w;
	int                   slot[FIELDS_MAX];
	char                  given[96];

	if (c.side->book->builder == NULL)
		return luaL_error(L, "%s { } belongs into a rule, not into a "
		                  "function", m->name);
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TTABLE)
		return word_refuse(L, m->name, "%s takes a table of facts, not "
		                   "%s", m->name,
		                   value_name(L, 1, given, sizeof given));
	w = word_new(L, sizeof *w, WORD_SELECTOR);
	w->name = m->name;
	w->select = m->select;
	w->moment = m->moment;
	w->depth = 1;
	selector_lay(L, m, &c, slot);
	selector_add(L, slot, m, &c);
	w->number = builder_selector_end(building(&c));
	lua_settop(L, 2);
	return 1;
}

RAISES void selector_open(lua_State *L)
{
	for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
		lua_pushinteger(L, (lua_Integer)i);
		lua_pushcclosure(L, selector_new, 1);
		lua_setfield(L, -2, makers[i].name);
	}
}
