/* host.c -- the conditions of host { }: what must be true of the machine. */

#include "bind.h"

#include <errno.h>

#include "base/nearest.h"
#include "book.h"

const char *const selector_host_names[HOST_COUNT] = {
#define HOST(name, type, text) #name,
#include "model/host.def"
#undef HOST
};

/* For messages only. */
static const char *takes(int fact)
{
	return host_rows[fact].type == HOST_TYPE_BOOL
	               ? "true or false"
	               : "normal, warn, critical, a range, or a list of these";
}

/* Levels are texts that have an order; so ranges of them mean something. */
static int level_read(int fact, const char *text, int64_t *ret_value)
{
	return host_parse((enum host_fact)fact, text, ret_value);
}

/* The level that was meant. */
static void level_refuse(const char *name, const char *text,
                         struct complaints *c)
{
	const char *levels[HOST_LEVELS];
	const char *meant;

	for (int i = 0; i < HOST_LEVELS; i++)
		levels[i] = host_level_name((enum host_level)i);
	meant = nearest(text, levels, HOST_LEVELS);
	if (meant != NULL)
		complain(c, "%s knows no \"%.60s\"; did you mean '%s'?", name,
		         text, meant);
	else
		complain(c, "%s knows no \"%.60s\"; it takes %s", name, text,
		         takes(HOST_memory_pressure));
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
		level_refuse(name, text, c);
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
			level_refuse(name, lua_tostring(L, idx), c);
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
