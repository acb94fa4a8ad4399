/* room.h -- bytes that grow as they come and are given back afterwards.
 *
 * An image of some megabytes passes once; malloc would keep the place where it
 * lay, so these are pages of their own.
 */
#ifndef OS_LINUX_ROOM_H
#define OS_LINUX_ROOM_H

#include <stddef.h>

struct room {
	char  *at;
	size_t size;                    /* of the pages                       */
};

/* At least that many bytes, and no more pages than that takes; what lies there
 * stays as far as it fits.  0 bytes: gives all back.  0 or -ENOMEM. */
int room_fit(struct room *r, size_t bytes);

#endif
