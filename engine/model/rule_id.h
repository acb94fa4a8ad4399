/* rule_id.h -- a rule's number wherever rules of several voices meet: whose it
 * is, and which of theirs.
 *
 * A voice's own parts (its rule set, its memory, its worker) know a rule by its
 * index alone.  The system's numbers are its indexes.
 */
#ifndef MODEL_RULE_ID_H
#define MODEL_RULE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

#define RULE_NONE    UINT32_MAX
/* No rule at all: what the kernel would not let a user do. */
#define RULE_RIGHTS  (UINT32_MAX - 1)
/* One that there was when it wanted something, and is not any more. */
#define RULE_GONE    (UINT32_MAX - 2)

#define VOICE_SYSTEM 0u
#define VOICES_MAX   (1u + USER_VOICES_MAX)
/* The system's rules of the next generation, while it is compared with the one
 * in force; no rule that is in force bears its number. */
#define VOICE_NEXT   VOICES_MAX
/* Wires have the numbers of voices; some more are for the workers of
 * generations: in force, before it, to come, and on its way out.  A user has a
 * second one, by which other rules come while the first is in use. */
#define WIRES_OF_USERS (VOICES_MAX + 4u)
#define WIRES_MAX      (WIRES_OF_USERS + USER_VOICES_MAX)

/* What people set by hand is claimed as if by a rule of a voice that nobody
 * has: who commands by the first, who may only do what a user may by the
 * other. */
#define VOICE_SET      (VOICE_NEXT + 1u)
#define VOICE_SET_OWN  (VOICE_NEXT + 2u)
#define VOICES_AND_SET (VOICE_NEXT + 3u)
#define RULE_SET       (VOICE_SET * RULES_MAX)
#define RULE_SET_OWN   (VOICE_SET_OWN * RULES_MAX)

_Static_assert((UINT64_C(1) * VOICES_AND_SET) * RULES_MAX < RULE_GONE,
               "every rule of every voice has a number");

/* index is below RULES_MAX; RULE_NONE, _RIGHTS and _GONE are no rule's number,
 * and are not to be taken apart. */
static inline uint32_t rule_id(uint32_t voice, uint32_t index)
{
	return voice * RULES_MAX + index;
}

static inline uint32_t rule_voice(uint32_t rule)
{
	return rule / RULES_MAX;
}

/* Whether its rules are the system's, those of now or the next ones: they may
 * look at everybody, and have all the room. */
static inline bool voice_is_system(uint32_t voice)
{
	return voice == VOICE_SYSTEM || voice == VOICE_NEXT;
}

/* The second wire of a user's voice. */
static inline uint32_t wire_second(uint32_t voice)
{
	return WIRES_OF_USERS + voice - 1;
}

/* The voice of the user whose wire that is; VOICE_SYSTEM: no user's. */
static inline uint32_t wire_voice(uint32_t wire)
{
	if (wire < VOICES_MAX)
		return wire;
	return wire < WIRES_OF_USERS ? VOICE_SYSTEM : wire - WIRES_OF_USERS + 1;
}

/* Whether a user's rights and caps bind it. */
static inline bool rule_is_users(uint32_t rule)
{
	return !voice_is_system(rule_voice(rule)) &&
	       rule_voice(rule) != VOICE_SET;
}

/* Whether people set it by hand: no rule of any file. */
static inline bool rule_is_set(uint32_t rule)
{
	return rule_voice(rule) == VOICE_SET ||
	       rule_voice(rule) == VOICE_SET_OWN;
}

static inline uint32_t rule_index(uint32_t rule)
{
	return rule % RULES_MAX;
}

#endif
