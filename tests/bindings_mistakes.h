/* bindings_mistakes.h -- every mistake that a rule file can be told of. */
#ifndef TESTS_BINDINGS_MISTAKES_H
#define TESTS_BINDINGS_MISTAKES_H

#define RULE(fields) "rule \"r\" { match = process { }, " fields " }"
#define WANT(fields) RULE("want = { " fields " }")
#define CAP(fields)  RULE("cap = { " fields " }")
#define MATCH(what)  "rule \"r\" { match = " what ", tag = \"t\" }"
#define WHEN(fields) RULE("tag = \"t\", when = host { " fields " }")
#define ON(what)     "rule \"r\" { on = " what ", keep = \"5s\", " \
                     "want = { nice = 1 } }"

/* Every mistake there is, once: where it is, the source, the sentence.  Line 0
 * is the file as a whole, column 0 unknown. */
static const struct {
	int         line, column;
	const char *source, *sentence;
} wrong[] = {
#define MISTAKE(line, column, source, sentence) \
	{ line, column, source, sentence },
#include "mistakes_rule.def"
#include "mistakes_match.def"
#include "mistakes_want.def"
#include "mistakes_setting.def"
#include "mistakes_handler.def"
#include "mistakes_lua.def"
#include "mistakes_syntax.def"
#include "mistakes_place.def"
#undef MISTAKE
};

#endif
