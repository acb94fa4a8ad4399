/* complaint.c -- saying what is wrong, and what was meant. */

#include "bind.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "book.h"

/* While loading, all that is wrong is collected; the file is read on. */
static void say_to_book(struct complaints *c, const char *sentence)
{
	book_blame(c->side->book, c->side->file, c->line, c->word, sentence);
}

/* An answer has room for one sentence: the first. */
static void say_to_text(struct complaints *c, const char *sentence)
{
	if (c->count == 1)
		text_copy(c->first, c->size, sentence);
}

/* What is complained of from here on is blamed on the line that now runs. */
struct complaints complaints_to_book(lua_State *L)
{
	return (struct complaints){ .say = say_to_book, .side = side_of(L),
		                    .line = side_line(L) };
}

struct complaints complaints_to_text(char *first, size_t size)
{
	return (struct complaints){ .say = say_to_text, .first = first,
		                    .size = size };
}

/* Rule files are foreign text; none of their control bytes reach a terminal. */
void complain(struct complaints *c, const char *format, ...)
{
	char    sentence[SENTENCE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	text_clean(sentence);
	c->count++;
	c->say(c, sentence);
}

const char *did_you_mean_it(const char *it, char *out, size_t size)
{
	if (it != NULL)
		snprintf(out, size, "; did you mean '%s'?", it);
	else
		text_copy(out, size, "");
	return out;
}

const char *did_you_mean(const char *word, const char *const *words, size_t n,
                         char *out, size_t size)
{
	return did_you_mean_it(nearest(word, words, n), out, size);
}

/* Words are named as they are written. */
static const char *word_name(const struct word *w, char *out, size_t size)
{
	switch (w->kind) {
	case WORD_SELECTOR:
		snprintf(out, size, "%s { }",
		         ((const struct word_selector *)w)->name);
		return out;
	case WORD_GLOB:      return "a glob";
	case WORD_REGEX:     return "a regex";
	case WORD_RANGE:     return "a range";
	case WORD_ANY:       return "any";
	case WORD_PEOPLE:    return "people";
	case WORD_UNTOUCHED: return "untouched";
	case WORD_TARGET:    return "self, parent, tree or unit";
	case WORD_EXCEPT:    return "except (host { })";
	case WORD_STATE:     return "a state";
	case WORD_PROCESS:   return "a process";
	case WORD_HOST:      return "the host";
	case WORD_UNKNOWN:   break;
	}
	return "an unknown word";
}

/* A float says that it is one: 5.0 is not the 5 that a setting takes. */
static const char *number_name(lua_State *L, int idx, char *out, size_t size)
{
	int whole;

	lua_tointegerx(L, idx, &whole);
	if (lua_isinteger(L, idx))
		snprintf(out, size, "%lld", (long long)lua_tointeger(L, idx));
	else if (whole)
		snprintf(out, size, "%.1f", lua_tonumber(L, idx));
	else
		snprintf(out, size, "%.14g", lua_tonumber(L, idx));
	return out;
}

/* Never more than a line's worth, and never an address. */
const char *value_name(lua_State *L, int idx, char *out, size_t size)
{
	switch (lua_type(L, idx)) {
	case LUA_TNUMBER:
		return number_name(L, idx, out, size);
	case LUA_TSTRING:
		snprintf(out, size, "\"%.60s\"", lua_tostring(L, idx));
		return out;
	case LUA_TBOOLEAN:
		return lua_toboolean(L, idx) ? "true" : "false";
	case LUA_TTABLE:
		return "a table";
	case LUA_TFUNCTION:
		return "a function";
	case LUA_TUSERDATA:
		return word_name(lua_touserdata(L, idx), out, size);
	default:
		return "nil";
	}
}
