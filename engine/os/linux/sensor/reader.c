/* reader.c -- the thread that reads what may be slow to read.
 *
 * A request is asked for, goes out, comes back, is told, and is fetched.  One
 * that takes too long is told before it is back; if it is fetched then, it is
 * an orphan, and freed when the reader hands it in.
 */
#include <pthread.h>

#include "os/linux/sensor/reader.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uthash.h>

#include "os/linux/thread.h"

_Static_assert((SLOW_READS_MAX & (SLOW_READS_MAX - 1)) == 0,
               "a ring is indexed by masking");

/* Who asks for what: the same question is not asked twice.  One about other
 * variables of the environment is another. */
struct slow_key {
	struct task_id whom;
	uint64_t       what;
};

struct slow {
	struct slow_key    key;
	uint64_t           until_ns;    /* awaited, then kept until then      */
	enum slow_kind     kind;
	struct env_names  *names;       /* SLOW_ENVIRONMENT: those asked for  */
	bool               out;         /* the reader has it                  */
	bool               orphan;      /* and nobody waits for it any more   */
	atomic_bool        cancelled;   /* tells the reader not to bother     */
	struct slow_answer answer;
	UT_hash_handle     hh;
};

/* One side pushes, the other pops; there are never more than SLOW_READS_MAX
 * requests, so it cannot be full. */
struct ring {
	atomic_uint  head, tail;
	struct slow *item[SLOW_READS_MAX];
};

struct reader {
	struct linux_os     *os;
	const struct procfs *procfs;
	struct source        back;      /* eventfd: something came back       */
	int                  wake_fd;   /* eventfd: something to do           */
	pthread_t            thread;
	bool                 started;
	atomic_bool          stop;
	uint64_t             deadline_ns;
	unsigned             count;     /* requests that exist                */
	uint64_t             refused;
	struct env_names    *names;     /* NULL: none                         */
	uint64_t             names_count;       /* sets of names so far       */
	struct ring          todo, done;
	struct slow         *waiting, *ready;   /* each oldest first          */
};

/* What was written before the tail moved is seen by whoever sees it moved. */
static void ring_push(struct ring *g, struct slow *s)
{
	unsigned tail = atomic_load_explicit(&g->tail, memory_order_relaxed);

	g->item[tail & (SLOW_READS_MAX - 1)] = s;
	atomic_store_explicit(&g->tail, tail + 1, memory_order_release);
}

static struct slow *ring_pop(struct ring *g)
{
	unsigned head = atomic_load_explicit(&g->head, memory_order_relaxed);
	struct slow *s;

	if (head == atomic_load_explicit(&g->tail, memory_order_acquire))
		return NULL;
	s = g->item[head & (SLOW_READS_MAX - 1)];
	atomic_store_explicit(&g->head, head + 1, memory_order_release);
	return s;
}

static void bell_ring(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof one);     /* full is as good as rung    */
}

static int exe_check(const struct procfs *p, pid_t pid)
{
	char path[PATH_MAX + 1];
	bool deleted;
	int  r = procfs_exe(p, pid, path, sizeof path, &deleted);

	return r < 0 ? r : procfs_exe_is_ours(p, pid, path, deleted, true);
}

/* Runs on the reader thread, and so may wait. */
static int slow_read(const struct procfs *p, const struct slow *s,
                     struct slow_answer *a)
{
	switch (s->kind) {
	case SLOW_ARGUMENTS:
		return aside_arguments(p, s->key.whom, &a->read);
	case SLOW_ENVIRONMENT:
		return aside_environment(p, s->key.whom, s->names, &a->read);
	case SLOW_EXE:
		return exe_check(p, s->key.whom.pid);
	case SLOW_USER:
		return users_look_up(a->id, a->name, sizeof a->name);
	case SLOW_GROUP:
		return users_look_up_group(a->id, a->name, sizeof a->name);
	}
	return -EINVAL;
}

static void slow_do(const struct procfs *p, struct slow *s)
{
	if (!atomic_load(&s->cancelled))
		s->answer.result = slow_read(p, s, &s->answer);
}

static void *reader_main(void *self)
{
	struct reader *r = self;
	struct slow   *s;
	uint64_t       rung;

	while (!atomic_load(&r->stop)) {
		if (read(r->wake_fd, &rung, sizeof rung) < 0)
			continue;
		while (!atomic_load(&r->stop) &&
		       (s = ring_pop(&r->todo)) != NULL) {
			slow_do(r->procfs, s);
			ring_push(&r->done, s);
			bell_ring(r->back.fd);
		}
	}
	return NULL;
}

static void slow_free(struct reader *r, struct slow *s)
{
	env_names_leave(s->names);
	free(s->answer.read.text);
	free(s);
	r->count--;
}

/* It has been answered or has taken too long, and can be had now. */
static void slow_tell(struct reader *r, struct slow *s, uint64_t now_ns)
{
	struct event e = { .kind = EVENT_FACTS, .at_ns = now_ns };

	e.u.task.who = s->key.whom;
	HASH_DEL(r->waiting, s);
	HASH_ADD(hh, r->ready, key, sizeof s->key, s);
	s->until_ns = now_ns + r->deadline_ns;
	(void)linux_queue(r->os, &e);   /* a full line says so itself         */
}

/* A cancelled one was told when its time was over. */
static void slow_returned(struct reader *r, struct slow *s, uint64_t now_ns)
{
	s->out = false;
	if (s->orphan)
		slow_free(r, s);
	else if (!atomic_load(&s->cancelled))
		slow_tell(r, s, now_ns);
}

