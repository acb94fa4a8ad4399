/* selector.c -- process { }, thread { } and host { } go into the image at once.
 *
 * What stays in Lua is the selector's number there.
 */

#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <lauxlib.h>

#include "base/text.h"
#include "book.h"

enum { FIELD_tag = FACT_COUNT, FIELD_under, FIELD_of, FIELD_COUNT };

_Static_assert(FIELD_COUNT <= FIELDS_MAX, "every field has a slot");

/* 'of' is last: only threads have it. */
static const char *const names[FIELD_COUNT] = {
#define FACT(name, type, unit, source, rank, drift_ms, step, text) #name,
#include "model/fact.def"
#undef FACT
	"tag", "under", "of"
};

static const char *const kinds[SELECTS] = { "process", "thread", "host" };

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

_Static_assert(COMM_MAX == 16, "the sentences below say 15");

/* Why no task has that text there, or NULL.  A thread's name is its comm. */
static const char *never_why(const char *text, size_t n, int fact,
                             enum select kind)
{
	bool is_comm = fact == FACT_comm ||
	               (fact == FACT_name && kind == SELECT_THREAD);
	bool is_name = !is_comm && (fact == FACT_name || fact == FACT_parent ||
	                            fact == FACT_ancestors);

	if (n == 0 && fact != FACT_args)
		return "what is empty counts as not there";
	if (n >= COMM_MAX && is_comm)
		return fact == FACT_comm
		       ? "the kernel keeps 15 bytes of it"
		       : "the kernel keeps 15 bytes of a thread's name";
	if (is_name && text[0] == '/')
		return "it is the file's name alone; exe has the path";
	if (fact == FACT_exe && text[0] != '/')
		return "it is a whole path; name is the file's name";
	return NULL;
}

/* Arguments may well have a star; in names it is a glob that was forgotten.  A
 * name that has one can be written as a glob with a backslash. */
static bool is_forgotten_glob(const char *text, int fact)
{
	return strchr(text, '*') != NULL && fact != FACT_args &&
	       fact != FACT_cmdline;
}

static void exact_check(const char *name, const char *text, size_t n,
                        struct complaints *c, int fact, enum select kind)
{
	const char *why = never_why(text, n, fact, kind);

	if (is_forgotten_glob(text, fact))
		complain(c, "%s = \"%.60s\" is taken as it stands; for a "
		         "pattern write glob \"%.60s\"", name, text, text);
	else if (why != NULL)
		complain(c, "%s = \"%.60s\" can never match: %s", name, text,
		         why);
}

/* {a,b} becomes several patterns here; the matcher knows no braces. */
static void glob_add(const struct word_glob *g, struct complaints *c)
{
	int status = builder_glob(building(c), g->text, g->bytes);

	if (status == -EINVAL)
		complain(c, "glob \"%.60s\": its braces do not match", g->text);
	else if (status < 0)
		complain(c, "glob \"%.60s\" stands for too many names",
		         g->text);
}

/* which: the fact, or with FIELD_COUNT added, the fact of a thread. */
static void text_add(lua_State *L, int idx, const char *name,
                     struct complaints *c, int which)
{
	const struct word_glob *g = word_of(L, idx, WORD_GLOB);
	char                    given[96];
	size_t                  n;
	const char             *text;

	if (g != NULL) {
		glob_add(g, c);
	} else if (word_of(L, idx, WORD_ANY) != NULL) {
		builder_any(building(c));
	} else if (lua_type(L, idx) == LUA_TSTRING) {
		text = lua_tolstring(L, idx, &n);
		exact_check(name, text, n, c, which % FIELD_COUNT,
		            which >= FIELD_COUNT ? SELECT_THREAD
		                                 : SELECT_PROCESS);
		if (n < TEXT_MAX && memchr(text, '\0', n) == NULL)
			builder_text(building(c), text, n);
		else
			complain(c, "%s takes at most %d bytes of text and no "
			         "zero byte", name, TEXT_MAX - 1);
	} else if (word_of(L, idx, WORD_UNKNOWN) == NULL) {
		complain(c, "%s takes text, glob, any, or a list of these, "
		         "not %s", name,
		         value_name(L, idx, given, sizeof given));
	}
}

