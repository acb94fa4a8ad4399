/* spots.h -- what is to be watched for the sake of rule files: everything in
 * their folders, and the folders above for the names on the way to them.
 *
 * A folder tells of what is in it, and the folder above it, of itself: so a
 * file that is written in place, renamed over, or moved with its folder, and a
 * link that is turned elsewhere are all noticed.  Too much is told rather than
 * too little; whoever hears of it looks what has really changed.
 */
#ifndef OS_LINUX_WATCH_SPOTS_H
#define OS_LINUX_WATCH_SPOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/inotify.h>
#include <sys/types.h>

/* A user's worker finds them here, and leaves them to who started it: one for
 * what is above, one for what is in the folder. */
enum { OWN_ABOVE = 4, OWN_WITHIN = 5, OWN_WATCHES = 2 };

struct spots {
	int    above, within;           /* inotify's; may be one              */
	size_t most;                    /* spots                              */
	size_t count, missing;          /* that are, that could not be        */
	/* Told of each: inotify's number, and which name in it matters (lent;
	 * NULL: any).  0 or -errno: it is missing then.  May be NULL. */
	int  (*found)(void *ctx, int number, const char *name);
	void  *ctx;
};

/* Adds those of that file or folder, whether or not it is there.  Folders above
 * are looked at from the part of the path on that begins at 'from', bytes. */
void spots_add(struct spots *s, const char *path, size_t from);

/* Where a user's rules are: "~/" at the beginning of folder is home, "{uid}"
 * the user's number.  False where that is too long. */
bool spots_own_path(const char *folder, uid_t uid, const char *home,
                    char *ret_path, size_t size);

/* Whether an event of such a spot may be of interest: name is NULL for any. */
bool spot_is_told(const struct inotify_event *e, const char *name);

#endif
