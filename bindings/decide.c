/* decide.c -- one question to Lua, one answer back. */

#include "bind.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "book.h"

struct decision {
	int              ref;
	struct interned *sets;
	struct answer   *answer;
};

/* in: what the function returned, on top.  Read raw, before the hook is off: a
 * table of a rule is still the rule's. */
RAISES static void result_read(lua_State *L, struct decision *d)
{
	struct answer    *a = d->answer;
	struct complaints c = complaints_to_text(a->text, sizeof a->text);
	char              name[96];

	if (!lua_toboolean(L, -1))      /* nil, or "x and { ... }" with no x */
		return;
	if (lua_type(L, -1) != LUA_TTABLE)
		complain(&c, "a function returns a table of settings or nil, "
		         "not %s", value_name(L, -1, name, sizeof name));
	else if (want_read(L, lua_gettop(L), d->sets, &c, &a->want) &&
	         a->want.has != 0)
		a->outcome = OUTCOME_WANT;
	if (c.count > 0)
		a->outcome = OUTCOME_ERROR;
}

/* in: struct decision */
RAISES static int ask(lua_State *L)
{
	struct decision *d = lua_touserdata(L, 1);

	lua_rawgeti(L, LUA_REGISTRYINDEX, d->ref);
	view_new(L, WORD_PROCESS);
	view_new(L, WORD_HOST);
	lua_call(L, 2, 1);
	result_read(L, d);
	return 0;
}

/* That a fact was missing goes before all else: the same question will be asked
 * again with it, and may then end well. */
static enum outcome outcome_of(const struct side *s, int status)
{
	if (s->at.needs)
		return OUTCOME_NEEDS;
	if (status == LUA_ERRMEM)
		return OUTCOME_NOMEM;
	return s->budget.spent ? OUTCOME_SPENT : OUTCOME_ERROR;
}

/* "build.lua:7: what was raised"; the rule tells the folder. */
static void raised_read(struct side *s, int status, struct answer *a)
{
	const char *path = s->book->file[s->file].path, *sentence;
	int         line = side_failure(s, status, &sentence);

	if (line > 0)
		snprintf(a->text, sizeof a->text, "%.100s:%d: %s",
		         text_base_name(path), line, sentence);
	else
		snprintf(a->text, sizeof a->text, "%.100s: %s",
		         text_base_name(path), sentence);
	text_clean(a->text);
}

/* The answer is data, read inside the protected call; nothing of Lua leaves. */
void decide(struct side *s, int ref, const void *question, size_t bytes,
            struct interned *sets, struct answer *ret_answer)
{
	struct decision d = { ref, sets, ret_answer };
	int             status;

	memset(ret_answer, 0, sizeof *ret_answer);
	ret_answer->outcome = OUTCOME_NOTHING;
	s->decisions++;
	s->at = (struct looking){ .question = question, .bytes = bytes };
	status = side_call(s, ask, &d, &ask_allowance);
	s->at.question = NULL;
	ret_answer->read = s->at.read;
	if (status != LUA_OK) {
		ret_answer->outcome = outcome_of(s, status);
		if (ret_answer->outcome != OUTCOME_NEEDS)
			raised_read(s, status, ret_answer);
	}
	lua_settop(s->L, 0);
}
