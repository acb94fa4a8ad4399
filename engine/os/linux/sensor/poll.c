/* poll.c -- events made up from what changed in /proc, where the kernel tells
 * none.
 *
 * Each look compares every process with what it was at the look before.  A pid
 * with another start time is another process; a process whose memory lies
 * elsewhere runs another program.
 */
#include "os/linux/sensor/poll.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/text.h"

#define LOOK_BATCH 256          /* pids fetched in one go                     */

/* A process as it was at the last look. */
struct seen {
	pid_t          pid, ppid;
	uint64_t       born;
	uint64_t       program;         /* differs after each exec            */
	uid_t          uid;
	uint32_t       look;            /* when it was last there             */
	bool           fresh;           /* not told yet                       */
	char           comm[COMM_MAX];
	UT_hash_handle hh;
};

struct poller {
	struct linux_os     *os;
	const struct procfs *procfs;
	uint64_t             period_ns, due_ns;
	uint32_t             look;
	bool                 fresh;     /* some are                           */
	struct seen         *all;       /* by pid                             */
};

static struct seen *poller_find(const struct poller *p, pid_t pid)
{
	struct seen *s;

	HASH_FIND(hh, p->all, &pid, sizeof pid, s);
	return s;
}

static void poller_tell(struct poller *p, enum event_kind kind,
                        const struct seen *s)
{
	struct event e = { .kind = kind };

	e.u.task.who = (struct task_id){ s->pid, s->pid, s->born };
	if (kind == EVENT_EXIT)
		e.u.task.status = STATUS_UNKNOWN;
	if (kind == EVENT_FORK)
		e.u.task.parent = (struct task_id){ .pid = s->ppid,
		                                    .tid = s->ppid };
	(void)linux_queue(p->os, &e);   /* a full line says so itself         */
}

/* Each exec lays out memory anew, so that running the same file again shows
 * too, as far as we may see where a task's memory lies. */
static uint64_t program_of(const struct poller *p, pid_t pid,
                           const struct proc_stat *stat)
{
	char     exe[PATH_KEEP] = "";
	uint64_t file;
	bool     deleted;

	if (procfs_exe(p->procfs, pid, exe, sizeof exe, &deleted) < 0)
		exe[0] = '\0';
	file = text_hash(exe, strlen(exe));
	return file << 32 ^ stat->start_code ^ stat->start_stack << 1;
}

/* What is there now; false: it is gone, or as good as. */
static bool seen_fill(const struct poller *p, pid_t pid, struct seen *ret_now)
{
	struct proc_stat stat;

	if (procfs_stat(p->procfs, pid, &stat) < 0 ||
	    (strchr("ZXx", stat.state) != NULL && stat.threads <= 1) ||
	    procfs_owner(p->procfs, pid, &ret_now->uid) < 0)
		return false;
	ret_now->pid = pid;
	ret_now->ppid = stat.ppid;
	ret_now->born = stat.born;
	ret_now->program = program_of(p, pid, &stat);
	ret_now->look = p->look;
	(void)text_copy(ret_now->comm, sizeof ret_now->comm, stat.comm);
	return true;
}

static struct seen *seen_new(struct poller *p, pid_t pid)
{
	struct seen *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;            /* the next look may have memory      */
	s->pid = pid;
	HASH_ADD(hh, p->all, pid, sizeof s->pid, s);
	return s;
}

static void seen_keep(struct seen *s, const struct seen *now)
{
	s->ppid = now->ppid;
	s->born = now->born;
	s->program = now->program;
	s->uid = now->uid;
	s->look = now->look;
	memcpy(s->comm, now->comm, sizeof s->comm);
}

