/* frames.c -- whole messages over a stream.
 *
 * An inbox holds one frame and perhaps the beginning of the next; an outbox
 * only what the socket did not take at once, which mostly is nothing.
 */

#include "os/linux/frames.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/limits.h"

/* A frame begins at 4, so that its message begins at 8. */
#define HEAD_AT    sizeof(uint32_t)
#define MESSAGE_AT (HEAD_AT + sizeof(uint32_t))
#define ROOM_LEAST (16u << 10)
#define AT_ONCE    16                   /* reads or writes in one go          */
#define BYTES_AT_ONCE (64u << 10)       /* an image is read in parts, into pages
                                           that nobody has touched yet        */

static size_t head_of(const struct inbox *in)
{
	uint32_t bytes;

	memcpy(&bytes, in->room.at + HEAD_AT, sizeof bytes);
	return bytes;
}

static bool has_head(const struct inbox *in)
{
	return in->used >= sizeof(uint32_t);
}

static bool head_is_sound(const struct inbox *in)
{
	return head_of(in) > 0 && head_of(in) <= in->limit;
}

bool inbox_whole(const struct inbox *in)
{
	return in->lent == 0 && has_head(in) && head_is_sound(in) &&
	       in->used - sizeof(uint32_t) >= head_of(in);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Twice what has come, but not more than the frame takes. */
static int make_room(struct inbox *in)
{
	size_t bytes = in->used * 2;

	if (has_head(in))
		bytes = least(bytes, head_of(in) + sizeof(uint32_t));
	if (bytes < ROOM_LEAST)
		bytes = ROOM_LEAST;
	if (HEAD_AT + bytes <= in->room.size)
		return 0;
	return room_fit(&in->room, HEAD_AT + bytes);
}

/* What came behind the frame moves to the front; the room of a large one goes
 * back to the kernel. */
static void put_back(struct inbox *in)
{
	if (in->lent == 0)
		return;
	in->used -= in->lent;
	memmove(in->room.at + HEAD_AT, in->room.at + HEAD_AT + in->lent,
	        in->used);
	in->lent = 0;
	if (HEAD_AT + in->used <= ROOM_LEAST)
		room_fit(&in->room, ROOM_LEAST);
}

/* Into all the room there is: short frames come several at a time. */
static int read_some(struct inbox *in, int fd)
{
	size_t  at = HEAD_AT + in->used;
	ssize_t n = read(fd, in->room.at + at,
	                 least(in->room.size - at, BYTES_AT_ONCE));

	if (n < 0 && errno == EINTR)
		return INBOX_MORE;
	if (n < 0)
		return errno == EAGAIN ? INBOX_WAITS : -errno;
	in->used += (size_t)n;
	return n == 0 ? -EPIPE : INBOX_MORE;
}

int inbox_read(struct inbox *in, int fd)
{
	int    r = INBOX_MORE;
	size_t enough;

	put_back(in);
	enough = in->used + BYTES_AT_ONCE;
	for (int i = 0; i < AT_ONCE && r == INBOX_MORE && in->used < enough;
	     i++) {
		if (has_head(in) && !head_is_sound(in))
			return -EPROTO;
		if (inbox_whole(in))
			return INBOX_WHOLE;
		r = make_room(in);
		if (r == 0)
			r = read_some(in, fd);
	}
	return r == INBOX_MORE && inbox_whole(in) ? INBOX_WHOLE : r;
}

int64_t inbox_take(struct inbox *in, const void **ret_bytes)
{
	put_back(in);
	if (!inbox_whole(in))
		return 0;
	in->lent = sizeof(uint32_t) + head_of(in);
	*ret_bytes = in->room.at + MESSAGE_AT;
	return (int64_t)head_of(in);
}

int inbox_keep(struct inbox *in, struct letter_kept *ret_letter,
               void (*give_back)(void *memory, size_t bytes))
{
	if (in->lent == 0 || in->used != in->lent)
		return -EBADMSG;
	*ret_letter = (struct letter_kept){
		.bytes = in->room.at + MESSAGE_AT, .size = head_of(in),
		.memory = in->room.at, .memory_bytes = in->room.size,
		.give_back = give_back,
	};
	in->room = (struct room){ .at = NULL };
	in->used = in->lent = 0;
	return 0;
}

void inbox_clear(struct inbox *in)
{
	room_fit(&in->room, 0);
	in->used = in->lent = 0;
}

/* What lay before 'from' was sent: what waits moves there once that is more
 * than it, so a byte moves once on average. */
static int outbox_append(struct outbox *out, const void *bytes, size_t n)
{
	size_t waiting = out->to - out->from;
	int    r;

	if (out->from > waiting) {
		memmove(out->room.at, out->room.at + out->from, waiting);
		out->from = 0;
		out->to = waiting;
	}
	if (out->to + n > out->room.size) {
		r = room_fit(&out->room, (out->to + n) * 2);
		if (r < 0)
			return r;
	}
	memcpy(out->room.at + out->to, bytes, n);
	out->to += n;
	return 0;
}

static int append_rest(struct outbox *out, const struct iovec *part,
                       size_t sent)
{
	int r = 0;

	for (int i = 0; i < 2 && r == 0; i++) {
		size_t skip = least(sent, part[i].iov_len);

		sent -= skip;
		if (skip < part[i].iov_len)
			r = outbox_append(out, (char *)part[i].iov_base + skip,
			                  part[i].iov_len - skip);
	}
	return r;
}

/* Straight into the socket, unless others wait before it. */
int outbox_send(struct outbox *out, int fd, const void *bytes, size_t n)
{
	uint32_t      head = (uint32_t)n;
	struct iovec  part[2] = { { &head, sizeof head },
	                          { (void *)bytes, n } };
	struct msghdr m = { .msg_iov = part, .msg_iovlen = 2 };
	ssize_t       sent = 0;

	if (n == 0 || n > MESSAGE_BYTES_MAX)
		return -EMSGSIZE;
	if (out->to > 0) {
		if (out->to - out->from + sizeof head + n > MESSAGE_BYTES_MAX)
			return -EAGAIN;
	} else {
		sent = sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return append_rest(out, part, sent < 0 ? 0 : (size_t)sent);
}

int outbox_flush(struct outbox *out, int fd)
{
	for (int i = 0; i < AT_ONCE && out->from < out->to; i++) {
		ssize_t n = send(fd, out->room.at + out->from,
		                 out->to - out->from,
		                 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			out->from += (size_t)n;
	}
	if (out->from < out->to)
		return 1;
	outbox_clear(out);
	return 0;
}

void outbox_clear(struct outbox *out)
{
	room_fit(&out->room, 0);
	out->from = out->to = 0;
}
