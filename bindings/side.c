/* side.c -- one file's Lua: made, run once, and kept only for functions.
 *
 * A rule file's chunk is called "?" and our own are not, so the place of a
 * mistake is the nearest line of "?", whatever path the file has.
 */

#include "bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>

#include "base/text.h"
#include "book.h"

#define PIECE_BYTES 4096

/* Our own Lua, and C, may stand above the rule file's line on the stack. */
static bool is_rule_file(const lua_Debug *ar)
{
	return strcmp(ar->short_src, "?") == 0;
}

int side_line(lua_State *L)
{
	lua_Debug ar;

	for (int level = 0; lua_getstack(L, level, &ar); level++)
		if (lua_getinfo(L, "Sl", &ar) != 0 && is_rule_file(&ar))
			return ar.currentline;
	return 0;
}

/* "NAME:LINE: rest": the line and the rest; or -1 and the whole. */
static int split(const char *name, const char *message, const char **ret_rest)
{
	size_t n = strlen(name);
	char  *end;
	long   line;

	*ret_rest = message;
	if (strncmp(message, name, n) != 0 || message[n] != ':')
		return -1;
	line = strtol(message + n + 1, &end, 10);
	if (end == message + n + 1 || strncmp(end, ": ", 2) != 0)
		return -1;
	*ret_rest = end + 2;
	return (int)line;
}

int side_split(const char *message, const char **ret_sentence)
{
	int line = split("?", message, ret_sentence);

	return line < 0 ? 0 : line;
}

/* in: what was raised; out: the same, with a place in the rule file */
int side_place(lua_State *L)
{
	const char *rest;

	if (lua_type(L, 1) != LUA_TSTRING)
		lua_pushliteral(L, "an error that is no text");
	else
		lua_pushvalue(L, 1);
	if (split("?", lua_tostring(L, -1), &rest) >= 0)
		return 1;
	split("library", lua_tostring(L, -1), &rest);
	lua_pushfstring(L, "?:%d: %s", side_line(L), rest);
	return 1;
}

/* Memory is counted from the first byte of the state on. */
struct side *side_new(struct rule_book *b, uint32_t file)
{
	struct side *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->book = b;
	s->file = file;
	s->budget.block_max = BLOCK_BYTES_MAX;
	s->budget.drawn_max = SIZE_MAX;
	s->L = lua_newstate(budget_alloc, s);
	if (s->L == NULL) {
		free(s);
		return NULL;
	}
	*(struct side **)lua_getextraspace(s->L) = s;
	return s;
}

void side_free(struct side *s)
{
	if (s == NULL)
		return;
	lua_close(s->L);
	free(s);
}

struct piece {
	const char *at;
	size_t      left;
};

/* The parser runs no hooks; so it is fed in small pieces, each after a look at
 * the clock. */
RAISES static const char *piece_read(lua_State *L, void *ud, size_t *ret_bytes)
{
	struct piece *p = ud;
	const char   *at = p->at;

	budget_charge(L, PIECE_BYTES / 8);
	*ret_bytes = p->left < PIECE_BYTES ? p->left : PIECE_BYTES;
	p->at += *ret_bytes;
	p->left -= *ret_bytes;
	return at;
}

/* in: struct piece */
RAISES static int load_and_run(lua_State *L)
{
	struct side *s = side_of(L);
	int          status;

	sandbox_open(L);
	if (s->words_add != NULL)
		s->words_add(L);
	s->budget.block_max = PARSE_BLOCK_MAX;
	status = lua_load(L, piece_read, lua_touserdata(L, 1), "=?", "t");
	s->budget.block_max = BLOCK_BYTES_MAX;
	if (status == LUA_ERRSYNTAX) {
		syntax_tell(L);
		return 0;
	}
	if (status != LUA_OK)
		return lua_error(L);
	if (!scan_chunk(L))
		return 0;
	if (s->file < s->book->files &&
	    s->book->file[s->file].source != NULL)
		twice_check(s->book, s->file);
	sandbox_push_env(L);
	lua_setupvalue(L, -2, 1);       /* _ENV = env */
	lua_call(L, 0, 0);
	return 0;
}

/* The error has unwound the stack; so its line comes from its message. */
static void side_blame(struct side *s, int line, const char *sentence)
{
	struct complaints c = complaints_to_book(s->L);

	c.line = line;
	complain(&c, "%s", sentence);
}

/* Lua raises what it is out of without a place, or its parser with one. */
int side_failure(struct side *s, int status, const char **ret_sentence)
{
	const char *sentence = "an error that is no text", *why = budget_why(s);
	int         line = 0;

	if (lua_type(s->L, -1) == LUA_TSTRING)
		line = side_split(lua_tostring(s->L, -1), &sentence);
	if (why == NULL && (status == LUA_ERRMEM ||
	                    strcmp(sentence, "not enough memory") == 0))
		why = "used up its memory";
	*ret_sentence = why != NULL ? why : sentence;
	return line;
}

/* A raised error is often only what a mistake told before led to. */
static void side_fail(struct side *s, int status)
{
	const char *sentence;
	int         line = side_failure(s, status, &sentence);

	if (line == 0 || !mistakes_at(&s->book->mistakes, s->file, line))
		side_blame(s, line, sentence);
}

int side_call(struct side *s, lua_CFunction f, void *at,
              const struct allowance *a)
{
	int status;

	budget_begin(s, a);
	lua_pushcfunction(s->L, side_place);
	lua_pushcfunction(s->L, f);
	lua_pushlightuserdata(s->L, at);
	status = lua_pcall(s->L, 1, 0, 1);
	budget_end(s);
	return status;
}

void side_load(struct side *s, const char *source, size_t bytes)
{
	size_t       mark = text_mark_bytes(source, bytes);
	struct piece p = { source + mark, bytes - mark };
	int          status;

	status = side_call(s, load_and_run, &p, &load_allowance);
	if (status != LUA_OK)
		side_fail(s, status);
	else if (s->open_line > 0 && s->tests != NULL)
		side_blame(s, s->open_line,
		           "a test has a name and no function");
	else if (s->open_line > 0)
		named_left_open(s);
	lua_settop(s->L, 0);
}
