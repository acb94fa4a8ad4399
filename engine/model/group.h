/* group.h -- where a task is: the values of the setting 'pool'.
 *
 * A rule wants a pool by name.  What a task is in is a group: one of ours,
 * which is a pool or one of several that a pool has ("build@1000", or of a
 * single process "@4711.90210"), or one that others made, named by the system's
 * own path.  A name has neither '@' nor '/', and every foreign path has a '/',
 * so no text means two things.
 *
 * The value of a pool by name is the number of that name; of a group of a
 * single process it is made of that process's identity, so that none need be
 * remembered; of all others it is the number of the interned place.
 */
#ifndef MODEL_GROUP_H
#define MODEL_GROUP_H

#include "model/interned.h"
#include "model/task_id.h"

/* The place at the top, above all groups. */
#define GROUP_TOP "/"

/* The group of that process alone. */
int64_t group_of_one(struct task_id process);
/* Whether it is the group of a single process, of which none is remembered. */
bool    group_is_of_one(int64_t group);
/* A group that pqs made, and nobody else's. */
bool    group_is_ours(const struct interned *sets, int64_t group);

/* The text that a group of ours is called by, and a foreign one is found by;
 * always ends in NUL, cut at size.  "" for an unknown number.  Returns out. */
const char *group_text(const struct interned *sets, int64_t group, char *out,
                       size_t size);
/* The group of that text, as group_text() writes it; -EINVAL, -ERANGE, or
 * -ENOMEM past INTERNED_MAX. */
int64_t group_read(struct interned *sets, const char *text);
/* The name of the pool that a group of ours belongs to; -ENOENT: none has a
 * name for it. */
int64_t group_pool(struct interned *sets, int64_t group);

#endif
