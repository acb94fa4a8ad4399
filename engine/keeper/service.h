/* service.h -- what a service manager is told of us, and what it wants to hear.
 *
 * A datagram a word, as sd_notify(3) documents the protocol.  Where nobody
 * listens, nothing is said. */
#ifndef KEEPER_SERVICE_H
#define KEEPER_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

struct service {
	int      fd;                    /* -1: there is no manager            */
	uint64_t beat_ns;               /* how often it wants to hear that all
	                                   is well, halved; 0: never          */
};

/* From the environment, whose words for this are then gone, so that no child
 * takes them for its own.  A socket that cannot be used is as good as none. */
void service_open(struct service *s);
/* It may be closed again. */
void service_close(struct service *s);

/* "READY=1", "STOPPING=1", "STATUS=...", "WATCHDOG=1"; never waits. */
void service_say(const struct service *s, const char *word);

#endif
