/* kept.h -- generations of rules that were good, as files.
 *
 * One file each: the sources, the options, and the image that was made of them,
 * with a sum over all of it.  It is written beside and renamed into place, so
 * there is never half of one.  Nothing that is read is believed: an image must
 * pass image_check() like any other, and one of another version is left out, as
 * it can be compiled again from its sources.
 */
#ifndef WORKER_KEPT_H
#define WORKER_KEPT_H

#include "worker/sources.h"

struct kept {
	uint32_t            number;
	struct sources      sources;
	struct rule_options options;
	const void         *image;      /* NULL: to be compiled again         */
	size_t              bytes;
	void               *memory;     /* malloc'd; what image lies in       */
};

void kept_forget(struct kept *k);

/* Writes one into the folder, which is made if it is not there: the last
 * good one from then on, also if it was there before.  Removes those past
 * GENERATIONS_KEPT that were good longest ago, and others that say the
 * same.  0 or -errno; -EPERM: the folder is somebody else's, or others
 * may write in it. */
int    kept_write(const char *folder, const struct kept *k);
/* The numbers of those that are there, the last good one first; how many. */
size_t kept_list(const char *folder, uint32_t ret_numbers[GENERATIONS_KEPT]);
/* Of these, those that are not damaged: all of them are read. */
size_t kept_sound(const char *folder, uint32_t ret_numbers[GENERATIONS_KEPT]);
/* The highest of their numbers, 0 where there are none. */
uint32_t kept_highest(const char *folder);
/* 0, -ENOENT, -EBADMSG: damaged; -EPERM, -ENOMEM, -errno. */
int    kept_read(const char *folder, uint32_t number, struct kept *ret);

#endif
