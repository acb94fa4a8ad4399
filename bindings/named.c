/* named.c -- rule "name" { ... }, pool "name" { ... }, on "moment" { ... }.
 *
 * The word takes the name and returns what takes the table.
 */

#include "bind.h"

#include <string.h>
#include <lauxlib.h>

#include "base/text.h"
#include "book.h"

#define STEPS_PER_TABLE 500             /* more of them than RULES_MAX fit    */

RAISES static void building_check(lua_State *L, const struct named *n)
{
	if (side_of(L)->book->builder == NULL)
		luaL_error(L, "%s cannot be made while one is asked", n->what);
}

/* Upvalues: which word, the name. */
RAISES static int table_take(lua_State *L)
{
	const struct named *n = lua_touserdata(L, lua_upvalueindex(1));
	struct side        *s = side_of(L);
	struct complaints   c = complaints_to_book(L);
	char                given[96];

	building_check(L, n);
	budget_charge(L, STEPS_PER_TABLE);
	s->open_line = 0;
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TTABLE)
		return word_refuse(L, n->word, "%s takes a table after its %s, "
		                   "not %s", n->what, n->first,
		                   value_name(L, 1, given, sizeof given));
	n->take(L, lua_tostring(L, lua_upvalueindex(2)), &c);
	s->book->rule_read[0] = '\0';
	return 0;
}

/* What stands in the table was made after its name was read. */
bool named_was_blamed(const struct side *s)
{
	return s->book->mistakes.told > s->open_mistakes;
}

void named_left_open(struct side *s)
{
	struct complaints c = complaints_to_book(s->L);

	c.line = s->open_line;
	complain(&c, "%s and no table", s->open_what);
	s->book->rule_read[0] = '\0';
	s->open_line = 0;
}

/* Upvalue: which word. */
RAISES static int name_take(lua_State *L)
{
	const struct named *n = lua_touserdata(L, lua_upvalueindex(1));
	struct side        *s = side_of(L);
	struct complaints   c = complaints_to_book(L);

	building_check(L, n);
	if (s->open_line > 0)
		named_left_open(s);
	if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING)
		return word_refuse(L, n->word, "%s begins with its %s: %s "
		                   "\"%s\" { ... }", n->what, n->first, n->word,
		                   n->first);
	if (!label_is_fine(lua_tostring(L, 1), lua_rawlen(L, 1), RULE_NAME_MAX))
		return word_refuse(L, n->word, "%s's %s is 1 to %d bytes of "
		                   "plain text", n->what, n->first,
		                   RULE_NAME_MAX);
	s->open_line = c.line;
	s->open_what = n->alone;
	s->open_mistakes = s->book->mistakes.told;
	text_copy(s->book->rule_read, sizeof s->book->rule_read,
	          strcmp(n->word, "rule") == 0 ? lua_tostring(L, 1) : "");
	/* return table_take, which knows the word and the name */
	lua_pushlightuserdata(L, (void *)n);
	lua_insert(L, 1);
	lua_pushcclosure(L, table_take, 2);
	return 1;
}

RAISES void named_add(lua_State *L, const struct named *n)
{
	/* words[n.word] = name_take, which knows the word */
	lua_pushlightuserdata(L, (void *)n);
	lua_pushcclosure(L, name_take, 1);
	lua_setfield(L, -2, n->word);
}
