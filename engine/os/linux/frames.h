/* frames.h -- whole messages over a stream.
 *
 * A frame is a uint32 length in the machine's order and that many bytes.  Room
 * is taken for what has come, never for what a length promises.
 */
#ifndef OS_LINUX_FRAMES_H
#define OS_LINUX_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "os/linux/room.h"
#include "os/os.h"

struct inbox {
	struct room room;
	size_t      used;
	size_t      lent;               /* bytes of the frame handed out      */
	size_t      limit;              /* of one message                     */
};

enum inbox_state { INBOX_WAITS, INBOX_WHOLE, INBOX_MORE };

/* Reads until a frame is whole.  INBOX_WAITS: nothing more has come; _MORE: it
 * has, but this is enough for once.  -EPIPE at the end, -EPROTO for a length
 * that no message has, -errno. */
int     inbox_read(struct inbox *in, int fd);
/* Whether a whole message has come that was not taken yet. */
bool    inbox_whole(const struct inbox *in);
/* The message, aligned for any type, lent until the next call; 0: none. */
int64_t inbox_take(struct inbox *in, const void **ret_bytes);
/* The message that was taken last, with the pages that it lies in.  0, or
 * -EBADMSG where the next one has begun. */
int     inbox_keep(struct inbox *in, struct letter_kept *ret_letter,
                   void (*give_back)(void *memory, size_t bytes));
/* Frees what came, and what is lent; it can be used again. */
void    inbox_clear(struct inbox *in);

struct outbox {
	struct room room;
	size_t      from, to;           /* what is still to go                */
};

/* 0: on its way.  -EAGAIN: too much waits already.  Any other error may have
 * cut a frame in two: the stream is of no more use. */
int  outbox_send(struct outbox *out, int fd, const void *bytes, size_t n);
/* 1: some is left, 0: none, -errno. */
int  outbox_flush(struct outbox *out, int fd);
/* What is still to go is dropped. */
void outbox_clear(struct outbox *out);

#endif
