/* kept_files.h -- the files of kept generations: their names,
 * and their order. */
#ifndef WORKER_KEPT_FILES_H
#define WORKER_KEPT_FILES_H

#include <stddef.h>
#include <stdint.h>

/* 0 or -ENAMETOOLONG. */
int  kept_file(const char *folder, uint32_t number, char *out, size_t size);
/* Makes this file, which is being written, the last good one: dated now, or a
 * second after the others where the clock went back.  0 or -errno. */
int  kept_date(const char *folder, int fd);
/* Removes those past GENERATIONS_KEPT that were good longest ago. */
void kept_prune(const char *folder);

#endif
