/* playing.h -- a folder with rules and tests beside them, and 'pqs test' on it.
 */
#ifndef E2E_PLAYING_H
#define E2E_PLAYING_H

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "in_folder.h"

#define RULES \
	"rule \"a/x\" { match = process { name = \"x\" }, " \
	"want = { nice = 5 } }\n" \
	"rule \"a/broken\" { match = process { name = \"broken\" }, " \
	"tag = \"t\", " \
	"want = function (p) return p[\"na\" .. \"m\"] end }\n"

/* A test that does that on its second line. */
#define TEST(name, body) \
	"test \"" name "\" (function (sim)\n  " body "\nend)\n"
#define X "sim:exec { name = \"x\" }"
#define RIGHT "expect (" X ") { nice = 5 }"
#define WRONG "expect (" X ") { nice = 6 }"

static inline void set_up(void)
{
	running_prepare(&r, RULES, "");
}

static inline char *word(const char *text)
{
	static char words[32][200];
	static int  next;
	char       *w = words[next++ % 32];

	snprintf(w, sizeof words[0], "%s", text);
	return w;
}

/* "pqs test WORDS..."; the last is NULL.  Its exit status. */
static inline int tests_with(const char *first, ...)
{
	char       *words[12] = { word("test") };
	int         n = 1;
	va_list     args;

	va_start(args, first);
	for (const char *w = first; w != NULL && n < 11;
	     w = va_arg(args, const char *))
		words[n++] = word(w);
	va_end(args);
	return running_command(&r, words);
}

static inline int tests_in(const char *path)
{
	return tests_with(path, NULL);
}

static inline int tests(void)
{
	return tests_in(r.folder);
}

static inline void says(const char *text)
{
	ck_assert_msg(strstr(r.text, text) != NULL, "no '%s' in:\n%s", text,
	              r.text);
}

static inline void is_silent_of(const char *text)
{
	ck_assert_msg(strstr(r.text, text) == NULL, "'%s' in:\n%s", text,
	              r.text);
}

/* The text, after the name of a file in our folder. */
static inline void says_of(const char *name, const char *text)
{
	char whole[1024];

	snprintf(whole, sizeof whole, "%s%s", path_of(name), text);
	says(whole);
}

#endif
