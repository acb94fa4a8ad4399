/* mask.c -- mask "rule name": a rule of a lower layer is turned off. */

#include "bind.h"

#include <stdio.h>
#include <lauxlib.h>

#include "base/text.h"
#include "book.h"

#define PLACE_MAX 256

/* The first byte of the key is the layer, as in names of rules. */
RAISES static int mask(lua_State *L)
{
	struct side      *s = side_of(L);
	struct rule_book *b = s->book;
	struct complaints c = complaints_to_book(L);
	enum layer        layer = b->file[s->file].layer;
	const char       *name;
	char              place[PLACE_MAX], key[RULE_KEY_MAX];
	int               status;

	if (b->builder == NULL)
		return luaL_error(L, "mask is said outside of functions");
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING ||
	    !label_is_fine(lua_tostring(L, 1), lua_rawlen(L, 1), RULE_NAME_MAX))
		return word_refuse(L, "mask", "mask takes the name of a rule: "
		                   "mask \"build/compiler\"");
	name = lua_tostring(L, 1);
	rule_key(layer, name, key, sizeof key);
	status = names_put(&b->masks, key, s->file, c.line);
	c.word = name;
	if (status > 0)
		complain(&c, "rule '%s' is masked twice", name);
	else if (status < 0)
		complain(&c, "no memory for another mask");
	snprintf(place, sizeof place, "%.200s:%d", b->file[s->file].path,
	         c.line);
	builder_mask(b->builder, name, layer, place);
	return 0;
}

RAISES void mask_open(lua_State *L)
{
	lua_pushcfunction(L, mask);
	lua_setfield(L, -2, "mask");
}
