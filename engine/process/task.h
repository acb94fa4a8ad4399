/* task.h -- one process or thread as we last saw it. */
#ifndef PROCESS_TASK_H
#define PROCESS_TASK_H

#include "base/limits.h"
#include "model/facts.h"
#include "model/rule_id.h"
#include "model/task_id.h"
#include "model/want.h"

struct tag_set {
	uint64_t bits[TAGS_MAX / 64];
};

struct task {
	struct task_id id;
	uint32_t       slot;            /* its place in the table             */
	uint32_t       parent_slot;     /* at birth; the process of a thread  */
	uint32_t       children;        /* rows that name this one as parent  */
	bool           alive;           /* dead rows stay while children live */
	bool           execed;          /* runs a program of its own          */
	bool           settled;         /* had a first verdict                */
	bool           newborn;         /* a thread: its birth was heard of,
	                                   and it had no verdict since        */
	struct facts  *facts;           /* NULL for a thread: see its process */
	char           comm[COMM_MAX];  /* of a thread                        */

	/* What the last judging found; the engine writes, the table keeps. */
	struct tag_set tags;            /* by the system's rules              */
	struct tag_set tree_tags;       /* what it gives to all below, itself */
	struct tag_set own_tags;        /* by those of its user, whose voice
	                                   is that: VOICE_SYSTEM, no user's   */
	struct tag_set own_tree_tags;
	struct tag_set next_tags;       /* by a generation that is compared   */
	struct tag_set next_tree_tags;
	uint32_t       voice;
	uint64_t       host_reads;      /* HOST_BIT: judge again when changed */
	uint64_t       drift_reads;     /* FACT_BIT of drifting facts         */
	bool           thread_rules;    /* some thread rule's 'of' holds      */
	uint64_t       first_seen_ns;   /* waits for answers count from here  */
	uint64_t       again_ns;        /* judge again then; 0: never         */
	bool           birth_known;     /* what it has from its parent is
	                                   written down                       */
	bool           birth_missed;    /* its birth was heard of, but not all
	                                   that it has could be read          */
	bool           other_rules;     /* came into force since its last verdict */
	bool           held_back;       /* its verdict waits for the limiter, or
	                                   could not be carried out           */
	short          failed;          /* errno of that; 0: the limiter's    */
	struct want    in_force;        /* the verdict that was last enacted  */
	uint32_t       won[SETTING_COUNT];  /* the rule that won each         */
	uint64_t       of_pool;         /* of these, what its pool says       */
	bool           exec_missed;     /* another program was found in it than
	                                   was heard of                       */
	bool           resting;         /* a process that pqs leaves alone until
	                                   its next exec                      */
	uint64_t       yielded;         /* settings left to somebody else
	                                   until the next exec                */
	uint64_t       insists;         /* of those in force: set again after
	                                   others                             */
	uint64_t       for_good;        /* were set, or might have been, though
	                                   they cannot be put back            */
	uint64_t       stuck;           /* could not be put back, or set again,
	                                   and is not tried until the next exec */
	uint64_t       coming_ns;       /* facts are those of the program that it
	                                   is about to run, or else will not by
	                                   then; 0: of the one that it runs   */
	uint64_t       yielded_then;    /* while one is coming: by this one   */
};

/* The tags that a voice gave the task, and its tree; of tasks that are not its
 * own none. */
static inline const struct tag_set *task_tags(const struct task *t,
                                              uint32_t voice)
{
	static const struct tag_set none;

	if (voice == VOICE_SYSTEM)
		return &t->tags;
	if (voice == VOICE_NEXT)
		return &t->next_tags;
	return t->voice == voice ? &t->own_tags : &none;
}

static inline const struct tag_set *task_tree_tags(const struct task *t,
                                                   uint32_t voice)
{
	static const struct tag_set none;

	if (voice == VOICE_SYSTEM)
		return &t->tree_tags;
	if (voice == VOICE_NEXT)
		return &t->next_tree_tags;
	return t->voice == voice ? &t->own_tree_tags : &none;
}

/* Says what a voice gives a task that it may speak of. */
static inline void task_tag(struct task *t, uint32_t voice,
                            const struct tag_set *tags)
{
	*(voice == VOICE_SYSTEM ? &t->tags :
	  voice == VOICE_NEXT ? &t->next_tags : &t->own_tags) = *tags;
}

/* The same of what it gives to all below it. */
static inline void task_tag_tree(struct task *t, uint32_t voice,
                                 const struct tag_set *tags)
{
	*(voice == VOICE_SYSTEM ? &t->tree_tags :
	  voice == VOICE_NEXT ? &t->next_tree_tags : &t->own_tree_tags) = *tags;
}

#endif
