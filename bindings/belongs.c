/* belongs.c -- where a word that stands in the wrong place belongs. */

#include "bind.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static bool is_fact(const char *word)
{
	for (int f = 0; f < FACT_COUNT; f++)
		if (strcmp(fact_rows[f].name, word) == 0)
			return true;
	return false;
}

static bool is_host_fact(const char *word)
{
	for (int f = 0; f < HOST_COUNT; f++)
		if (strcmp(host_rows[f].name, word) == 0)
			return true;
	return false;
}

static bool is_setting(const char *word)
{
	enum setting s;

	return setting_find(word, &s) == 0;
}

static bool is_selector_field(const char *word)
{
	return strcmp(word, "under") == 0 || strcmp(word, "lasting") == 0;
}

static bool is_thread_field(const char *word)
{
	return strcmp(word, "of") == 0;
}

/* A word with more than one home is sent to the first. */
static const struct home {
	bool (*has)(const char *word);
	const char *before, *after;     /* the word goes between them         */
} homes[] = {
	{ rule_has_field,    "'", "' belongs into a rule, beside match" },
	{ is_thread_field,   "it stands inside: thread { ",
	                     " = process { ... } }" },
	{ is_selector_field, "it stands inside: process { ", " = ... }" },
	{ is_fact,           "of tasks it is match = process { ",
	                     " = ... }" },
	{ is_setting,        "as a setting it is want = { ", " = ... }" },
	{ is_host_fact,      "of the machine it is when = host { ",
	                     " = ... }" },
};

#define HOMES (sizeof homes / sizeof homes[0])

static const struct home *home_of(const char *word)
{
	for (size_t i = 0; i < HOMES; i++)
		if (homes[i].has(word))
			return &homes[i];
	return NULL;
}

const char *belongs(const char *word, char *out, size_t size)
{
	const struct home *h = home_of(word);

	if (h == NULL)
		return NULL;
	snprintf(out, size, "; %s%s%s", h->before, word, h->after);
	return out;
}

/* What people who know Lua look for here. */
static const char *const globals_of_lua[] = {
	"_G", "_VERSION", "collectgarbage", "coroutine", "debug", "dofile",
	"getmetatable", "io", "load", "loadfile", "loadstring", "os", "package",
	"pcall", "print", "rawequal", "rawget", "rawlen", "rawset", "require",
	"setmetatable", "unpack", "utf8", "warn", "xpcall", NULL
};

static const char *const fields_of_lua[] = {
	"acos", "asin", "atan", "char", "cos", "deg", "dump", "exp", "gmatch",
	"gsub", "log", "match", "modf", "move", "pack", "packsize", "rad",
	"random", "randomseed", "rep", "reverse", "sin", "tan", "ult", "unpack",
	NULL
};

static const char *const nothings[] = {
	"NULL", "None", "Nil", "null", "none", "undefined", NULL
};

static bool is_in(const char *const *words, const char *word)
{
	while (*words != NULL && strcmp(*words, word) != 0)
		words++;
	return *words != NULL;
}

static const char *say(char *out, size_t size, const char *clause)
{
	text_copy(out, size, clause);
	return out;
}

/* A global is often a field that was compared, or given with a colon. */
const char *belongs_global(const char *word, char *out, size_t size)
{
	if (strcmp(word, "test") == 0 || strcmp(word, "expect") == 0)
		return say(out, size,
		           "; tests stand in files named *.test.lua");
	if (is_in(globals_of_lua, word))
		return say(out, size, "; rules have no such part of Lua");
	if (is_in(nothings, word))
		return say(out, size, "; nothing is nil");
	if (strcasecmp(word, "true") == 0 || strcasecmp(word, "false") == 0)
		return say(out, size, "; true and false are written small");
	if (home_of(word) == NULL)
		return NULL;
	snprintf(out, size, "; a field is written %s = ...", word);
	return out;
}

const char *belongs_library(const char *word, char *out, size_t size)
{
	return !is_in(fields_of_lua, word) ? NULL :
	       say(out, size, "; rules have no such part of Lua");
}
