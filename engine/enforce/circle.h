/* circle.h -- a group of ours: what its members want it to have, and what it
 * was given; for the pools alone.
 *
 * Members that want the same for the same reason share one bid, so a group of a
 * thousand compilers has as many bids as there are rules about them.
 */
#ifndef ENFORCE_CIRCLE_H
#define ENFORCE_CIRCLE_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "enforce/enforce.h"

/* The settings of groups, which follow each other. */
#define GROUPED_FIRST SETTING_cpuset
#define GROUPED       (SETTING_io_weight - SETTING_cpuset + 1)

/* What some members want of one setting alike, or are bound to. */
struct bid {
	enum setting setting;
	bool         is_cap;
	int64_t      value;
	uint64_t     rank;
	uint32_t     rule;
	struct bound bound;
	uint32_t     members;
	struct bid  *prev, *next;       /* in the order of arrival            */
};

struct circle {
	int64_t        group;
	struct bid    *bids;
	size_t         members;
	int64_t        home;            /* where the last to come was before;
	                                   VALUE_UNTOUCHED: nobody came yet   */
	uint64_t       asked;           /* SETTING_BITs that it was given, or
	                                   refused                            */
	int64_t        value[GROUPED];  /* of these                           */
	uint64_t       due_ns;          /* to be dropped then                 */
	unsigned       tries;
	UT_hash_handle by_group;
};

/* Whose coming or leaving it is that changes what a group has. */
struct occasion {
	struct task_id whom;
	const char    *name;
};

bool bid_equal(const struct bid *a, const struct bid *b);
/* One more member bids that; NULL: no memory. */
struct bid *bid_put(struct circle *c, const struct bid *what);
/* One less; NULL is fine. */
void bid_drop(struct circle *c, struct bid *b);

/* Gives it what its members together want now, where that is something else
 * than before; what was refused is not asked for again. */
void circle_give(struct enforcer *en, struct circle *c, struct occasion by,
                 uint64_t settings);
/* Tells of what a group would be given. */
void circle_show(struct enforcer *en, struct occasion by,
                 const struct verdict *v, uint64_t settings);
/* How it went with what a group was to be given. */
void circle_landed(struct enforcer *en, struct occasion by,
                   const struct under_way *u, const struct landed *l);
/* It was there before us: what it was given stays until members come. */
void circle_read(const struct enforcer *en, struct circle *c);
/* Frees it, with its bids; it is in no table any more. */
void circle_free(struct circle *c);

#endif