/* Facts that are nanoseconds and that a rule writes with a unit. */
static bool is_duration(int fact)
{
	return fact_rows[fact].unit == FACT_UNIT_NS;
}

/* Only facts with a unit are written as text. */
static int quantity_read(int fact, const char *text, int64_t *ret_value)
{
	return fact_parse((enum fact)fact, text, ret_value);
}

/* A range is closed in the image: "above 5" is from 6 on. */
static void range_add(const struct word_range *r, const char *name,
                      struct complaints *c, int fact)
{
	const struct measure m = { quantity_read, fact };
	const char          *text = "";
	int64_t              low, high;
	int                  status;

	if (is_duration(fact) && (r->low.type == LIMIT_NUMBER ||
	                          r->high.type == LIMIT_NUMBER)) {
		complain(c, "%s: %lld has no unit; write \"5s\" or \"20ms\"",
		         name, (long long)(r->low.type == LIMIT_NUMBER
		                           ? r->low.number : r->high.number));
		return;
	}
	status = word_range_read(r, &m, &low, &high, &text);
	if (status == -EINVAL)
		complain(c, is_duration(fact)
		         ? "%s: \"%s\" is no time; write \"5s\" or \"20ms\""
		         : "%s: \"%s\" is no whole number", name, text);
	else if (status < 0)
		complain(c, "%s: nothing lies in that range", name);
	else
		builder_range(building(c), low, high);
}

/* The kernel counts from 0, and pqs has no other numbers. */
static void exact_number_add(int64_t n, const char *name, struct complaints *c)
{
	builder_range(building(c), n, n);
	if (n < 0)
		complain(c, "%s = %lld can never match: it is never below 0",
		         name, (long long)n);
}

/* The list of what it takes is the manual that is read first. */
static void number_refuse(lua_State *L, int idx, const char *name,
                          struct complaints *c, int fact)
{
	char        buffer[96], clause[128] = "";
	const char *given = value_name(L, idx, buffer, sizeof buffer);

	if (fact == FACT_uid && lua_type(L, idx) == LUA_TSTRING)
		snprintf(clause, sizeof clause, "; for a name write user = %s",
		         given);
	complain(c, "%s takes %s, above, below, between, at_least, at_most, "
	         "%sany, or a list of these, not %s%s", name,
	         is_duration(fact) ? "a time like \"5s\"" : "a whole number",
	         fact == FACT_uid ? "people, " : "", given, clause);
}

/* A number, exactly or in a range; 'people' asks whose uid it is. */
static void number_add(lua_State *L, int idx, const char *name,
                       struct complaints *c, int fact)
{
	struct builder    *b = building(c);
	struct word_range *r = word_of(L, idx, WORD_RANGE);
	int64_t            n;

	if (r != NULL)
		range_add(r, name, c, fact);
	else if (lua_isinteger(L, idx) && !is_duration(fact))
		exact_number_add(lua_tointeger(L, idx), name, c);
	else if (word_of(L, idx, WORD_ANY) != NULL)
		builder_any(b);
	else if (word_of(L, idx, WORD_PEOPLE) != NULL && fact == FACT_uid)
		builder_people(b);
	else if (lua_type(L, idx) == LUA_TSTRING &&
	         quantity_read(fact, lua_tostring(L, idx), &n) == 0)
		builder_range(b, n, n);
	else if (word_of(L, idx, WORD_UNKNOWN) == NULL)
		number_refuse(L, idx, name, c, fact);
}

/* As a number between 0 and 1, so that the matcher knows one kind of value. */
static void truth_add(lua_State *L, int idx, const char *name,
                      struct complaints *c, int which)
{
	int  truth = lua_toboolean(L, idx);
	char given[96];

	(void)which;
	if (lua_type(L, idx) == LUA_TBOOLEAN)
		builder_range(building(c), truth, truth);
	else if (word_of(L, idx, WORD_UNKNOWN) == NULL)
		complain(c, "%s takes true or false, not %s", name,
		         value_name(L, idx, given, sizeof given));
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

/* text_add() must know a thread, whose name is the kernel's. */
static void fact_add(lua_State *L, int idx, int fact, enum select kind,
                     struct complaints *c)
{
	int thread = kind == SELECT_THREAD ? FIELD_COUNT : 0;

