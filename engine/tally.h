/* tally.h -- what came of each rule of a generation: for people who ask. */
#ifndef TALLY_H
#define TALLY_H

#include "engine.h"

struct tally {
	uint32_t matched;               /* and its 'when' held, in judgings   */
	uint32_t won;                   /* settings that it won in judgings   */
	uint32_t answered;              /* by its function, or a handler      */
	uint32_t failed;                /* errors, and questions lost         */
	uint64_t cpu_ns;                /* of the worker, for its answers     */
};

/* That of one rule, counted from the generation's beginning; never NULL:
 * without memory, and of a generation to come, it is of no rule. */
struct tally *tally_of(struct voice *v, uint32_t rule);
/* Who won what in one judging. */
void          tally_verdict(struct engine *en, const struct verdict *verdict);
/* Another generation begins. */
void          tally_free(struct voice *v);

#endif
