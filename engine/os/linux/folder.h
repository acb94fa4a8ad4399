/* folder.h -- a folder that is ours alone to write in, and the lock in it. */
#ifndef OS_LINUX_FOLDER_H
#define OS_LINUX_FOLDER_H

#include <stddef.h>

/* Splits "/run/pqs/journal" into its folder and its name.  0 or
 * -ENAMETOOLONG. */
int folder_split(const char *path, char *ret_folder, size_t folder_size,
                 char *ret_name, size_t name_size);
/* Makes it if need be; others may pass through root's.  A descriptor, -EPERM
 * when it is not ours or others may write in it, or -errno. */
int folder_open(const char *path);
/* Takes the lock of that name in the folder until the descriptor that it
 * returns is closed; -EBUSY: another process has it; or -errno. */
int folder_lock(int folder, const char *name);

#endif
