/* host.c -- the conditions of host { }: what must be true of the machine. */

#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "book.h"

const char *const selector_host_names[HOST_COUNT + 1] = {
#define HOST(name, ...) #name,
#include "model/host.def"
#undef HOST
	"lasting"
};

/* How a number of each unit is written. */
static const struct {
	const char *takes, *example;
} units[] = {
	[HOST_UNIT_PLAIN]     = { "a number like 4", NULL },
	[HOST_UNIT_NS]        = { "a time like \"5min\"", "\"5min\"" },
	[HOST_UNIT_PERCENT]   = { "a share like \"70%\"", "\"70%\"" },
	[HOST_UNIT_MINUTES]   = { "a time of day like \"22:00\"", "\"22:00\"" },
	[HOST_UNIT_HUNDREDTH] = { "a number like 1.5", NULL },
};

/* For messages only. */
static const char *takes(int fact)
{
	switch (host_rows[fact].type) {
	case HOST_TYPE_LEVEL:
		return "normal, warn, critical";
	case HOST_TYPE_WORD:
		return fact == HOST_os ? "linux, darwin" : "monday to sunday";
	default:
		return units[host_rows[fact].unit].takes;
	}
}

static void value_refuse(lua_State *L, int idx, const char *name,
                         struct complaints *c, int fact)
{
	char given[96];

	if (word_of(L, idx, WORD_UNKNOWN) == NULL)
		complain(c, "%s takes %s, a range, or a list of these, not %s",
		         name, takes(fact),
		         value_name(L, idx, given, sizeof given));
}

static int text_read(int fact, const char *text, int64_t *ret_value)
{
	return host_parse((enum host_fact)fact, text, ret_value);
}

/* The name that was meant, if the fact has names. */
static const char *name_nearest(int fact, const char *text)
{
	static char names[HOST_WEEK_DAYS][VALUE_TEXT_MAX];
	const char *known[HOST_WEEK_DAYS];
	size_t      n = 0;

	if (host_rows[fact].type == HOST_TYPE_NUMBER)
		return NULL;
	for (; n < HOST_WEEK_DAYS; n++) {
		known[n] = host_print((enum host_fact)fact, (int64_t)n,
		                      names[n], sizeof names[n]);
		if (strcmp(known[n], "?") == 0)
			break;
	}
	return nearest(text, known, n);
}

static void text_refuse(const char *name, const char *text,
                        struct complaints *c, int fact)
{
	const char *meant = name_nearest(fact, text);

	if (meant != NULL)
		complain(c, "%s knows no \"%.60s\"; did you mean '%s'?", name,
		         text, meant);
	else
		complain(c, "%s knows no \"%.60s\"; it takes %s, a range, or a "
		         "list of these", name, text, takes(fact));
}

/* Numbers that need no unit may be written as such. */
static bool is_unitless(int fact)
{
	return host_rows[fact].type == HOST_TYPE_NUMBER &&
	       units[host_rows[fact].unit].example == NULL;
}

/* As a text, which is what is read; false was told. */
static bool limit_tidy(struct limit *l, const char *name, struct complaints *c,
                       int fact)
{
	if (l->type != LIMIT_NUMBER)
		return true;
	if (is_unitless(fact)) {
		l->type = LIMIT_TEXT;
		snprintf(l->text, sizeof l->text, "%lld",
		         (long long)l->number);
		return true;
	}
	if (host_rows[fact].type == HOST_TYPE_NUMBER)
		complain(c, "%s: %lld has no unit; write %s", name,
		         (long long)l->number,
		         units[host_rows[fact].unit].example);
	else
		complain(c, "%s takes %s, a range, or a list of these, not "
		         "%lld", name, takes(fact), (long long)l->number);
	return false;
}

/* Past midnight: from the evening on, or up to the morning. */
static bool wraps(const struct word_range *r, int fact)
{
	int64_t low, high;

	return host_rows[fact].unit == HOST_UNIT_MINUTES &&
	       text_read(fact, r->low.text, &low) == 0 &&
	       text_read(fact, r->high.text, &high) == 0 && low > high;
}

static void wrapped_add(const struct word_range *r, struct complaints *c,
                        int fact)
{
	int64_t low, high;

	text_read(fact, r->low.text, &low);
	text_read(fact, r->high.text, &high);
	builder_range(c->side->book->builder, low, HOST_DAY_MINUTES - 1);
	builder_range(c->side->book->builder, 0, high);
}

static void range_add(struct word_range r, const char *name,
                      struct complaints *c, int fact)
{
	const struct measure m = { text_read, fact };
	const char          *text = NULL;
	int64_t              low, high;
	int                  status;

	if (!limit_tidy(&r.low, name, c, fact) ||
	    !limit_tidy(&r.high, name, c, fact))
		return;
	if (wraps(&r, fact)) {
		wrapped_add(&r, c, fact);
		return;
	}
	status = word_range_read(&r, &m, &low, &high, &text);
	if (status == -EINVAL)
		text_refuse(name, text, c, fact);
	else if (status < 0 || high < 0)
		complain(c, "%s: nothing lies in that range", name);
	else
		builder_range(c->side->book->builder, low, high);
}

/* 1.5 and "1.5" are the same load. */
static bool number_text(lua_State *L, int idx, char *out, size_t size)
{
	if (lua_isinteger(L, idx))
		snprintf(out, size, "%lld", (long long)lua_tointeger(L, idx));
	else if (lua_type(L, idx) == LUA_TNUMBER)
		snprintf(out, size, "%.14g", lua_tonumber(L, idx));
	else
		return false;
	return true;
}

static void value_add(lua_State *L, int idx, const char *name,
                      struct complaints *c, int fact)
{
	struct word_range *r = word_of(L, idx, WORD_RANGE);
	char               number[40];
	const char        *text = NULL;
	int64_t            v;

	if (r != NULL) {
		range_add(*r, name, c, fact);
		return;
	}
	if (lua_type(L, idx) == LUA_TSTRING)
		text = lua_tostring(L, idx);
	else if (is_unitless(fact) &&
	         number_text(L, idx, number, sizeof number))
		text = number;
	if (text == NULL)
		value_refuse(L, idx, name, c, fact);
	else if (text_read(fact, text, &v) == 0)
		builder_range(c->side->book->builder, v, v);
	else
		text_refuse(name, text, c, fact);
}

/* As a number between 0 and 1, so that the matcher knows one kind of value. */
static void truth_add(lua_State *L, int idx, const char *name,
                      struct complaints *c)
{
	bool v;

	if (bool_read(L, idx, name, c, &v))
		builder_range(c->side->book->builder, v, v);
}

static void fact_add(lua_State *L, int idx, enum host_fact f,
                     struct complaints *c)
{
	const char *name = host_rows[f].name;

	c->word = name;
	if (host_rows[f].type == HOST_TYPE_LIST) {
		selector_tags(L, idx, name, CONDITION_HOST, f, c);
		return;
	}
	builder_condition(c->side->book->builder, CONDITION_HOST, f);
	if (host_rows[f].type == HOST_TYPE_BOOL)
		truth_add(L, idx, name, c);
	else
		list_each(L, idx, name, c, value_add, (int)f);
	selector_condition_end(c);
}

/* Conditions in the order of host.def, whatever order they were written in. */
void selector_host(lua_State *L, const int *slot, struct complaints *c)
{
	for (int f = 0; f < HOST_COUNT; f++)
		if (slot[f] != 0)
			fact_add(L, slot[f], (enum host_fact)f, c);
}
