/* rule_id.h -- a rule's number wherever rules of several voices meet: whose it
 * is, and which of theirs.
 *
 * A voice's own parts (its rule set, its memory, its worker) know a rule by its
 * index alone.  The system's numbers are its indexes.
 */
#ifndef MODEL_RULE_ID_H
#define MODEL_RULE_ID_H

#include <stdint.h>

#include "base/limits.h"

#define RULE_NONE    UINT32_MAX
/* No rule at all: what the kernel would not let a user do. */
#define RULE_RIGHTS  (UINT32_MAX - 1)

#define VOICE_SYSTEM 0u
#define VOICES_MAX   (1u + USER_VOICES_MAX)
/* The system's rules of the next generation, while it is compared with the one
 * in force; no rule that is in force bears its number. */
#define VOICE_NEXT   VOICES_MAX
/* Wires have the numbers of voices; some more are for the workers of generations:
 * in force, before it, to come, and on its way out. */
#define WIRES_MAX    (VOICES_MAX + 4u)

_Static_assert((UINT64_C(1) * VOICE_NEXT + 1) * RULES_MAX < RULE_RIGHTS,
               "every rule of every voice has a number");

static inline uint32_t rule_id(uint32_t voice, uint32_t index)
{
	return voice * RULES_MAX + index;
}

static inline uint32_t rule_voice(uint32_t rule)
{
	return rule / RULES_MAX;
}

static inline uint32_t rule_index(uint32_t rule)
{
	return rule % RULES_MAX;
}

#endif