/* One ring of the bell may stand for many answers. */
static int reader_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct reader *r = self;
	struct slow   *s;
	uint64_t       rung, now = linux_now_ns();

	(void)os, (void)what;
	(void)!read(r->back.fd, &rung, sizeof rung);
	while ((s = ring_pop(&r->done)) != NULL)
		slow_returned(r, s, now);
	return 0;
}

/* Takes an answer out; what the reader still has is freed when it is back. */
static void slow_take(struct reader *r, struct slow *s,
                      struct slow_answer *ret_answer)
{
	HASH_DEL(r->ready, s);
	if (s->out) {
		s->orphan = true;
		*ret_answer = (struct slow_answer){ .result = -ETIMEDOUT };
		return;
	}
	*ret_answer = s->answer;
	s->answer.read.text = NULL;
	slow_free(r, s);
}

/* Answers that nobody came for: their tasks are gone. */
static void ready_sweep(struct reader *r, uint64_t now_ns)
{
	struct slow_answer unclaimed;

	while (r->ready != NULL && r->ready->until_ns <= now_ns) {
		assert(r->ready->hh.prev == NULL);
		slow_take(r, r->ready, &unclaimed);
		free(unclaimed.read.text);
	}
}

struct reader *reader_new(struct linux_os *os, const struct procfs *procfs,
                          uint64_t deadline_ns)
{
	struct reader *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->os = os;
	r->procfs = procfs;
	r->deadline_ns = deadline_ns;
	r->wake_fd = eventfd(0, EFD_CLOEXEC);
	r->back = (struct source){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	                           reader_ready, r };
	if (r->wake_fd >= 0 && r->back.fd >= 0)
		return r;
	reader_free(r);
	return NULL;
}

static int reader_start(struct reader *r)
{
	int error;

	if (r->started)
		return 0;
	error = linux_source_watch(r->os, &r->back, EPOLLIN);
	if (error == 0)
		error = linux_thread_start(&r->thread, reader_main, r);
	r->started = error == 0;
	return error;
}

static void slows_free(struct reader *r, struct slow *s)
{
	for (struct slow *next; s != NULL; s = next) {
		next = s->hh.next;
		slow_free(r, s);
	}
}

/* Whatever is in the rings is also in a table, except orphans. */
void reader_free(struct reader *r)
{
	struct slow *s, *waiting, *ready;

	if (r == NULL)
		return;
	waiting = r->waiting;
	ready = r->ready;
	HASH_CLEAR(hh, r->waiting);
	HASH_CLEAR(hh, r->ready);
	if (r->started) {
		atomic_store(&r->stop, true);
		bell_ring(r->wake_fd);
		(void)pthread_join(r->thread, NULL);
	}
	while ((s = ring_pop(&r->todo)) != NULL ||
	       (s = ring_pop(&r->done)) != NULL)
		if (s->orphan)
			slow_free(r, s);
	slows_free(r, waiting);
	slows_free(r, ready);
	linux_source_forget(r->os, &r->back);
	env_names_leave(r->names);
	if (r->wake_fd >= 0)
		close(r->wake_fd);
	if (r->back.fd >= 0)
		close(r->back.fd);
	free(r);
}

int reader_env(struct reader *r, const char *const *names, size_t count)
{
	struct env_names *fresh = env_names_new(names, count);

	if (fresh == NULL)
		return -ENOMEM;
	env_names_leave(r->names);
	r->names = fresh;
	r->names_count++;
	return 0;
}

/* A new request, on its way. */
static int slow_start(struct reader *r, const struct slow_key *key,
                      enum slow_kind kind, uint32_t id, uint64_t now_ns)
{
	struct slow *s;
	int          error;

	if (r->count == SLOW_READS_MAX) {
		r->refused++;
		return -ENOBUFS;
	}
	error = reader_start(r);
	if (error < 0)
		return error;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;
	s->key = *key;
	s->kind = kind;
	s->until_ns = now_ns + r->deadline_ns;
	s->answer.id = id;
	if (kind == SLOW_ENVIRONMENT && r->names != NULL) {
		s->names = r->names;
		s->names->users++;
	}
	s->out = true;
	HASH_ADD(hh, r->waiting, key, sizeof s->key, s);
	r->count++;
	ring_push(&r->todo, s);
	bell_ring(r->wake_fd);
	return -EINPROGRESS;
}

int reader_ask(struct reader *r, struct task_id whom, enum slow_kind kind,
               uint32_t id, uint64_t now_ns, struct slow_answer *ret_answer)
{
	struct slow_key key = { whom, (uint64_t)kind };
	struct slow    *s;

	if (kind == SLOW_ENVIRONMENT)
		key.what |= r->names_count << 8;
	HASH_FIND(hh, r->ready, &key, sizeof key, s);
	if (s != NULL) {
		slow_take(r, s, ret_answer);
		return 0;
	}
	HASH_FIND(hh, r->waiting, &key, sizeof key, s);
	if (s != NULL)
		return -EINPROGRESS;
	ready_sweep(r, now_ns);
	return slow_start(r, &key, kind, id, now_ns);
}

/* The table keeps the order of asking, so the first is due first. */
uint64_t reader_due_ns(const struct reader *r)
{
	return r->waiting == NULL ? UINT64_MAX : r->waiting->until_ns;
}

void reader_expire(struct reader *r, uint64_t now_ns)
{
	struct slow *s;

	while ((s = r->waiting) != NULL && s->until_ns <= now_ns) {
		atomic_store(&s->cancelled, true);
		slow_tell(r, s, now_ns);
	}
}

uint64_t reader_refused(const struct reader *r)
{
	return r->refused;
}
