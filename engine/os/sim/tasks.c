/* tasks.c -- simulated processes and threads: births and deaths. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "os/sim/machine.h"

/* The tid of a thread is no pid, though the two are numbers of one space. */
struct being *being_find(const struct sim *s, struct task_id id)
{
	struct strand *leader = strand_find(s, id.pid);

	if (leader == NULL || leader->being->id.pid != id.pid)
		return NULL;
	if (id.born != 0 && leader->being->id.born != id.born)
		return NULL;
	return leader->being;
}

struct being *being_with_pid(const struct sim *s, pid_t pid)
{
	return being_find(s, (struct task_id){ .pid = pid, .tid = pid });
}

static struct task_id strand_id(const struct strand *strand)
{
	struct task_id id = strand->being->id;

	id.tid = strand->tid;
	return id;
}

static struct strand *strand_new(struct sim *s, struct being *b, pid_t tid)
{
	uint32_t       slot;
	struct strand *strand = pool_take(&s->strands, &slot);

	if (strand == NULL)
		return NULL;
	memset(strand, 0, sizeof *strand);
	strand->slot = slot;
	strand->tid = tid;
	strand->being = b;
	strand->born_ns = s->now_ns;
	if (pid_put(s, tid, strand) < 0) {
		pool_give_back(&s->strands, slot);
		return NULL;
	}
	DL_APPEND(b->strands, strand);
	b->strand_count++;
	return strand;
}

/* The kernel tells of each thread's end, the leader's included. */
static void strand_end(struct sim *s, struct strand *strand, int status)
{
	queue_post_exit(s, strand_id(strand), status);
	pid_drop(s, strand->tid);
	DL_DELETE(strand->being->strands, strand);
	strand->being->strand_count--;
	pool_give_back(&s->strands, strand->slot);
}

/* All but the leader. */
void strands_end(struct sim *s, struct being *b, int status)
{
	while (b->strands->next != NULL)
		strand_end(s, b->strands->next, status);
}

/* No two are ever born at the same tick, so (pid, born) names one for good. */
static uint64_t next_birth(struct sim *s)
{
	s->births = s->now_ns > s->births ? s->now_ns : s->births + 1;
	return s->births;
}

/* A session has an identity of its own: its number may be used again, like a
 * pid, and its knob must not pass on to the next that has it. */
struct session *session_join(struct sim *s, pid_t id)
{
	struct session *session;

	HASH_FIND(hh, s->sessions, &id, sizeof id, session);
	if (session == NULL) {
		session = calloc(1, sizeof *session);
		if (session == NULL)
			return NULL;
		session->key = (struct task_id){ .pid = id, .tid = id,
		                                 .born = next_birth(s) };
		HASH_ADD(hh, s->sessions, key.pid, sizeof id, session);
		if (session->hh.tbl == NULL) {
			free(session);
			return NULL;
		}
	}
	session->users++;
	return session;
}

void session_leave(struct sim *s, struct session *session)
{
	if (session == NULL || --session->users > 0)
		return;
	/* The analyzer cannot know that what was in use is in the table. */
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	HASH_DEL(s->sessions, session);
	free(session);
}

static void being_free(struct sim *s, struct being *b)
{
	coming_free(b->coming);
	text_leave(b->title);
	program_leave(b->program);
	session_leave(s, b->session);
	group_leave(s, b);
	pool_give_back(&s->beings, b->slot);
}

static struct being *being_new(struct sim *s, pid_t pid)
{
	uint32_t      slot;
	struct being *b = pool_take(&s->beings, &slot);

	if (b == NULL)
		return NULL;
	memset(b, 0, sizeof *b);
	b->slot = slot;
	b->id = (struct task_id){ .pid = pid, .tid = pid,
	                          .born = next_birth(s) };
	if (strand_new(s, b, pid) == NULL) {
		pool_give_back(&s->beings, slot);
		return NULL;
	}
	return b;
}

/* As fork does it: knobs, ids, program and session are the parent's. */
static void inherit(struct being *child, struct being *parent)
{
	child->uid = parent->uid;
	child->uids_differ = parent->uids_differ;
	child->gid = parent->gid;
	child->flags = parent->flags;
	knobs_share(parent, child);
	child->program = parent->program;
	child->program->users++;
	child->title = text_share(parent->title);
	child->rss_bytes = parent->rss_bytes;
	child->session = parent->session;
	child->session->users++;
	group_inherit(parent, child);
	child->parent = parent;
	DL_APPEND(parent->children, child);
	knobs_inherit(parent->strands, child->strands);
	memcpy(child->strands->comm, parent->strands->comm, COMM_MAX);
}

int being_fork(struct sim *s, pid_t parent, struct being **ret_child)
{
	struct being *from = being_with_pid(s, parent);
	struct being *child;
	pid_t         pid;

	if (from == NULL)
		return -ESRCH;
	pid = pid_pick_for_process(s);
	if (pid < 0)
		return pid;
	child = being_new(s, pid);
	if (child == NULL)
		return -EAGAIN;
	inherit(child, from);
	queue_post_task(s, EVENT_FORK, child->id, from->id);
	*ret_child = child;
	return 0;
}

