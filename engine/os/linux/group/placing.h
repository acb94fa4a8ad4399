/* placing.h -- what place.c and placing.c have in common; for
 * these two alone. */
#ifndef OS_LINUX_GROUP_PLACING_H
#define OS_LINUX_GROUP_PLACING_H

#include "os/linux/group/place.h"

#define GROUP_KEEP PATH_KEEP

/* Whether somebody may be moved in that hierarchy. */
bool place_counts(const struct hierarchy *h);
/* The hierarchy that a place names first, or -1. */
int  place_main(const struct layout *l);
/* The name of the group of ours that one is, or is below; NULL: of none. */
const char *place_name_of_ours(const struct hierarchy *h, const char *group);
/* Where the process is in each hierarchy: 0, -ESRCH, -errno. */
int  place_groups(const struct layout *l, pid_t pid,
                  char group[HIERARCHIES_MAX][GROUP_KEEP]);
/* The group that a place names in one hierarchy; topmost where
 * it names none. */
void place_group_in(const struct hierarchy *h, bool main, const char *text,
                    char ret_group[GROUP_KEEP]);

#endif
