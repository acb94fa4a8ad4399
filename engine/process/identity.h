/* identity.h -- what a task is, as its texts tell: script, app, container.
 *
 * Texts in, text out.  All of them were chosen by whoever runs the program, so
 * what they say is what it calls itself, and never a proof.
 */
#ifndef PROCESS_IDENTITY_H
#define PROCESS_IDENTITY_H

#include <stddef.h>
#include <sys/types.h>

/* A list is its elements, each ended by a NUL; "" and 0 when it is empty. */
struct identity_list {
	const char *text;
	size_t      bytes;
};

/* The script, module, jar or main class that an interpreter of that name was
 * told to run: points into args, whose first is the interpreter's own.  NULL:
 * none, or no interpreter. */
const char *identity_script(const char *name, struct identity_list args);

/* "docker/0123456789ab": what runs the container at that place among the
 * control groups, and what it is called there, or the first 12 bytes of its id.
 * 0, or -ENODATA: in no container. */
int identity_container(const char *cgroup, char *ret_name, size_t size);

/* What an application is told from; a text that is not known is "". */
struct identity_clues {
	pid_t                pid;
	const char          *name, *exe, *unit;
	struct identity_list args, env;
};

/* Writes the list of all that the application is known as, each once; returns
 * its bytes.  What finds no room is left out whole. */
size_t identity_app(const struct identity_clues *c, char *ret_list,
                    size_t size);

#endif
