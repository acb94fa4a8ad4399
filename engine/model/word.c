/* word.c -- the rows of word.def. */

#include "model/word.h"

const struct word_row word_rows[] = {
#define WORD(place, name, written, takes, gives, meaning) \
	{ WORD_PLACE_##place, #name, written, takes, gives, meaning },
#include "model/word.def"
#undef WORD
};

const size_t word_count = sizeof word_rows / sizeof word_rows[0];

static const char *const owners[WORD_PLACES] = {
	[WORD_PLACE_MATH]   = "math.",
	[WORD_PLACE_STRING] = "string.",
	[WORD_PLACE_TABLE]  = "table.",
	[WORD_PLACE_TEST]   = "test.",
	[WORD_PLACE_EXPECT] = "expect.",
	[WORD_PLACE_SIM]    = "sim:",
};

const char *word_owner(enum word_place place)
{
	return owners[place] != NULL ? owners[place] : "";
}
