/* client.h -- the other end of the control socket: one who asks. */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

struct client {
	int    fd;                      /* -1: not connected                  */
	size_t used, taken;
	char   in[2 * VISIT_ROW_MAX];
};

/* Connects to the socket at that path.  0, -ENOENT or -ECONNREFUSED: nobody is
 * there, -EPERM: who is there is neither root nor the caller, or -errno. */
int  client_open(struct client *c, const char *path);
/* It may be closed again. */
void client_close(struct client *c);

/* Says one whole line, with its end.  0 or -errno. */
int  client_say(struct client *c, const char *line, size_t bytes);

/* Waits for the next whole line, at most that long (-1: for ever).  Its bytes
 * without the end, ended by NUL, lent until the next call; -ENODATA: there
 * comes no more, -ETIMEDOUT, -EMSGSIZE, or -errno. */
int64_t client_hear(struct client *c, int timeout_ms, char **ret_line);

#endif
