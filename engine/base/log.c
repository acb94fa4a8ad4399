/* log.c -- what the program says about itself, and writing that never waits.
 *
 * A descriptor that we were given is shared with others, so its flags are left
 * alone: setting O_NONBLOCK on a terminal would set it for the shell as well.
 */

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/text.h"

#define LINE_MAX_BYTES 2048

static uint64_t dropped;                /* lines that nobody took             */

uint64_t log_dropped(void)
{
	return dropped;
}

/* An end that nobody reads is an error, not room: SIGPIPE would follow. */
static bool writable_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0 &&
	       (p.revents & (POLLERR | POLLNVAL)) == 0;
}

/* A pipe with room takes PIPE_BUF bytes at once; RWF_NOWAIT holds where someone
 * else fills it between our look and our write. */
static ssize_t pipe_write(int fd, const char *text, size_t bytes)
{
	struct iovec piece = {
		.iov_base = (void *)text,
		.iov_len = bytes < PIPE_BUF ? bytes : PIPE_BUF,
	};
	ssize_t n;

	if (!writable_now(fd))
		return -1;
	n = pwritev2(fd, &piece, 1, -1, RWF_NOWAIT);
	if (n < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
		n = write(fd, piece.iov_base, piece.iov_len);
	return n;
}

/* A terminal that says it has room may have less than a line of it.  Opened
 * again it has flags of its own, and can be told not to wait. */
static ssize_t terminal_write(int fd, const char *text, size_t bytes)
{
	char    path[32];
	ssize_t n;
	int     own;

	if (!writable_now(fd))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own < 0)                    /* no /proc, or not ours to open */
		return write(fd, text, bytes);
	n = write(own, text, bytes);
	close(own);
	return n;
}

/* One write of some of the bytes, by whatever does not wait on this kind of
 * descriptor; <= 0 when none can be taken now. */
static ssize_t write_now(int fd, const char *text, size_t bytes)
{
	struct stat s;

	if (fstat(fd, &s) < 0)
		return -1;
	if (S_ISFIFO(s.st_mode))
		return pipe_write(fd, text, bytes);
	if (S_ISSOCK(s.st_mode))
		return send(fd, text, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (S_ISCHR(s.st_mode) && isatty(fd))
		return terminal_write(fd, text, bytes);
	return write(fd, text, bytes);
}

/* Once a piece is refused the rest is dropped too: to wait for room is just
 * what must not happen. */
bool log_write(int fd, const char *text, uint32_t bytes)
{
	uint32_t done = 0;

	while (done < bytes) {
		ssize_t n = write_now(fd, text + done, bytes - done);

		if (n <= 0) {
			dropped++;
			return false;
		}
		done += (uint32_t)n;
	}
	return true;
}

/* A note is what the program has to say; only other levels are named. */
static const char *const level_words[] = {
	[LOG_LEVEL_ERROR] = "error: ",
	[LOG_LEVEL_WARN]  = "warning: ",
	[LOG_LEVEL_NOTE]  = "",
};

void log_say(enum log_level level, const char *format, ...)
{
	char    message[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 32];
	int     saved = errno;          /* to log is no event for the caller */
	int     n;
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	text_clean(message);
	n = snprintf(line, sizeof(line), "pqs: %s%s\n", level_words[level],
	             message);
	if (n > 0)
		log_write(STDERR_FILENO, line, (uint32_t)n);
	errno = saved;
}
