/* word.h -- the words of the rule language, for those who tell of them. */
#ifndef MODEL_WORD_H
#define MODEL_WORD_H

#include <stddef.h>

enum word_place { WORD_PLACE_RULES, WORD_PLACE_LUA, WORD_PLACE_TESTS,
                  WORD_PLACE_MATH, WORD_PLACE_STRING, WORD_PLACE_TABLE,
                  WORD_PLACE_TEST, WORD_PLACE_EXPECT, WORD_PLACE_RULE,
                  WORD_PLACE_HANDLER, WORD_PLACE_POOL, WORD_PLACE_TASK,
                  WORD_PLACE_THREAD, WORD_PLACE_SIM, WORD_PLACE_EXEC,
                  WORD_PLACES };

struct word_row {
	enum word_place place;
	const char     *name;
	const char     *written;        /* as in a file                       */
	const char     *takes;          /* "a: type; b?: type"; NULL: no
	                                   function                           */
	const char     *gives;          /* a type; "": nothing                */
	const char     *meaning;
};

extern const struct word_row word_rows[];
extern const size_t          word_count;

/* What stands before a word of that place, "math." or "sim:"; "" for none. */
const char *word_owner(enum word_place place);

#endif
