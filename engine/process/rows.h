/* rows.h -- how the table keeps its rows; for the files of the table alone.
 *
 * A row is found by pid while its process lives.  It stays while rows name it
 * as their parent, so a chain of parents never has a hole; what the last child
 * leaves behind is freed up to the first that is alive or has others.
 */
#ifndef PROCESS_ROWS_H
#define PROCESS_ROWS_H

#define HASH_NONFATAL_OOM 1
/* All keys are pids, which come one after the other. */
#define HASH_FUNCTION(key, bytes, hash) \
	((hash) = (unsigned)*(const pid_t *)(key))
#include <uthash.h>
#include <utlist.h>

#include "base/pool.h"
#include "os/os.h"
#include "process/table.h"

#define SLOT_NONE  UINT32_MAX
/* As many dead rows as living ones; the slots of threads come after. */
#define ROWS_MAX   (2 * PROCESSES_MAX)

struct thread {
	struct task    task;            /* first: a task is the row it is in  */
	struct thread *prev, *next;     /* of the same process                */
	UT_hash_handle by_tid;
	uint32_t       listing;         /* the last one that saw it           */
	bool           comm_known;
};

struct row {
	struct task    task;            /* first                              */
	struct row    *parent;          /* at birth; NULL at the top          */
	struct row    *children;
	struct row    *prev, *next;     /* children of the same parent        */
	struct row    *prev_forked, *next_forked;
	struct thread *threads;
	UT_hash_handle by_pid;
	uint64_t       forked_ns;
	uint64_t       met_ns;
	pid_t          met_ppid;        /* whose child it was then; 0: facts
	                                   tell, or nobody's                  */
	uint32_t       listing;         /* the last one that saw it           */
	uint32_t       threads_listing; /* the last one that saw its threads  */
	bool           forked;          /* waits for an exec                  */
	bool           met;             /* known by listing, at met_ns        */
	char          *line;            /* cmdline joined, or args split      */
	size_t         line_bytes;
	uint64_t       program_ns;      /* when it was forked, or last exec'd */
	uint64_t       line_ns;         /* command line: when asked for       */
	uint64_t       drift_ns;        /* what drifts was true then          */
	bool           line_asked;
	bool           line_doubted;    /* and is asked for again             */
	char          *app;             /* list; NULL: not derived yet        */
	size_t         app_bytes;
	char          *container;       /* as it was last told                */
	char          *ancestors;
	size_t         ancestors_room;
	struct facts   facts;
};

/* What the user works with. */
struct focus {
	struct task_id on;              /* pid 0: nothing                     */
	char           unit[NAME_KEEP]; /* "": none of its own                */
};

struct table {
	const struct sensor *sensor;
	struct pool          rows, threads;
	struct row          *by_pid;
	struct thread       *by_tid;
	struct row          *forked;    /* oldest first                       */
	void               (*died)(void *ctx, struct task *who);
	void                *died_ctx;
	int                (*home)(void *ctx, struct task_id whom,
	                           const char *group, char *ret_place,
	                           size_t size);
	void                *home_ctx;
	uint64_t             keep;      /* facts read from the start on       */
	bool                 missed;    /* some could not be read just now    */
	struct focus         focus;
	uint32_t             listing;
	size_t               living, dead, thread_count;
	size_t               refused, cut;
	void               (*forgotten)(void *ctx, struct task_id id);
	void                *forgotten_ctx;
};

static inline struct row *row_of(const struct table *t, uint32_t slot)
{
	return pool_at(&t->rows, slot);
}

static inline struct thread *thread_of(const struct table *t, uint32_t slot)
{
	return pool_at(&t->threads, slot - ROWS_MAX);
}

/* Whoever lives under that pid or tid now. */
struct row    *row_with_pid(struct table *t, pid_t pid);
/* NULL: it has no row. */
struct thread *thread_with_tid(struct table *t, pid_t tid);
/* The living row at or after *slot, which is moved past it; NULL at the end. */
struct row    *row_next(const struct table *t, uint32_t *slot);
/* The living row of that very process; NULL when it is another's by now. */
struct row    *row_find(struct table *t, struct task_id id);

/* A living row without parent.  0, -ENOBUFS: at the bound, or -ENOMEM; both are
 * counted.  Nobody may live under its pid. */
int  row_new(struct table *t, struct task_id id, uint64_t now_ns,
             struct row **ret_row);
/* A process that nobody told the birth of: as row_new(), its parent being who
 * that is now; or -ESRCH when it is gone. */
int  row_arrive(struct table *t, struct task_id id, uint64_t now_ns,
                struct row **ret_row);
/* Told of by table_on_death(); its threads' rows go, its own stays while it has
 * descendants. */
void row_die(struct table *t, struct row *row);
/* Sets its birth, once known, for its threads too. */
void row_born(struct row *row, uint64_t born);
/* In the line of those that were forked and may yet exec. */
void row_wait(struct table *t, struct row *row, uint64_t now_ns);
/* It is no fork any more whose exec is awaited. */
void row_wait_no_more(struct table *t, struct row *row);
/* Frees what it holds, not the row. */
void row_clear(struct row *row);
/* Gives the place back; only for a dead row without children. */
void row_free(struct table *t, struct row *row);

/* 0, -ENOBUFS past THREADS_MAX, or -ENOMEM; both are counted. */
int  thread_new(struct table *t, struct row *process, pid_t tid,
                uint64_t now_ns, struct thread **ret_thread);
void thread_free(struct table *t, struct thread *thread);
void threads_free(struct table *t, struct row *process);

/* Makes parent the parent of a row that has none; does nothing when it has one,
 * when there is none, or when that would close a circle. */
void lineage_link(struct row *child, struct row *parent);
/* A process died: it stays while it has children. */
void lineage_bury(struct table *t, struct row *row);
/* Lets go of dead ancestors that are too far away to be looked at; NULL is
 * fine. */
void lineage_trim(struct table *t, const struct row *youngest);

/* What a sensor is asked for when a rule asks for that fact. */
uint64_t facts_behind(enum fact fact);
/* Reads what is wanted and not known: as sensor.facts(). */
int  row_read(struct table *t, struct row *row, uint64_t which);
/* Takes the birth that was read for its own: 0, -ESRCH: it has another. */
int  row_identify(struct row *row);
/* A program that ran when it was met is taken for as old as its process. */
void row_date(struct row *row);
/* Whether it belongs to what the user works with: 1, 0, -ENODATA when that
 * cannot be told, -EINPROGRESS or -ESRCH. */
int  row_focused(struct table *t, struct row *row);
/* Another program runs in it from now on. */
void row_exec(struct table *t, struct row *row, uint64_t at_ns);
/* Reads again a command line that is in doubt. */
void row_renew(struct table *t, struct row *row);
/* Facts that are read anew when they are asked for, with all that follows from
 * them: of the mask; of the program; of its user; and those that its comm
 * tells. */
void row_forget(struct row *row, uint64_t which);
void row_forget_program(struct row *row);
void row_forget_owner(struct row *row);
void row_forget_comm(struct row *row);
/* As far as its start_time was read; else false. */
bool row_is_kernel_thread(const struct row *row);
/* Their parent died, and the kernel gave them another. */
void children_forget_ppid(struct row *row);
/* A fork runs its parent's program: of the facts to keep, what the parent knows
 * and the child has from it. */
void row_inherit(const struct table *t, struct row *child,
                 const struct row *parent);

#endif
