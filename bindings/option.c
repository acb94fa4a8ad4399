/* option.c -- option (name, default): a value that pqs.yaml may set.
 *
 * The default says what kind of value it is, so that one of another kind is a
 * mistake here and not a surprise where it is used.
 */

#include "bind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>

#include "base/text.h"
#include "book.h"

/* Texts that are quantities stay texts, but not of another kind. */
static const struct quantity {
	int       (*read)(const char *text, int64_t *ret_value);
	const char *takes;
} quantities[] = {
	{ text_duration, "a time like \"5s\"" },
	{ text_size,     "a size like \"2GiB\"" },
	{ text_percent,  "a share like \"80%\"" },
	{ text_rate,     "a rate like \"1MiB/s\"" },
	{ text_clock,    "a time of day like \"22:00\"" },
};

static const struct quantity *quantity_of(const char *text)
{
	int64_t value;

	for (size_t i = 0; i < sizeof quantities / sizeof quantities[0]; i++)
		if (quantities[i].read(text, &value) == 0)
			return &quantities[i];
	return NULL;
}

/* The name of the folder that the file lies in: that is its pack. */
static size_t folder_of(const char *path, const char **ret_at)
{
	const char *end = text_base_name(path), *at;

	*ret_at = path;
	if (end == path)
		return 0;
	for (at = --end; at > path && at[-1] != '/'; at--)
		;
	*ret_at = at;
	return (size_t)(end - at);
}

/* Whether "folder/name" is meant for that file. */
static bool is_of_folder(const char *option, const char *path,
                         const char *name)
{
	const char *folder;
	size_t      n = folder_of(path, &folder);

	return n > 0 && strncmp(option, folder, n) == 0 && option[n] == '/' &&
	       strcmp(option + n + 1, name) == 0;
}

/* What pqs.yaml says, for the file's folder rather than for all; or NULL. */
static const char *value_find(struct rule_book *b, const char *path,
                              const char *name)
{
	const char *for_all = NULL, *for_folder = NULL;

	for (size_t i = 0; i < b->options.count; i++) {
		const struct rule_option *o = &b->options.option[i];

		if (strcmp(o->name, name) == 0)
			for_all = o->value;
		else if (is_of_folder(o->name, path, name))
			for_folder = o->value;
		else
			continue;
		b->options_used |= UINT64_C(1) << i;
	}
	return for_folder != NULL ? for_folder : for_all;
}

/* Pushes the value as that kind of number; NULL, or what it takes. */
RAISES static const char *number_push(lua_State *L, const char *value)
{
	int64_t n;
	bool    whole = lua_isinteger(L, 2);

	if (text_number(value, &n) == 0) {
		if (whole)
			lua_pushinteger(L, n);
		else
			lua_pushnumber(L, (lua_Number)n);
		return NULL;
	}
	if (!whole && strlen(value) < 40 &&
	    lua_stringtonumber(L, value) != 0)
		return NULL;
	return whole ? "a whole number" : "a number";
}

/* Pushes the value as what the default at 2 is; NULL, or what it takes. */
RAISES static const char *value_push(lua_State *L, const char *value)
{
	const struct quantity *q;
	int64_t                n;
	bool                   yes = strcmp(value, "true") == 0;

	switch (lua_type(L, 2)) {
	case LUA_TBOOLEAN:
		if (!yes && strcmp(value, "false") != 0)
			return "true or false";
		lua_pushboolean(L, yes);
		return NULL;
	case LUA_TNUMBER:
		return number_push(L, value);
	default:
		q = quantity_of(lua_tostring(L, 2));
		if (q != NULL && q->read(value, &n) < 0)
			return q->takes;
		lua_pushstring(L, value);
		return NULL;
	}
}

static bool is_name(lua_State *L, int idx)
{
	return lua_type(L, idx) == LUA_TSTRING &&
	       label_is_fine(lua_tostring(L, idx), lua_rawlen(L, idx),
	                     OPTION_NAME_MAX / 2) &&
	       strchr(lua_tostring(L, idx), '/') == NULL;
}

/* in: name, default; out: the value of this machine */
RAISES static int option(lua_State *L)
{
	struct side      *s = side_of(L);
	struct rule_book *b = s->book;
	const char       *name, *value, *takes;
	int               type = lua_type(L, 2);

	if (b->builder == NULL)
		return luaL_error(L, "option is asked for outside of "
		                  "functions: local x = option (...)");
	if (lua_gettop(L) != 2 || !is_name(L, 1) ||
	    (type != LUA_TBOOLEAN && type != LUA_TNUMBER &&
	     type != LUA_TSTRING))
		return word_refuse(L, "option", "option takes a name and a "
		                   "default, like option (\"hog\", \"80%%\")");
	name = lua_tostring(L, 1);
	if (names_put(&b->options_asked, name, s->file, side_line(L)) < 0)
		return luaL_error(L, "not enough memory");
	value = value_find(b, b->file[s->file].path, name);
	if (value == NULL)
		return 1;                       /* the default */
	takes = value_push(L, value);
	if (takes != NULL)
		return word_refuse(L, name, "option '%s' takes %s; pqs.yaml "
		                   "says '%s'", name, takes, value);
	return 1;
}

RAISES void option_open(lua_State *L)
{
	lua_pushcfunction(L, option);
	lua_setfield(L, -2, "option");
}
