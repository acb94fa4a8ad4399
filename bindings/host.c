/* host.c -- the conditions of host { }: what must be true of the machine. */

#include "bind.h"

#include <errno.h>
#include <string.h>

#include "base/nearest.h"
#include "book.h"

const char *const selector_host_names[HOST_COUNT] = {
#define HOST(name, type, unit, drift_ms, step, text) #name,
#include "model/host.def"
#undef HOST
};

/* For messages only. */
static const char *takes(int fact)
{
	static const char *const of_number[] = {
		[HOST_UNIT_PLAIN]     = "a number like \"4\" or a range",
		[HOST_UNIT_NS]        = "a time like \"5min\" or a range",
		[HOST_UNIT_PERCENT]   = "a share like \"70%\" or a range",
		[HOST_UNIT_MINUTES]   = "a time like \"22:00\" or a range",
		[HOST_UNIT_HUNDREDTH] = "a number like \"1.5\" or a range",
	};

	switch (host_rows[fact].type) {
	case HOST_TYPE_BOOL:
		return "true or false";
	case HOST_TYPE_LEVEL:
		return "normal, warn, critical, a range, or a list of these";
	case HOST_TYPE_WORD:
		return fact == HOST_os ? "linux, darwin" :
		       "monday to sunday, a range, or a list of these";
	case HOST_TYPE_NUMBER:
		return of_number[host_rows[fact].unit];
	case HOST_TYPE_LIST:
		break;
	}
	return "the name of a tag";
}

/* Levels are texts that have an order; so ranges of them mean something. */
static int level_read(int fact, const char *text, int64_t *ret_value)
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

static void level_refuse(const char *name, const char *text,
                         struct complaints *c, int fact)
{
	const char *meant = name_nearest(fact, text);

	if (meant != NULL)
		complain(c, "%s knows no \"%.60s\"; did you mean '%s'?", name,
		         text, meant);
	else
		complain(c, "%s knows no \"%.60s\"; it takes %s", name, text,
		         takes(fact));
}

static void level_range_add(const struct word_range *r, const char *name,
                            struct complaints *c, int fact)
{
	const struct measure m = { level_read, fact };
	const char          *text = NULL;
	int64_t              low, high;
	int                  status;

	status = word_range_read(r, &m, &low, &high, &text);
	if (status == -EINVAL)
		level_refuse(name, text, c, fact);
	else if (status < 0 || text == NULL)
		complain(c, "%s: nothing lies in that range", name);
	else
		builder_range(c->side->book->builder, low, high);
}

static void level_add(lua_State *L, int idx, const char *name,
                      struct complaints *c, int fact)
{
	struct word_range *r = word_of(L, idx, WORD_RANGE);
	char               given[96];
	int64_t            v;

	if (r != NULL)
		level_range_add(r, name, c, fact);
	else if (lua_type(L, idx) == LUA_TSTRING) {
		if (level_read(fact, lua_tostring(L, idx), &v) == 0)
			builder_range(c->side->book->builder, v, v);
		else
			level_refuse(name, lua_tostring(L, idx), c, fact);
	} else if (word_of(L, idx, WORD_UNKNOWN) == NULL) {
		complain(c, "%s takes %s, not %s", name, takes(fact),
		         value_name(L, idx, given, sizeof given));
	}
}

/* As a number between 0 and 1, so that the matcher knows one kind of value. */
static void bool_add(lua_State *L, int idx, const char *name,
                     struct complaints *c, int fact)
{
	int  v = lua_toboolean(L, idx);
	char given[96];

	if (lua_type(L, idx) == LUA_TBOOLEAN)
		builder_range(c->side->book->builder, v, v);
	else if (word_of(L, idx, WORD_UNKNOWN) == NULL)
		complain(c, "%s takes %s, not %s", name, takes(fact),
		         value_name(L, idx, given, sizeof given));
}

/* Conditions in the order of host.def, whatever order they were written in. */
void selector_host(lua_State *L, const int *slot, struct complaints *c)
{
	for (int f = 0; f < HOST_COUNT; f++) {
		if (slot[f] == 0)
			continue;
		builder_condition(c->side->book->builder, CONDITION_HOST,
		                  (uint32_t)f);
		if (host_rows[f].type == HOST_TYPE_BOOL)
			bool_add(L, slot[f], host_rows[f].name, c, f);
		else
			list_each(L, slot[f], host_rows[f].name, c, level_add,
			          f);
		selector_condition_end(c);
	}
}
