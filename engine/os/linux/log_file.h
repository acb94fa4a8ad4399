/* log_file.h -- lines for a file that nobody waits for.
 *
 * Whoever has something to write puts it into a ring and goes on; a thread of
 * its own takes it from there.  What the ring has no room for is dropped, and
 * counted. A file that has reached its size becomes FILE.1, FILE.1 becomes
 * FILE.2, and the last one goes.
 */
#ifndef OS_LINUX_LOG_FILE_H
#define OS_LINUX_LOG_FILE_H

#include <stddef.h>
#include <stdint.h>

struct log_file;

struct log_counts {
	uint64_t dropped;               /* puts, for want of room             */
	uint64_t failed;                /* writes that the system refused     */
	uint64_t begun;                 /* files after the first              */
	int      error;                 /* of the last that was refused       */
};

/* Appends to that file, of at most so many bytes, and keeps so many in all.  0
 * or -errno. */
int  log_file_open(const char *path, uint64_t max_bytes, unsigned keep,
                   struct log_file **ret_file);
/* Whole lines, from one thread alone.  Never waits. */
void log_file_put(struct log_file *f, const void *bytes, size_t n);
/* So far. */
struct log_counts log_file_counts(const struct log_file *f);
/* Writes what is there, then ends.  NULL is fine. */
void log_file_close(struct log_file *f);

#endif
