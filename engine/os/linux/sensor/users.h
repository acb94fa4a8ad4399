/* users.h -- names of users and of groups, by id. */
#ifndef OS_LINUX_SENSOR_USERS_H
#define OS_LINUX_SENSOR_USERS_H

#include <sys/types.h>

#include "base/limits.h"

#define USER_NAME_BYTES   64

struct users;

/* Knows what the file (as /etc/passwd is written) says; a missing one says
 * nothing.  NULL: no memory. */
struct users *users_new(const char *passwd);
/* The same of groups, as /etc/group is written. */
struct users *users_new_groups(const char *group);
void users_free(struct users *u);                       /* NULL is fine       */
/* "": known to have no name; NULL: not known, ask users_look_up() aside. */
const char *users_name(const struct users *u, uid_t uid);
/* An empty name is remembered too.  0 or -ENOMEM. */
int users_learn(struct users *u, uid_t uid, const char *name);

/* Asks the system, which may ask the network: for the reader thread alone.  0
 * with "" where there is none, or -errno. */
int users_look_up(uid_t uid, char *ret_name, size_t size);
int users_look_up_group(gid_t gid, char *ret_name, size_t size);

#endif
