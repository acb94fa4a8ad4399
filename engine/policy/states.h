/* states.h -- the tables that functions of one file share, kept as bytes.
 *
 * Only a worker knows what they say.  They are known by file and name, so they
 * outlive the worker and the generation.
 */
#ifndef POLICY_STATES_H
#define POLICY_STATES_H

#include "policy/question.h"
#include "policy/ruleset.h"

struct states;

struct states *states_new(void);                /* NULL: no memory            */
void states_free(struct states *st);            /* NULL is fine               */

/* Those of the rule's file, by bit; lent until the next states_put(). */
void states_of_rule(const struct states *st, const struct ruleset *rs,
                    uint32_t rule,
                    struct state_bytes ret_states[STATES_PER_FILE]);
/* Copies what the rule wrote into one of its file's.  1: it is another than
 * before, 0: the same, -ENOENT: its file has no such state, -E2BIG past
 * STATE_KEEP_MAX, -ENOBUFS past STATES_MAX, -ENOMEM. */
int  states_put(struct states *st, const struct ruleset *rs, uint32_t rule,
                uint32_t state, const struct state_bytes *bytes);

#endif
