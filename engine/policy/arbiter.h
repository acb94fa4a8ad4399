/* arbiter.h -- many rules speak, one value per setting comes out.
 *
 * Claims compete knob by knob; the highest rank wins each.  Then every cap
 * applies, whoever wrote it: caps on intents clamp before an intent expands,
 * caps on knobs after the winner is known.
 */
#ifndef POLICY_ARBITER_H
#define POLICY_ARBITER_H

#include "model/intent.h"
#include "process/task.h"

struct claim {
	uint32_t    rule;
	uint64_t    rank;
	struct want want;               /* intents and knobs, as written      */
};

struct ceiling {                        /* one rule's cap on this task        */
	uint32_t   rule;
	uint32_t   layer;
	struct cap cap;
};

struct verdict {
	struct want want;               /* knobs, and the intents that won    */
	uint32_t    won[SETTING_COUNT]; /* whom to name in 'explain'          */
	uint32_t    held[SETTING_COUNT];/* whose cap cut the value; RULE_NONE */
	uint64_t    rank[SETTING_COUNT];/* of the winner, where there is one  */
	uint64_t    bounded;            /* settings of groups, as the system's
	                                   caps bound them for this task      */
	struct bound bound[SETTING_COUNT];      /* of these alone             */
	uint64_t    torn;               /* settings whose caps shared nothing */
	uint64_t    bare;               /* intents that stand for no knob     */
	uint64_t    insist;             /* settings whose winner sets them again
	                                   after others; 0 unless filled in   */
	uint64_t    for_good;           /* the same: even if they cannot be put
	                                   back                               */
	uint64_t    by_name;            /* the same: it names the program, or is
	                                   by hand                            */
	uint64_t    of_unit;            /* the same: it is for all that are in
	                                   the task's unit                    */
};

/* n and caps may be 0.  process_nice is what the precedence of a thread starts
 * from; VALUE_UNTOUCHED of a process, to which it means nothing.  A
 * knob whose winner says "untouched" is not in ret_verdict->want, but
 * won[] names the rule. */
void arbiter_settle(const struct intents *intents, struct interned *sets,
                    const struct claim *claims, size_t n,
                    const struct ceiling *caps, size_t n_caps,
                    int64_t process_nice, struct verdict *ret_verdict);

#endif
