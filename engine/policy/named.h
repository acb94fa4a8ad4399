/* named.h -- the programs that rules name exactly. */
#ifndef POLICY_NAMED_H
#define POLICY_NAMED_H

#include "policy/ruleset.h"

/* Tells the text of each exe or name that a standing rule about processes
 * spells out, where all that the rule asks of that fact is spelled out and it
 * wants something constant, or gives a tag.  By exe where a rule has both.
 * Some may come twice; texts are lent by the rule set. */
void named_each(const struct ruleset *rs,
                void (*tell)(void *ctx, enum fact fact, const char *text),
                void *ctx);

/* Whether the rule's match spells out the exe or the name of the process that it
 * is about, or of the process of the thread, and nothing but those: then it
 * speaks of a program, not of whoever fits.  It reaches nobody else by that. */
bool named_exactly(const struct ruleset *rs, uint32_t rule);

#endif
