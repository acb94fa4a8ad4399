/* intent.h -- what an intent means in knobs.
 *
 * Every service class sets the same knobs, and so does every role and every
 * tier of I/O: a change of class leaves nothing of the old one behind.
 */
#ifndef MODEL_INTENT_H
#define MODEL_INTENT_H

#include "model/want.h"

/* Knobs only.  The Linux ones are the default; pqs.yaml may override them. */
struct intents {
	struct want qos[QOS_COUNT];
	struct want role[ROLES];
	struct want io[IO_TIERS];
	struct want suppress;           /* for true; false asks for nothing   */
};

#define INTENTS_EXPANDED 4

/* Those that stand for knobs, the most special first: where two in one want
 * mean the same knob, the earlier one has it. */
extern const enum setting intents_expanded[INTENTS_EXPANDED];

void intents_default(struct intents *ret_intents);

/* The knobs that the value of an intent stands for, with their values in
 * *ret_row; NULL there: each is untouched.  0: it stands for none. */
uint64_t intent_knobs(const struct intents *t, enum setting s, int64_t value,
                      const struct want **ret_row);

/* Replaces the intents in w that stand for knobs by these; a knob already
 * beside them stays. */
void intents_expand(const struct intents *t, struct want *w);

#endif