	builder_condition(building(c), CONDITION_FACT, (uint32_t)fact);
	if (fact_rows[fact].type == FACT_TYPE_BOOL)
		list_each(L, idx, names[fact], c, truth_add, fact);
	else if (fact_rows[fact].type == FACT_TYPE_NUMBER)
		list_each(L, idx, names[fact], c, number_add, fact);
	else
		list_each(L, idx, names[fact], c, text_add, fact + thread);
	selector_condition_end(c);
}

/* The inner selector is in the image already; only its number is passed on. */
static void relative_add(lua_State *L, int idx, const char *name,
                         struct complaints *c,
                         void (*add)(struct builder *, uint32_t))
{
	struct word_selector *w = word_of(L, idx, WORD_SELECTOR);
	struct word_selector *outer = word_of(L, 2, WORD_SELECTOR);
	char                  given[96];

	if (w != NULL && w->select == SELECT_PROCESS) {
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

/* In the order of fact.def; the builder puts cheap ones first anyway. */
static void fields_add(lua_State *L, const int *slot, enum select kind,
                       struct complaints *c)
{
	for (int f = 0; f < FACT_COUNT; f++)
		if (slot[f] != 0 && !is_parent_selector(L, slot[f], f))
			fact_add(L, slot[f], f, kind, c);
	if (is_parent_selector(L, slot[FACT_parent], FACT_parent))
		relative_add(L, slot[FACT_parent], "parent", c,
		             builder_parent);
	if (slot[FIELD_tag] != 0) {
		builder_condition(building(c), CONDITION_TAG, 0);
		list_each(L, slot[FIELD_tag], "tag", c, tag_add, 0);
		selector_condition_end(c);
	}
	if (slot[FIELD_under] != 0)
		relative_add(L, slot[FIELD_under], "under", c, builder_under);
	if (kind == SELECT_THREAD && slot[FIELD_of] != 0)
		relative_add(L, slot[FIELD_of], "of", c, builder_of);
}

/* All that can raise is done before the builder's selector begins. */
RAISES static void selector_lay(lua_State *L, enum select kind,
                                struct complaints *c, int *slot)
{
	switch (kind) {
	case SELECT_PROCESS:
		fields_lay(L, "a process", names, FIELD_of, c, slot);
		break;
	case SELECT_THREAD:
		fields_lay(L, "a thread", names, FIELD_COUNT, c, slot);
		break;
	default:
		fields_lay(L, "the host", selector_host_names, HOST_COUNT, c,
		           slot);
	}
}

/* Upvalue: enum select. */
RAISES static int selector_new(lua_State *L)
{
	enum select kind =
		(enum select)lua_tointeger(L, lua_upvalueindex(1));
	struct complaints     c = complaints_to_book(L);
	struct word_selector *w;
	int                   slot[FIELDS_MAX];
	char                  given[96];

	if (c.side->book->builder == NULL)
		return luaL_error(L, "%s { } belongs into a rule, not into a "
		                  "function", kinds[kind]);
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TTABLE)
		return word_refuse(L, "%s takes a table of facts, not %s",
		                   kinds[kind],
		                   value_name(L, 1, given, sizeof given));
	w = word_new(L, sizeof *w, WORD_SELECTOR);
	w->select = kind;
	w->depth = 1;
	selector_lay(L, kind, &c, slot);
	builder_selector_begin(building(&c), kind);     /* nothing raises now */
	if (kind == SELECT_HOST)
		selector_host(L, slot, &c);
	else
		fields_add(L, slot, kind, &c);
	w->number = builder_selector_end(building(&c));
	lua_settop(L, 2);
	return 1;
}

RAISES void selector_open(lua_State *L)
{
	for (int kind = 0; kind < SELECTS; kind++) {
		lua_pushinteger(L, kind);
		lua_pushcclosure(L, selector_new, 1);
		lua_setfield(L, -2, kinds[kind]);
	}
}
