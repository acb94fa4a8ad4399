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

#endif
