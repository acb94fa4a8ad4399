/* marker.h -- finds the files of named programs and has their start held, on a
 * thread of its own, as a look at a file may take for ever.
 *
 * Left out are files of our own programs and of what these need to start, those
 * that are no programs themselves (of a script the kernel starts the
 * interpreter), and those of file systems that others serve: the holder must
 * never wait for them.
 */
#ifndef OS_LINUX_GUARD_MARKER_H
#define OS_LINUX_GUARD_MARKER_H

#include <stddef.h>

struct marker;

/* Asks for marks on the line, which must stay open until marker_leave().  NULL:
 * no memory, or no thread. */
struct marker *marker_new(int line);
/* It may outlive this by one look at a file, and says nothing any more. */
void marker_leave(struct marker *m);            /* NULL is fine               */

/* As guard.watch(). */
int  marker_watch(struct marker *m, const char *const *exes, size_t exe_count,
                  const char *const *names, size_t name_count);
/* As guard.again(). */
void marker_again(struct marker *m, const char *exe);
/* How many were left out for want of room, of files or of paths to look at. */
size_t marker_left_out(struct marker *m);

#endif
