/* exec.c -- what simulated processes run; a program that is
 * held comes later. */

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "os/sim/machine.h"

void coming_free(struct coming *c)
{
	if (c == NULL)
		return;
	program_leave(c->program);
	text_leave(c->title);
	free(c);
}

static struct coming *coming_new(const struct being *b,
                                 const struct sim_program *p)
{
	struct coming *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->program = program_new(p, b->program);
	c->title = p->title == NULL ? NULL : text_new(&p->title, 1);
	if (c->program == NULL || (c->title == NULL && p->title != NULL)) {
		coming_free(c);
		return NULL;
	}
	c->fails = p->fails;
	c->rss_bytes = p->rss_bytes;
	c->flags = p->flags;
	text_copy(c->comm, COMM_MAX,
	          p->comm == NULL ? c->program->name : p->comm);
	return c;
}

/* What it was is left behind in the struct, and goes with it. */
static void coming_swap(struct being *b, struct coming *c)
{
	struct program *program = b->program;
	struct text    *title = b->title;

	b->program = c->program;
	b->title = c->title;
	c->program = program;
	c->title = title;
}

void coming_go_on(struct sim *s, struct being *b)
{
	struct coming *c = b->coming;

	b->coming = NULL;
	if (c->fails == 0) {
		strands_end(s, b, 0);
		coming_swap(b, c);
		b->rss_bytes = c->rss_bytes;
		b->flags |= c->flags;
		b->slow = SLOW_NONE;
		b->life++;
		text_copy(b->strands->comm, COMM_MAX, c->comm);
		queue_post_task(s, EVENT_EXEC, b->id, NOBODY);
	}
	coming_free(c);
}

static int session_enter(struct sim *s, struct being *b, pid_t id)
{
	struct session *session = session_join(s, id);

	if (session == NULL)
		return -ENOMEM;
	session_leave(s, b->session);
	b->session = session;
	return 0;
}

/* What can fail comes first: after it, the old program is gone.  Sessions are
 * entered before an exec, which may be held, and not by it. */
static int being_exec(struct sim *s, struct being *b,
                      const struct sim_program *p)
{
	if (b->coming != NULL)
		return -EBUSY;
	if (group_place(s, b, p) < 0 ||
	    (p->session != 0 && session_enter(s, b, p->session) < 0))
		return -ENOMEM;
	b->coming = coming_new(b, p);
	if (b->coming == NULL)
		return -ENOMEM;
	if (guard_holds(s, b->coming->program))
		guard_detain(s, b);
	else
		coming_go_on(s, b);
	return 0;
}

/* As login does between fork and exec. */
static void become(struct sim *s, struct being *b, uid_t uid, gid_t gid)
{
	if (b->uid == uid && b->gid == gid)
		return;
	b->uid = uid;
	b->gid = gid;
	queue_post_task(s, EVENT_UID, b->id, NOBODY);
}

/* A fork and an exec, as every program begins. */
pid_t sim_exec(struct sim *s, const struct sim_program *p)
{
	struct being *b;
	int r = being_fork(s, p->parent == 0 ? s->init->id.pid : p->parent, &b);

	if (r < 0)
		return r;
	become(s, b, p->uid, p->gid);
	r = being_exec(s, b, p);
	if (r < 0) {
		sim_exit(s, b->id.pid);
		return r;
	}
	return b->id.pid;
}

int sim_exec_again(struct sim *s, pid_t pid, const struct sim_program *p)
{
	struct being *b = being_with_pid(s, pid);

	if (b == NULL)
		return -ESRCH;
	if (p->gid != 0)
		b->gid = p->gid;
	if (p->uid != 0 && p->uid != b->uid)
		sim_set_uid(s, pid, p->uid);
	return being_exec(s, b, p);
}
