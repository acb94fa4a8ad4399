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
	struct deeds    *deeds;
	struct message_question head;
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

/* { kind = "memory_pressure", level = "critical", task = tasks[1] } */
RAISES static void event_push(lua_State *L, const struct message_question *q)
{
	lua_createtable(L, 0, 3);
	lua_pushstring(L, handler_moment_name((enum moment)q->moment));
	lua_setfield(L, -2, "kind");
	if (q->level < HOST_LEVELS) {
		lua_pushstring(L, host_level_name((enum host_level)q->level));
		lua_setfield(L, -2, "level");
	}
	if (q->about < q->tasks) {
		view_new(L, WORD_PROCESS, q->about);
		lua_setfield(L, -2, "task");
	}
}

/* run (tasks, host, event): what it returns is of no interest. */
RAISES static void handler_call(lua_State *L, const struct message_question *q)
{
	lua_createtable(L, (int)q->tasks, 0);
	for (uint32_t i = 0; i < q->tasks; i++) {
		view_new(L, WORD_PROCESS, i);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	view_new(L, WORD_HOST, 0);
	event_push(L, q);
	lua_call(L, 3, 0);
}

/* in: struct decision */
RAISES static int ask(lua_State *L)
{
	struct decision *d = lua_touserdata(L, 1);

	lua_rawgeti(L, LUA_REGISTRYINDEX, d->ref);
	if (d->head.moment != MOMENT_NONE) {
		handler_call(L, &d->head);
		states_pack(L);
		if (d->deeds->count > 0 || d->deeds->written != 0)
			d->answer->outcome = OUTCOME_WANT;
		return 0;
	}
	view_new(L, WORD_PROCESS, 0);
	view_new(L, WORD_HOST, 0);
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
            struct interned *sets, struct answer *ret_answer,
            struct deeds *ret_deeds)
{
	struct decision d = { .ref = ref, .sets = sets, .answer = ret_answer,
	                      .deeds = ret_deeds };
	int             status;

	memset(ret_answer, 0, sizeof *ret_answer);
	ret_answer->outcome = OUTCOME_NOTHING;
	ret_deeds->count = ret_deeds->written = 0;
	if (question_head(question, bytes, &d.head) < 0)
		return;
	s->decisions++;
	s->at = (struct looking){
		.question = question, .bytes = bytes, .sets = sets,
		.deeds = d.head.moment == MOMENT_NONE ? NULL : ret_deeds,
	};
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
