/* places.h -- a set of rules by place in their order, taken out in it. */
#ifndef POLICY_PLACES_H
#define POLICY_PLACES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"

#define PLACE_NONE UINT32_MAX

/* All zero is empty, and so is one that everything was taken out of. */
struct places {
	uint64_t word[RULES_MAX / 64];
	uint64_t some[RULES_MAX / 64 / 64];     /* a bit for each word not 0  */
};

/* What is in already stays in once. */
static inline void places_add(struct places *p, uint32_t place)
{
	p->word[place / 64] |= UINT64_C(1) << place % 64;
	p->some[place / 64 / 64] |= UINT64_C(1) << place / 64 % 64;
}

static inline bool places_have(const struct places *p, uint32_t place)
{
	return (p->word[place / 64] >> place % 64 & 1) != 0;
}

/* Takes the first one out; PLACE_NONE when there is none. */
static inline uint32_t places_take(struct places *p)
{
	for (uint32_t i = 0; i < RULES_MAX / 64 / 64; i++) {
		uint32_t word, bit;

		if (p->some[i] == 0)
			continue;
		word = i * 64 + (uint32_t)ffsll((long long)p->some[i]) - 1;
		bit = (uint32_t)ffsll((long long)p->word[word]) - 1;
		p->word[word] &= p->word[word] - 1;
		if (p->word[word] == 0)
			p->some[i] &= p->some[i] - 1;
		return word * 64 + bit;
	}
	return PLACE_NONE;
}

#endif
