/* leasing.h -- how leases hang together; for the files of leases alone.
 *
 * A tie joins one lease to one cause.  A lease hangs on its holder, its ties on
 * it and on their causes, so whatever goes takes along only what is its own.
 */
#ifndef POLICY_LEASING_H
#define POLICY_LEASING_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "base/heap.h"
#include "policy/lease.h"

struct tie {
	struct deed  *deed;
	struct cause *cause;
	struct tie   *prev, *next;              /* of the same lease          */
	struct tie   *prev_of_cause, *next_of_cause;
	uint32_t      round;                    /* the last that held it      */
	struct want   want;                     /* what it said last          */
};

/* A lease and what it hangs on. */
struct deed {
	struct lease   lease;                   /* first: it is handed out    */
	struct holder *holder;
	struct deed   *prev, *next;             /* of the same holder         */
	struct tie    *ties;
	uint64_t       number;                  /* in the heap of ends        */
	UT_hash_handle hh;
};

struct holder {
	struct task_id id;
	char          *unit;
	struct deed   *deeds;
	UT_hash_handle hh;
};

struct cause {
	struct task_id id;
	struct tie    *ties;
	uint32_t       round;
	UT_hash_handle hh;
};

struct leases {
	struct lease_ear ear;
	struct holder   *by_task, *by_unit;
	struct cause    *causes;
	struct deed     *by_number;             /* those that end             */
	struct heap      ends;
	uint64_t         numbers;
	size_t           count, reaching[TARGETS];
	size_t           of_voice[VOICES_AND_SET];
	uint64_t         refused;
};

/* Whom the terms name, if anything reaches it. */
struct holder *holder_find(const struct leases *ls, const struct lease *terms);
/* The lease of that rule for that holder, or NULL. */
struct deed   *deed_find(const struct leases *ls, const struct lease *terms);
/* Makes it, or says in it what is wanted now.  1: it is new or wants something
 * else, 0: as it was, -ENOMEM, -ENOBUFS. */
int  deed_write(struct leases *ls, const struct lease *terms,
                struct deed **ret_deed);
/* When it ends, or LEASE_STANDS.  0 or -ENOMEM. */
int  deed_until(struct leases *ls, struct deed *d, uint64_t ends_ns);
/* With all that ties it to its causes, who are not dropped. */
void deed_end(struct leases *ls, struct deed *d);
/* Frees the tie, and its cause with the last one. */
void tie_cut(struct leases *ls, struct tie *t);
/* If nothing is tied to it any more. */
void cause_drop(struct leases *ls, struct cause *c);

#endif