pid_t sim_fork(struct sim *s, pid_t parent)
{
	struct being *child;
	int           r = being_fork(s, parent, &child);

	return r < 0 ? r : child->id.pid;
}

/* It begins as a copy of the leader, which is who starts it here. */
pid_t sim_thread(struct sim *s, pid_t pid, const char *comm)
{
	struct being  *b = being_with_pid(s, pid);
	struct strand *strand;

	if (b == NULL)
		return -ESRCH;
	strand = strand_new(s, b, pid_pick(s));
	if (strand == NULL)
		return -EAGAIN;
	knobs_inherit(b->strands, strand);
	text_copy(strand->comm, COMM_MAX,
	          comm == NULL ? b->strands->comm : comm);
	queue_post_task(s, EVENT_THREAD, strand_id(strand), b->id);
	return strand->tid;
}

int sim_rename(struct sim *s, pid_t tid, const char *comm)
{
	struct strand *strand = strand_find(s, tid);

	if (strand == NULL)
		return -ESRCH;
	text_copy(strand->comm, COMM_MAX, comm);
	queue_post_task(s, EVENT_RENAME, strand_id(strand), NOBODY);
	return 0;
}

int sim_set_uid(struct sim *s, pid_t pid, uid_t uid)
{
	struct being *b = being_with_pid(s, pid);

	if (b == NULL)
		return -ESRCH;
	b->uid = uid;
	b->uids_differ = false;
	queue_post_task(s, EVENT_UID, b->id, NOBODY);
	return 0;
}

int sim_set_other_uid(struct sim *s, pid_t pid)
{
	struct being *b = being_with_pid(s, pid);

	if (b == NULL)
		return -ESRCH;
	b->uids_differ = true;
	queue_post_task(s, EVENT_UID, b->id, NOBODY);
	return 0;
}

/* By init; nothing here is a subreaper. */
static void adopt_children(struct sim *s, struct being *b)
{
	while (b->children != NULL) {
		struct being *child = b->children;

		DL_DELETE(b->children, child);
		DL_APPEND(s->init->children, child);
		child->parent = s->init;
	}
}

/* As exit_group() does it; the leader's end is told last. */
static void being_end(struct sim *s, struct being *b, int status)
{
	strands_end(s, b, status);
	without_orphans(b);
	adopt_children(s, b);
	DL_DELETE(b->parent->children, b);
	strand_end(s, b->strands, status);
	being_free(s, b);
}

int sim_focus(struct sim *s, pid_t pid)
{
	struct being *b = being_with_pid(s, pid);
	struct parcel p = { .kind = PARCEL_EVENT, .event.kind = EVENT_FOCUS };

	if (b == NULL)
		return -ESRCH;
	p.event.u.task.who.pid = p.event.u.task.who.tid = pid;
	return queue_post(s, s->now_ns, &p);
}

int sim_exit(struct sim *s, pid_t tid)
{
	return sim_exit_as(s, tid, 0);
}

int sim_exit_as(struct sim *s, pid_t tid, int wait_status)
{
	struct strand *strand = strand_find(s, tid);

	if (strand == NULL)
		return -ESRCH;
	if (strand->being == s->init)
		return -EPERM;
	if (tid == strand->being->id.pid)
		being_end(s, strand->being, wait_status);
	else
		strand_end(s, strand, wait_status);
	return 0;
}

/* Pid 1 is nobody's child and is not told of, as on a machine that we come to
 * late. */
int tasks_open(struct sim *s)
{
	const struct sim_program init = { .name = "init", .exe = "/sbin/init" };

	s->last_pid = SIM_PID_FIRST - 1;
	if (pool_open(&s->beings, sizeof(struct being), SIM_TASKS_MAX) < 0 ||
	    pool_open(&s->strands, sizeof(struct strand), SIM_TASKS_MAX) < 0)
		return -ENOMEM;
	s->init = being_new(s, 1);
	if (s->init == NULL)
		return -ENOMEM;
	s->init->session = session_join(s, 1);
	s->init->program = program_new(&init, NULL);
	if (s->init->session == NULL || s->init->program == NULL ||
	    group_join(s, s->init, "/") < 0)
		return -ENOMEM;
	knobs_default(s, s->init);
	group_settle(s->init);
	s->init->news = NEWS_TAKEN_IN;
	text_copy(s->init->strands->comm, COMM_MAX, "init");
	return 0;
}

void tasks_close(struct sim *s)
{
	struct strand *strand = strand_from(s, 1);

	for (; strand != NULL; strand = strand_from(s, strand->tid + 1)) {
		if (strand->tid == strand->being->id.pid)
			being_free(s, strand->being);
		pid_drop(s, strand->tid);
	}
	pool_close(&s->beings);
	pool_close(&s->strands);
}
