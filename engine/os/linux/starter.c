/* starter.c -- asks the keeper for workers, and hears what it says. */

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utlist.h>

#include "base/text.h"
#include "os/linux/starter.h"

static int start_here(const struct starter *st, const struct start *s)
{
	const char *user = st->user[0] != '\0' ? st->user : NULL;
	int         fd[KEEPER_FDS] = { -1, -1, -1, -1 }, r;
	pid_t       pid;

	r = s->uid == KEEPER_NO_USER
	    ? linux_spawn_worker(user, &fd[0], &fd[1], &pid)
	    : linux_spawn_own(user, s->uid, st->users_rules, &fd[0], &fd[1],
	                      &fd[2], &pid);
	return r < 0 ? r : s->here(s->self, fd);
}

static int ask_keeper(struct starter *st, struct start *s)
{
	const struct keeper_message word = { KEEPER_START, s->number, s->uid };

	if (s->asked)
		return 0;
	if (send(st->keeper.fd, &word, sizeof word,
	         MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	s->asked = true;
	DL_APPEND(st->asked, s);
	return 0;
}

int starter_start(struct starter *st, struct start *s)
{
	return st->keeper.fd >= 0 ? ask_keeper(st, s) : start_here(st, s);
}

void starter_forget(struct starter *st, struct start *s)
{
	if (!s->asked)
		return;
	s->asked = false;
	DL_DELETE(st->asked, s);
}

static struct start *asked_for(const struct starter *st, uint32_t number)
{
	struct start *s;

	DL_FOREACH(st->asked, s)
		if (s->number == number)
			return s;
	return NULL;
}

/* It will answer nobody any more. */
static void keeper_gone(struct starter *st)
{
	while (st->asked != NULL) {
		struct start *s = st->asked;

		starter_forget(st, s);
		s->refused(s->self);
	}
}

/* What comes unasked, or too late, is closed, so that nothing piles up. */
static int keeper_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct starter    *st = self;
	struct keeper_says says;
	int                r = keeper_hear(st->keeper.fd, &says);
	struct start      *s;

	(void)os;
	(void)what;
	if (r < 0)
		keeper_gone(st);
	if (r <= 0)
		return r;
	if (says.word.word == KEEPER_WELL)
		send(st->keeper.fd, &says.word, sizeof says.word,
		     MSG_DONTWAIT | MSG_NOSIGNAL);
	s = asked_for(st, says.word.wire);
	if (s == NULL || says.word.word != KEEPER_HERE || says.fd[1] < 0)
		keeper_says_close(&says);
	if (s == NULL)
		return 0;
	starter_forget(st, s);
	if (says.word.word != KEEPER_HERE || says.fd[1] < 0 ||
	    s->here(s->self, says.fd) < 0)
		s->refused(s->self);
	return 0;
}

int starter_open(struct starter *st, struct linux_os *os,
                 const struct linux_options *o)
{
	if (o->worker_user != NULL)
		text_copy(st->user, sizeof st->user, o->worker_user);
	if (o->users_rules != NULL)
		text_copy(st->users_rules, sizeof st->users_rules,
		          o->users_rules);
	st->keeper = (struct source){ o->keeper_fd, keeper_ready, st };
	return st->keeper.fd < 0 ? 0 :
	       linux_source_watch(os, &st->keeper, EPOLLIN);
}

void starter_close(struct starter *st, struct linux_os *os)
{
	if (st->keeper.fd >= 0)
		linux_source_forget(os, &st->keeper);
}
