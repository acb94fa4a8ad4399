/* watch.h -- noticing that rule files may have changed. */
#ifndef OS_LINUX_WATCH_WATCH_H
#define OS_LINUX_WATCH_WATCH_H

#include "os/linux/doors.h"

struct watch;

/* Notes from here on whatever changes in these files and folders and the
 * folders in them, and whether they are there at all.  *ret_missing: folders
 * and files that could not be watched.  NULL with errno where none can be.  May
 * be called on any thread. */
struct watch *watch_new(const char *const *paths, size_t n,
                        size_t *ret_missing);
/* From now on it is told as EVENT_RELOAD; what was noted before is told first.
 * 0 or -errno. */
int  watch_heed(struct watch *w, struct linux_os *os);
/* It is told no more. */
void watch_ignore(struct watch *w, struct linux_os *os);
/* Of one that is not heeded, or ignored by now; NULL is fine.  Takes
 * milliseconds: the kernel waits for others that are looking at its marks.  May
 * be called on any thread. */
void watch_free(struct watch *w);

#endif
