/* commanding.h -- a real pqs that listens, and those who ask it. */
#ifndef E2E_COMMANDING_H
#define E2E_COMMANDING_H

#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/client.h"
#include "running.h"

#define USER   4242
#define STATUS "{\"pqs\":1,\"ask\":\"status\"}\n"

static struct running r;
static struct running other;            /* for what commands print            */
static char           socket_path[200];

static inline void prepare(void)
{
	running_prepare(&r, "rule \"one\" { match = process { name = "
	                    "\"e2ectl\" }, want = { nice = 7 } }", "");
	snprintf(socket_path, sizeof socket_path, "%s/journal/control.sock",
	         r.folder);
	memset(&other, 0, sizeof other);
	other.out = -1;
}

static inline void clear(void)
{
	if (other.out >= 0)
		close(other.out);
	running_clear(&r);
}

static inline int command(char *const *words)
{
	return running_command(&other, words);
}

#define COMMAND(...) command((char *[]){ __VA_ARGS__, NULL })

static inline char *config_path(void)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/pqs.yaml", r.folder);
	return path;
}

static inline void assert_printed(const char *text)
{
	ck_assert_msg(strstr(other.text, text) != NULL,
	              "'%s' was not printed:\n%s", text, other.text);
}

/* What the line is answered, until the first end or error. */
static inline void ask_as(uid_t uid, const char *line, char *ret, size_t size)
{
	int     ends[2];
	size_t  used = 0;
	ssize_t n;
	pid_t   pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		struct client c;
		char         *text;
		int64_t       bytes;

		if (uid != 0 && (setgroups(0, NULL) < 0 ||
		                 setresgid(uid, uid, uid) < 0 ||
		                 setresuid(uid, uid, uid) < 0))
			_exit(9);
		if (client_open(&c, socket_path) < 0 ||
		    client_say(&c, line, strlen(line)) < 0)
			_exit(8);
		do {
			bytes = client_hear(&c, 20000, &text);
			if (bytes < 0)
				_exit(7);
			text[bytes] = '\n';
			if (write(ends[1], text, (size_t)bytes + 1) < 0)
				_exit(6);
			text[bytes] = '\0';
		} while (strstr(text, "\"end\":") == NULL &&
		         strstr(text, "\"error\":") == NULL);
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], ret + used, size - 1 - used)) > 0)
		used += (size_t)n;
	ret[used] = '\0';
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

/* Each does one bad thing and goes on to the next; those who hang on are let go
 * of at the end. */
static inline void be_hostile(int which, int *ret_fd)
{
	static char   bytes[100000];
	struct client c;

	*ret_fd = -1;
	if (client_open(&c, socket_path) < 0)
		return;
	memset(bytes, which % 2 ? 'x' : '{', sizeof bytes);
	switch (which % 8) {
	case 0:         /* says nothing                                       */
		break;
	case 1:         /* half a line                                        */
		(void)send(c.fd, STATUS, 10, MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 2:         /* a line without end                                 */
	case 3:
		(void)send(c.fd, bytes, sizeof bytes,
		           MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 4:         /* asks, and never reads                              */
		for (int i = 0; i < 200; i++)
			(void)send(c.fd, STATUS, strlen(STATUS),
			           MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 5:         /* garbage                                            */
		for (size_t i = 0; i < 4096; i++)
			bytes[i] = (char)(i * 31 + (size_t)which);
		(void)send(c.fd, bytes, 4096, MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 6:         /* asks and leaves                                    */
		(void)send(c.fd, STATUS, strlen(STATUS),
		           MSG_NOSIGNAL | MSG_DONTWAIT);
		client_close(&c);
		return;
	default:        /* no text at all                                     */
		(void)send(c.fd, "\0\0\0\n\n\n\xff\n", 8,
		           MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	}
	*ret_fd = c.fd;
}

static inline char *word(const char *format, ...)
{
	static char words[8][256];
	static int  next;
	char       *w = words[next++ % 8];
	va_list     args;

	va_start(args, format);
	vsnprintf(w, sizeof words[0], format, args);
	va_end(args);
	return w;
}

#define PQS(verb, ...) COMMAND(word(verb), word("--socket"), \
                               word("%s", socket_path), __VA_ARGS__)

#endif
