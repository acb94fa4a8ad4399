/* worker.c -- the rules worker: a sealed process that compiles, then answers.
 *
 * Descriptor 3 is its one way out.  A message is its length, then its bytes.
 * It is sealed before the first of them is read, so nothing that rule files are
 * or do can reach further than this process.  A user's own rules it
 * reads itself, as that user and before it is sealed; what is in them is
 * looked at only after.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "command.h"
#include "own.h"
#include "policy/question.h"
#include "rules.h"
#include "seal.h"

#define WIRE 3

struct inbox {
	char  *bytes;
	size_t room;
};

/* 0, -EPIPE (the other end is gone) or -errno. */
static int read_whole(void *to, size_t n)
{
	char *at = to;

	while (n > 0) {
		ssize_t r = read(WIRE, at, n);

		if (r == 0)
			return -EPIPE;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r > 0) {
			at += r;
			n -= (size_t)r;
		}
	}
	return 0;
}

/* The core reads as it can; to wait for it costs nobody but us. */
static int write_whole(const void *from, size_t n)
{
	const char *at = from;

	while (n > 0) {
		ssize_t w = write(WIRE, at, n);

		if (w < 0 && errno != EINTR)
			return -errno;
		if (w > 0) {
			at += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

/* The size of the next message, which is in the box; -errno. */
static int64_t message_take(struct inbox *in)
{
	uint32_t n;
	int      status = read_whole(&n, sizeof n);

	if (status < 0)
		return status;
	if (n < sizeof(struct message) || n > MESSAGE_BYTES_MAX)
		return -EBADMSG;
	if (n > in->room) {
		char *more = realloc(in->bytes, n);

		if (more == NULL)
			return -ENOMEM;
		in->bytes = more;
		in->room = n;
	}
	status = read_whole(in->bytes, n);
	return status < 0 ? status : (int64_t)n;
}

/* Head and body as one message. */
static int message_send(enum message_kind kind, uint32_t id, const void *body,
                        size_t bytes)
{
	const struct message head = { .kind = kind, .id = id };
	uint32_t             n = (uint32_t)(sizeof head + bytes);
	int                  status = write_whole(&n, sizeof n);

	if (status == 0)
		status = write_whole(&head, sizeof head);
	return status == 0 ? write_whole(body, bytes) : status;
}

/* The core is trusted with power, not with being free of mistakes. */
static int file_add(struct rule_book *b, const char *bytes, size_t n)
{
	struct message_file m;
	const char         *path;

	if (n < sizeof m)
		return -EBADMSG;
	memcpy(&m, bytes, sizeof m);
	path = bytes + sizeof m;
	n -= sizeof m;
	if (m.layer >= LAYERS || m.path_bytes >= n ||
	    strnlen(path, n) != m.path_bytes)
		return -EBADMSG;
	return rule_book_add(b, (enum layer)m.layer, path,
	                     path + m.path_bytes + 1, n - m.path_bytes - 1);
}

/* Pairs of texts, each ended by a NUL. */
static int options_add_all(struct rule_book *b, const char *bytes, size_t n)
{
	struct message head;
	const char    *at = bytes + sizeof head, *end = bytes + n, *value;
	int            status = 0;

	memcpy(&head, bytes, sizeof head);
	if (head.id != 0)
		rule_book_options_partial(b);
	if (at < end && end[-1] != '\0')
		return -EBADMSG;
	while (status == 0 && at < end) {
		value = at + strlen(at) + 1;
		if (value >= end)
			return -EBADMSG;
		status = rule_book_option(b, at, value);
		at = value + strlen(value) + 1;
	}
	return status;
}

static int part_take(struct rule_book *b, const char *bytes, size_t n,
                     uint32_t kind)
{
	switch (kind) {
	case MESSAGE_FILE:
		return file_add(b, bytes, n);
	case MESSAGE_OPTIONS:
		return options_add_all(b, bytes, n);
	default:
		return -EBADMSG;
	}
}

/* Takes FILEs and OPTIONS until COMPILE. */
static int files_take(struct rule_book *b, struct inbox *in)
{
	struct message head;
	int            status = 0;

	while (status == 0) {
		int64_t n = message_take(in);

		if (n < 0)
			return (int)n;
		memcpy(&head, in->bytes, sizeof head);
		if (head.kind == MESSAGE_COMPILE)
			return 0;
		status = part_take(b, in->bytes, (size_t)n, head.kind);
	}
	return status;
}

/* One sentence a line, each with its place. */
static int mistakes_send(const struct rule_book *b, uint32_t unwatched)
{
	struct rule_mistake m;
	char               *text = NULL;
	size_t              bytes;
	FILE               *out = open_memstream(&text, &bytes);
	int                 status = -ENOMEM;

	if (out == NULL)
		return -ENOMEM;
	for (size_t i = 0; rule_book_mistake(b, i, &m); i++)
		rule_mistake_print(&m, out);
	if (fclose(out) == 0)           /* without the end of the last line */
		status = message_send(MESSAGE_REFUSED, unwatched, text,
		                      bytes - 1);
	free(text);
	return status;
}

/* One at a time, until the core closes its end. */
static int questions_answer(struct rule_book *b, struct inbox *in)
{
	static char out[ANSWER_BYTES_MAX];
	uint32_t    length;
	int         status = 0;

	while (status == 0) {
		int64_t n = message_take(in);

		if (n >= 0)
			n = rule_book_ask(b, in->bytes, (size_t)n,
			                  out + sizeof length,
			                  sizeof out - sizeof length);
		if (n < 0)
			return (int)n;
		length = (uint32_t)n;
		memcpy(out, &length, sizeof length);
		status = write_whole(out, sizeof length + (size_t)n);
	}
	return status;
}

/* If it is the last thing that the core hears, it knows which file it was. */
static void reading_tell(uint32_t file)
{
	const struct {
		uint32_t       bytes;
		struct message head;
	} word = { sizeof word.head, { MESSAGE_READING, file } };

	(void)write_whole(&word, sizeof word);
}

/* A user's rules that could not be read are refused like wrong ones. */
static int own_add(struct rule_book *b, const struct own_rules *own)
{
	for (size_t i = 0; i < own->sources.count; i++) {
		const struct rule_source *one = &own->sources.source[i];
		int status = rule_book_add(b, one->layer, one->path, one->text,
		                           one->bytes);

		if (status < 0)
			return status;
	}
	return 0;
}

/* The life of a worker: files, an image or mistakes, then questions. */
static int serve(struct rule_book *b, const struct own_rules *own,
                 struct inbox *in)
{
	uint32_t    unwatched = own != NULL && !own->watched;
	size_t      bytes;
	const void *image;
	int         status = files_take(b, in);

	if (status < 0)
		return status;
	free(in->bytes);
	*in = (struct inbox){ 0 };
	if (own == NULL)
		rule_book_tell(b, reading_tell);
	else if (own->why[0] != '\0')
		return message_send(MESSAGE_REFUSED, unwatched, own->why,
		                    strlen(own->why));
	else
		status = own_add(b, own);
	if (status < 0)
		return status;
	if (rule_book_compile(b) < 0)
		return mistakes_send(b, unwatched);
	image = rule_book_image(b, &bytes);
	status = message_send(MESSAGE_IMAGE, unwatched, image, bytes);
	rule_book_forget_image(b);
	if (status < 0 || rule_book_counts(b).functions == 0)
		return status;
	return questions_answer(b, in);
}

/* Nothing is read from or written to a terminal or a log. */
static int standard_close(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return -errno;
	return 0;
}

/* All that needs the system is done before: what is not open never will be. */
static int seal(void)
{
	static const int outputs[] = { WIRE };
	int              status;

	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	status = standard_close();
	if (status == 0)
		status = rule_language_load();
	if (status == 0)
		status = rule_clock_start(1);
	if (status == 0)
		status = seal_prepare(WIRE);
	return status == 0 ? seal_close(WIRE, outputs, 1) : status;
}

/* Started by hand, descriptor 3 is something else or nothing. */
static bool is_wire(void)
{
	int       type;
	socklen_t size = sizeof type;

	return getsockopt(WIRE, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
	       type == SOCK_STREAM;
}

/* Leaves by _exit: what runs at an orderly end may need forbidden calls. */
int command_worker(int argc, char **argv)
{
	static struct own_rules own;
	struct rule_book *b;
	struct inbox      in = { 0 };
	int               status;

	if (argc > 2 || !is_wire()) {
		fputs("pqs-rules worker: is started by pqs, with a socket as "
		      "descriptor 3\n", stderr);
		return EXIT_USAGE;
	}
	if (argc == 2)
		own_rules_read(argv[1], &own);
	status = seal();
	if (status < 0) {
		fprintf(stderr, "pqs-rules worker: cannot be sealed: %s\n",
		        strerror(-status));
		return EXIT_UNSEALED;
	}
	b = rule_book_new();
	status = b != NULL ? serve(b, argc == 2 ? &own : NULL, &in) : -ENOMEM;
	_exit(status < 0 && status != -EPIPE ? EXIT_FAILURE : EXIT_SUCCESS);
}
