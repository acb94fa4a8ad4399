/* pool.c -- pool "name" { ... }: a group of tasks, and what it has together. */

#include "bind.h"

#include <string.h>
#include <lauxlib.h>

#include "book.h"

enum { FIELD_per = SETTING_COUNT, FIELD_COUNT };

_Static_assert(FIELD_COUNT <= FIELDS_MAX, "every field has a slot");

static const char *const names[FIELD_COUNT] = {
#define SETTING(name, ...) #name,
#include "model/setting.def"
#undef SETTING
	"per"
};

static const char *const pers[POOL_PERS] = {
	[POOL_SHARED]      = NULL,
	[POOL_PER_UID]     = "uid",
	[POOL_PER_UNIT]    = "unit",
	[POOL_PER_SESSION] = "session",
};

/* One for each of these, in place of one for all. */
static enum pool_per per_read(lua_State *L, int idx, struct complaints *c)
{
	const char *text = lua_type(L, idx) == LUA_TSTRING
	                           ? lua_tostring(L, idx) : "";
	char        given[96];

	c->word = "per";
	for (int per = POOL_SHARED + 1; per < POOL_PERS; per++)
		if (strcmp(pers[per], text) == 0)
			return (enum pool_per)per;
	if (word_of(L, idx, WORD_UNKNOWN) == NULL)
		complain(c, "per takes \"uid\", \"unit\" or \"session\", not %s",
		         value_name(L, idx, given, sizeof given));
	return POOL_SHARED;
}

/* A group has what belongs to groups, and what belongs to tasks is wanted of
 * them. */
static void value_take(lua_State *L, int idx, enum setting s,
                       const char *pool, struct complaints *c, struct want *w)
{
	struct interned *sets = c->side->book->sets;
	int64_t          value;

	c->word = setting_rows[s].name;
	if (setting_rows[s].scope != SETTING_SCOPE_GROUP)
		complain(c, "%s is of tasks, not of a pool; a rule wants it "
		         "beside pool = \"%s\"", setting_rows[s].name, pool);
	else if (word_of(L, idx, WORD_UNTOUCHED) != NULL)
		complain(c, "untouched is a want; a pool has values");
	else if (want_value_read(L, idx, s, sets, c, &value))
		want_set(w, s, value);
}

/* Unique within a layer, as rules are. */
static void name_take(struct side *s, const char *name, struct complaints *c)
{
	struct rule_book  *b = s->book;
	enum layer         layer = b->file[s->file].layer;
	const struct name *first;
	char               key[RULE_KEY_MAX];
	int                status;

	rule_key(layer, name, key, sizeof key);
	status = names_put(&b->pools, key, s->file, c->line);
	c->word = name;
	if (status < 0 ||
	    names_put(&b->pools_given, name, s->file, c->line) < 0)
		complain(c, "no memory for another pool");
	if (status <= 0)
		return;
	first = names_find(b->pools, key);
	complain(c, "pool '%s' was given before, at %s:%d", name,
	         b->file[first->file].path, first->line);
}

RAISES static void pool_take(lua_State *L, const char *name,
                             struct complaints *c)
{
	struct side        *s = side_of(L);
	struct rule_file   *file = &s->book->file[s->file];
	struct want         want = { 0 };
	int                 slot[FIELD_COUNT];
	struct builder_pool pool = {
		.name = name, .file = file->path, .line = (uint32_t)c->line,
		.layer = file->layer, .want = &want,
	};

	fields_lay(L, "a pool", names, FIELD_COUNT, c, slot);
	for (int i = 0; i < SETTING_COUNT; i++)
		if (slot[i] != 0)
			value_take(L, slot[i], (enum setting)i, name, c, &want);
	if (slot[FIELD_per] != 0)
		pool.per = per_read(L, slot[FIELD_per], c);
	name_take(s, name, c);
	if (c->count == 0 && want.has == 0)
		complain(c, "pool '%s' has nothing: give it a weight or a "
		         "limit", name);
	if (c->count == 0 &&
	    builder_pool(s->book->builder, &pool, s->book->sets) < 0)
		complain(c, "at most %d pools", POOLS_MAX);
}

static const struct named pool = { "pool", "a pool", "name",
	                           "a pool has a name", pool_take };

RAISES void pools_open(lua_State *L)
{
	named_add(L, &pool);
}