/* An exec changes the comm too: that is one event. */
static void seen_compare(struct poller *p, struct seen *s,
                         const struct seen *now)
{
	bool execed = s->program != now->program;
	bool renamed = strcmp(s->comm, now->comm) != 0;
	bool user = s->uid != now->uid;

	seen_keep(s, now);
	if (execed)
		poller_tell(p, EVENT_EXEC, s);
	else if (renamed)
		poller_tell(p, EVENT_RENAME, s);
	if (user)
		poller_tell(p, EVENT_UID, s);
}

/* One pid of the listing.  A birth is told only when all are met: its parent
 * may come later. */
static void poller_meet(struct poller *p, pid_t pid)
{
	struct seen  now = { 0 };
	struct seen *s = poller_find(p, pid);

	if (!seen_fill(p, pid, &now))
		return;
	if (s != NULL && s->born == now.born) {
		seen_compare(p, s, &now);
		return;
	}
	if (s != NULL)
		poller_tell(p, EVENT_EXIT, s);
	else
		s = seen_new(p, pid);
	if (s == NULL)
		return;
	seen_keep(s, &now);
	s->fresh = p->fresh = true;
}

static int by_birth(const struct seen *a, const struct seen *b)
{
	if (a->born != b->born)
		return a->born < b->born ? -1 : 1;
	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

/* Parents before children.  Who runs what its parent runs has only forked. */
static void births_tell(struct poller *p)
{
	const struct seen *parent;

	HASH_SRT(hh, p->all, by_birth);
	for (struct seen *s = p->all; s != NULL; s = s->hh.next) {
		if (!s->fresh)
			continue;
		s->fresh = false;
		poller_tell(p, EVENT_FORK, s);
		parent = poller_find(p, s->ppid);
		if (parent == NULL || parent->program != s->program)
			poller_tell(p, EVENT_EXEC, s);
	}
	p->fresh = false;
}

/* A listing that broke off proves nobody's absence. */
static int everyone_meet(struct poller *p)
{
	pid_t    pids[LOOK_BATCH];
	uint64_t cursor = 0;
	int      n;

	p->look++;
	while ((n = procfs_list(p->procfs, &cursor, pids, LOOK_BATCH)) > 0)
		for (int i = 0; i < n; i++)
			poller_meet(p, pids[i]);
	return n;
}

/* Whoever was not met in this look has ended. */
static void absent_drop(struct poller *p)
{
	struct seen *s, *next;

	HASH_ITER(hh, p->all, s, next) {
		if (s->look == p->look)
			continue;
		poller_tell(p, EVENT_EXIT, s);
		assert((s->hh.prev == NULL) == (s == p->all));
		HASH_DEL(p->all, s);
		free(s);
	}
}

int poller_open(struct linux_os *os, const struct procfs *procfs,
                int64_t period_ns, struct poller **ret_poller)
{
	struct poller *p = calloc(1, sizeof *p);
	int            r;

	if (p == NULL)
		return -ENOMEM;
	p->os = os;
	p->procfs = procfs;
	p->period_ns = (uint64_t)period_ns;
	r = everyone_meet(p);
	if (r < 0) {
		poller_close(p);
		return r;
	}
	/* Who is there already is found by listing, like everywhere. */
	for (struct seen *s = p->all; s != NULL; s = s->hh.next)
		s->fresh = false;
	p->due_ns = linux_now_ns() + p->period_ns;
	*ret_poller = p;
	return 0;
}

uint64_t poller_due_ns(const struct poller *p)
{
	return p->due_ns;
}

void poller_look(struct poller *p, uint64_t now_ns)
{
	bool all = everyone_meet(p) == 0;

	/* Births first: the parent may have left since. */
	if (p->fresh)
		births_tell(p);
	if (all)
		absent_drop(p);
	p->due_ns = now_ns + p->period_ns;
}

void poller_close(struct poller *p)
{
	struct seen *s, *next;

	if (p == NULL)
		return;
	s = p->all;
	HASH_CLEAR(hh, p->all);
	for (; s != NULL; s = next) {
		next = s->hh.next;
		free(s);
	}
	free(p);
}
