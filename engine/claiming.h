/* claiming.h -- what one rule says of one task becomes a claim or a cap.
 *
 * For consider.c alone, which knows who is to be heard.
 */
#ifndef CLAIMING_H
#define CLAIMING_H

#include "engine.h"

/* Whether a rule that holds has something to say. */
enum speech { SPEECH_NONE, SPEECH_NOT_YET, SPEECH_SAID };

/* What the rule of that voice wants of the task: its constant, or its
 * function's answer; while that is asked for, what it won before.  Questions
 * without an answer are counted in the opinion. */
enum speech claim_of_rule(struct engine *en, struct voice *v,
                          struct subject *about, uint32_t rule,
                          struct opinion *o, struct want *ret_want);
/* A claim that wants nothing is none.  Where there is no room the
 * weakest is left out. */
void claim_add(struct engine *en, uint32_t rule, uint64_t rank,
               const struct want *want, struct opinion *o);
/* The rule's cap, if it has one. */
void claim_ceiling(struct engine *en, const struct voice *v, uint32_t rule,
                   struct opinion *o);

#endif
