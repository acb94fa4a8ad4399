/* os.h -- the doors to the outside, and all that pqs asks of a system.
 *
 * A sensor says what happens and what is so; an actuator turns knobs; a store
 * keeps records; a wire carries messages to and from the rules worker; a guard
 * holds programs at their start; at a gate come those who ask a running pqs; a
 * workshop does what the loop cannot wait for.  linux, darwin and sim each fill
 * them, and nothing else in the core knows which one it talks to: that is why
 * the simulator can order and fail everything.
 *
 * All that comes from outside, answers included, comes through sensor.next().
 */
#ifndef OS_OS_H
#define OS_OS_H

#include <stddef.h>

#include "model/event.h"
#include "model/facts.h"
#include "model/host_bounds.h"
#include "model/want.h"

/* What the loaded rules can make use of; nothing else need be watched. */
struct interest {
	bool     threads;       /* births and names of single threads         */
	bool     forks;         /* always set today: lineage needs them       */
	uint64_t host;          /* HOST_BIT of the facts that rules read      */
	/* Which changes of them matter, HOST_COUNT in all; copied.  NULL: those
	 * of a step. */
	const struct host_bounds *bounds;
	/* Names of environment variables that rules spell out, lent for the
	 * call; of any other none is kept.  At most ENV_NAMES_MAX. */
	const char *const *env;
	size_t   env_count;
};

struct sensor {
	const char *name;       /* "proc connector", "polling /proc", "sim"   */
	void       *self;
	/* Waits until something happened or the clock is past wake_ns
	 * (monotonic; UINT64_MAX: no limit; 0: do not wait).  Up to max events,
	 * oldest first; 0 when the time came; -errno. */
	int      (*next)(void *self, uint64_t wake_ns,
	                 struct event *ret_events, size_t max);
	int      (*watch)(void *self, const struct interest *what);
	/* Some of the living processes, from *cursor (0 at first) on, by rising
	 * pid; 0 when all were seen.  'born' may be 0. */
	int      (*list)(void *self, uint64_t *cursor,
	                 struct task_id *ret_tasks, size_t max);
	/* The same for the threads of one process, its leader among them. */
	int      (*threads)(void *self, pid_t pid, uint64_t *cursor,
	                    pid_t *ret_tids, size_t max);
	/* When that thread was born, as start_time is of its process: 0,
	 * -ESRCH, -errno. */
	int      (*thread_start)(void *self, struct task_id thread,
	                         uint64_t *ret_ns);
	/* Reads the wanted facts that f does not hold yet into f.  0: each is
	 * known or unreadable now; -EINPROGRESS: some are slow and will come
	 * with EVENT_FACTS, after which the same call has them; -ESRCH: gone.
	 * For a thread: name and comm are its own, the rest its process's.  The
	 * cgroup of who is in a group of ours may be that group's text, without
	 * a '/' and with no unit: where it would be without pqs its record
	 * tells. */
	int      (*facts)(void *self, struct task_id whom, uint64_t which,
	                  struct facts *f);
	/* The first look at a process that was listed, where it comes cheaper
	 * than facts(): 0 with whose child it is now, or 0, and in f what else
	 * that look told; -ESRCH: gone; -errno: facts() tells.  NULL: it always
	 * does. */
	int      (*glimpse)(void *self, pid_t pid, struct facts *f,
	                    pid_t *ret_ppid);
	/* The present value of a fact about the machine: 0, -ENODATA when
	 * nothing here tells it. */
	int      (*host)(void *self, enum host_fact fact, int64_t *ret_value);
	uint64_t (*now_ns)(void *self);         /* monotonic                  */
	/* Whether more had happened by the end of that wait than next() could
	 * give, though it had room; NULL: never. */
	bool     (*is_behind)(void *self);
	/* When the wait in the last next() was over; NULL: as that returned. */
	uint64_t (*woken_ns)(void *self);
	/* CPU time of the calling thread; NULL: nobody tells. */
	uint64_t (*cpu_ns)(void *self);
	/* What this process itself has used and uses: 0 or -errno. */
	int      (*usage)(void *self, uint64_t *ret_cpu_ns,
	                  uint64_t *ret_rss_bytes);
	void     (*close)(void *self);
};

enum effect {
	EFFECT_APPLIED,
	EFFECT_ALREADY,
	EFFECT_DENIED,          /* the caller lacks something; why says what  */
	EFFECT_UNSUPPORTED,     /* this system has no such knob               */
	EFFECT_INERT,           /* it turned, and moves nothing; why says why */
	EFFECT_GONE,            /* the task left meanwhile; not an error      */
	EFFECT_UNDERWAY,        /* how it went is told after EVENT_TURNED     */
	EFFECTS
};

/* For people and for the journal: "applied", "denied", ... */
const char *effect_name(enum effect e);

/* Why a process cannot have what is a single thread's. */
#define ACTUATOR_SINGLE "is for single threads: match = thread { }"
#define ACTUATOR_FOR_GOOD "cannot be put back"

struct turned {
	enum effect effect;
	const char *why;        /* static text, "" when there is nothing to say */
	int64_t     now;        /* the value read back                        */
};

/* How it went with what had been under way. */
struct landed {
	struct task_id whom;            /* pid 0: of the group 'group'        */
	int64_t        group;
	enum setting   setting;
	int64_t        wanted;
	struct turned  turned;
	bool           in_doubt;        /* DENIED, but it may yet come true   */
};

/* Settings of the session are recorded under the session's own key, so that
 * two tasks of one session share one origin. */
struct actuator {
	const char *name;
	void       *self;
	uint64_t    can;        /* SETTING_BIT of what this system has at all */
	/* Why this system can give nobody that value of s, a knob or an intent
	 * that stands for none, as static text; NULL: it may be tried. */
	const char *(*lacks)(void *self, enum setting s, int64_t value);
	/* What that value of s, which the system does not lack, stands for on
	 * this machine now: of kinds of cores the CPUs; else the same value. */
	int64_t (*means)(void *self, enum setting s, int64_t value);
	/* Takes hold of one living process, so that its pid cannot come to mean
	 * another one unnoticed until let_go().  whom.born 0: whoever has that
	 * pid now.  0, -ESRCH (gone, or another one).  One grip at a time. */
	int  (*grip)(void *self, struct task_id whom);
	/* 0 while the gripped process is still that one; else -ESRCH. */
	int  (*proven)(void *self);
	void (*let_go)(void *self);
	/* Says what pqs, perhaps one that died, left of s, to the read() of it
	 * that comes next.  For what the system moves on by itself, or does not
	 * keep. NULL: there is no such knob. */
	void (*remind)(void *self, struct task_id whom, enum setting s,
	               int64_t left);
	/* The present value of one knob of one thread (tid of the gripped
	 * process): 0, -ESRCH, or -errno where it cannot be read. */
	int  (*read)(void *self, struct task_id whom, enum setting s,
	             int64_t *ret_value);
	/* The apply() that comes next may make a change that this process could
	 * not put back; else that is DENIED (ACTUATOR_FOR_GOOD).  NULL: all can
	 * be put back. */
	void (*for_good)(void *self);
	/* Whether the gripped process had that value of s a moment ago, so that
	 * there is no need to read() it; false where nobody looked, and for a
	 * single thread.  NULL: nobody ever does. */
	bool (*had)(void *self, struct task_id whom, enum setting s,
	            int64_t value);
	/* Turns one knob of one thread and reads it back.  Never -errno: how it
	 * went is in *ret.  UNDERWAY only of settings that reach further than a
	 * thread: it goes on after let_go(), of that very process or of nobody,
	 * and until it has landed read() gives what is so by then and no other
	 * value of that setting of it is asked for. */
	void (*apply)(void *self, struct task_id whom, enum setting s,
	              int64_t value, struct turned *ret);
	/* What apply() would come to, as far as it can be told without turning
	 * anything; for_good: as after for_good().  *ret is left alone where
	 * nothing speaks against it.  NULL: nobody knows. */
	void (*foresee)(void *self, struct task_id whom, enum setting s,
	                int64_t value, bool for_good, struct turned *ret);
	/* The next of what was under way and is done now; false: none.  NULL:
	 * nothing ever is.  Whoever left meanwhile is GONE. */
	bool (*landed)(void *self, struct landed *ret_landed);
	/* For whoever hears of no events any more: all that is under way is
	 * done on return, and nothing is UNDERWAY from then on.  NULL: nothing
	 * ever is. */
	void (*finish)(void *self);
	/* Whether the value just applied does anything, given the other values
	 * that hold for the task: changes APPLIED and ALREADY into INERT. */
	void (*weigh)(void *self, struct task_id whom, const struct want *holding,
	              enum setting s, struct turned *t);
	/* Names the session (or other group) that a change of s to whom
	 * reaches, in *ret_key; whom itself for settings of a thread or
	 * process. */
	int  (*scope_key)(void *self, struct task_id whom, enum setting s,
	                  struct task_id *ret_key);
	/* The unit of a service manager that the process is in, and whose
	 * settings of scope GROUP that manager changes for us: in *ret_key,
	 * with a negative pid, the name that a setting of it is recorded under,
	 * read() and applied() by, without a grip, also when nobody is in it
	 * any more: then read() says -ENODATA.  *ret_alone: nobody else is in
	 * it.  0, -ESRCH, or -ENODATA with the reason in *ret_why.  NULL: no
	 * such manager. */
	int  (*unit_key)(void *self, struct task_id whom, enum setting s,
	                 struct task_id *ret_key, bool *ret_alone,
	                 const char **ret_why);
	/* Groups (model/group.h).  A process is put into one of ours by
	 * apply() of SETTING_pool, which makes it if need be, and whole; a
	 * child is born where its parent is.  It leaves for another, or for the
	 * place that read() found it in at first; where that is gone by then,
	 * for the nearest that is left of it, with the reason in 'why'.
	 *
	 * The settings of scope GROUP are a group's by group_set().  By read()
	 * and apply() they are a process's in the place where it is, as far as
	 * that can be had without touching its neighbours: else -EOPNOTSUPP.
	 *
	 * group_can: SETTING_BIT of those that a group of ours can be given; 0:
	 * there are no groups, pool is not in 'can', and what follows is
	 * NULL. */
	uint64_t    group_can;
	/* Why the gripped process cannot be put into a group of ours, as static
	 * text; NULL: it may be tried. */
	const char *(*stays)(void *self, struct task_id whom);
	/* Gives a group of ours a setting, made if there is none; of
	 * VALUE_UNTOUCHED what a new one has.  As apply(); UNDERWAY is told by
	 * the group. */
	void (*group_set)(void *self, int64_t group, enum setting s,
	                  int64_t value, struct turned *ret);
	/* Takes a process of a group of ours that a setting was taken from out
	 * of whatever none of its settings needs any more, to the place where
	 * it was before.  As apply() of the pool; ALREADY: there is nothing to
	 * leave.  NULL: a group is all or nothing. */
	void (*group_part)(void *self, struct task_id whom, int64_t group,
	                   int64_t home, struct turned *ret);
	/* 0, -ENOENT: there is no such group, -ENODATA: nobody gave it one,
	 * -errno. */
	int  (*group_get)(void *self, int64_t group, enum setting s,
	                  int64_t *ret_value);
	/* Removes a group of ours: 0 when there is none any more, -EBUSY while
	 * somebody is in it, -errno. */
	int  (*group_drop)(void *self, int64_t group);
	/* Some of the processes in a group of ours; 0: nobody, or no such
	 * group; -errno. */
	int  (*group_members)(void *self, int64_t group, pid_t *ret_pids,
	                      size_t max);
	/* Some of the groups of ours that there are, whoever made them, from
	 * *cursor (0 at first) on; 0 when all were told; -errno. */
	int  (*group_list)(void *self, uint64_t *cursor, int64_t *ret_groups,
	                   size_t max);
	void (*close)(void *self);
};

/* A record file.  Bytes appended are in the kernel's hands on return; nothing
 * is synced. */
struct store {
	const char *name;
	void       *self;
	int  (*append)(void *self, const void *bytes, size_t n);  /* 0, -errno */
	/* Writes over n bytes, 16 at most and all of one page, that were
	 * appended before: that needs no room, and is done or not.  0,
	 * -errno. */
	int  (*amend)(void *self, uint64_t at, const void *bytes, size_t n);
	/* All of it, from at on; up to n bytes; 0 at the end. */
	int  (*read)(void *self, uint64_t at, void *ret_bytes, size_t n);
	/* Replaces the whole by what was staged since replace_begin(), in one
	 * rename. */
	int  (*replace_begin)(void *self);
	int  (*replace_append)(void *self, const void *bytes, size_t n);
	int  (*replace_commit)(void *self);
	void (*close)(void *self);
};

/* A message that outlives its wire. */
struct letter_kept {
	const void *bytes;
	size_t      size;
	void       *memory;             /* that is given back                 */
	size_t      memory_bytes;
	void      (*give_back)(void *memory, size_t bytes);
};

/* Nothing, where nothing is kept.  Also aside. */
void letter_give_back(struct letter_kept *l);

/* To one worker at a time.  Messages are whole and at most MESSAGE_BYTES_MAX
 * long, of a user's worker USER_MESSAGE_BYTES_MAX.  The door itself is the wire
 * to the system's worker; its events bear the number 0. */
struct wire {
	const char *name;
	void       *self;
	/* Asks for a fresh worker; EVENT_WORKER tells when it is there.  0 or
	 * -errno. */
	int  (*start)(void *self);
	/* Never blocks: 0 when taken in whole, -EAGAIN when the worker does not
	 * keep up, -EPIPE when there is none. */
	int  (*send)(void *self, const void *bytes, size_t n);
	/* The next whole message: its size, with *ret_bytes lent until the next
	 * call; 0 when there is none. */
	int64_t (*take)(void *self, const void **ret_bytes);
	/* CPU time of the present worker. */
	int  (*cpu_ns)(void *self, uint64_t *ret_ns);
	void (*kill)(void *self);       /* at once; EVENT_WORKER follows      */
	void (*close)(void *self);
	/* Takes the message that was lent last out of the wire, with the memory
	 * that it lies in.  0, or -EBADMSG where more came behind it. */
	int  (*keep)(void *self, struct letter_kept *ret_letter);
	/* Whether the files that a user's worker read may have changed since
	 * this was asked, or there was a fresh worker.  EVENT_RELOAD with that
	 * wire tells it first, and not again until this is asked.  NULL: nobody
	 * tells. */
	bool (*stirred)(void *self);
	/* Whether anybody would tell.  NULL: no. */
	bool (*watched)(void *self);
	/* Of the door alone; NULL: there is none.  Another wire to a worker of
	 * the system's; its events bear the number.  0 or -errno. */
	int  (*beside)(void *self, uint32_t number, struct wire *ret_wire);
	/* Of the door alone; NULL: there is none.  Another wire, whose workers
	 * run as that user and read that user's rules themselves; events of it
	 * bear the number, which no other has that is open.  0 or -errno. */
	int  (*own)(void *self, uint32_t number, uid_t uid,
	            struct wire *ret_wire);
};

/* Named programs wait at their start until they are let go on: a side door that
 * is shut unless exec_guard is asked for.  All functions are NULL then. */
struct guard {
	const char *name;
	void       *self;
	/* From now on the start of these programs is held, and no other: files
	 * by their path, and by the name that they have in the usual folders.
	 * All texts are copied; what cannot be held is left out.  0 or
	 * -ENOMEM. */
	int  (*watch)(void *self, const char *const *exes, size_t exe_count,
	              const char *const *names, size_t name_count);
	/* name and exe of the program that waits, as they will be read of the
	 * task once it runs; unreadable are those that cannot be told, among
	 * them the ids where the program changes them.  0; -ESRCH: who waited
	 * is gone (asked once it is gripped, that proves the grip); -ETIME: it
	 * goes on already. */
	int  (*coming)(void *self, uint32_t ticket, struct facts *ret_facts);
	/* It need wait no longer.  An old ticket does nothing. */
	void (*allow)(void *self, uint32_t ticket);
	/* A program of that path ran and was not held: if it should have been,
	 * another file is there now. */
	void (*again)(void *self, const char *exe);
	void (*close)(void *self);
};

/* Who is at the other end, as the kernel tells it. */
struct peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	bool  in_group;         /* of the group whose members may command     */
};

struct gate_counts {
	uint64_t came;          /* visits so far                              */
	uint64_t turned_away;   /* as there were too many                     */
};

/* Where programs come with lines of text, and are answered.  A visit is a
 * number below VISITS_MAX, which is nobody else's until it is dismissed.
 * EVENT_VISIT tells that there is something new with one; whoever hears of it
 * looks what. Nothing here ever waits. */
struct gate {
	const char *name;       /* the path where it listens                  */
	void       *self;       /* NULL: there is no gate                     */
	/* 0 or -ENOENT: there is no such visit. */
	int      (*peer)(void *self, uint32_t visit, struct peer *ret_peer);
	/* The next whole line, without its end, followed by NUL: its bytes,
	 * lent until the next call for that visit; 0 with a text for an empty
	 * one.  -EAGAIN: none yet.  For good are -ENODATA: it will say nothing
	 * more but may listen, -EPIPE: it is gone, -EMSGSIZE: its line is
	 * longer than VISIT_LINE_MAX. */
	int64_t  (*take)(void *self, uint32_t visit, const char **ret_line);
	/* 0 when taken in whole, -EAGAIN: no room (EVENT_VISIT follows when
	 * there is more), -EPIPE: it is gone. */
	int      (*send)(void *self, uint32_t visit, const void *bytes,
	                 size_t n);
	/* Bytes that send() would take; VISIT_ROOM when nothing waits, nor
	 * ever will. */
	size_t   (*room)(void *self, uint32_t visit);
	/* Ends it; what still waits to be sent is lost. */
	void     (*dismiss)(void *self, uint32_t visit);
	struct gate_counts (*counts)(void *self);
	void     (*close)(void *self);
};

struct watch;

/* What takes too long for the loop is done beside it, one thing at a time. */
struct workshop {
	const char *name;
	void       *self;
	/* Has work(ctx) done; EVENT_MADE tells that it returned.  Until then
	 * what it touches is nobody else's.  0, -EBUSY while something is being
	 * done, -errno.  NULL: there is no workshop. */
	int  (*begin)(void *self, void (*work)(void *ctx), void *ctx);
	/* Waits for what is being done; nobody is told. */
	void (*finish)(void *self);
	/* From within work: notes what changes in these files and folders from
	 * here on, whether or not they are there.  *ret_missing: how many could
	 * not be watched.  NULL: none can be; errno says why. */
	struct watch *(*watch)(void *self, const char *const *paths, size_t n,
	                       size_t *ret_missing);
	/* That is what EVENT_RELOAD tells of from now on, instead of the one
	 * before, which is freed; what it noted meanwhile is told first. */
	void (*heed)(void *self, struct watch *w);
	/* One that was never heeded.  NULL is fine. */
	void (*unwatch)(void *self, struct watch *w);
	/* From within work: memory that was freed goes back to the system, as
	 * far as it can.  NULL: it does so by itself. */
	void (*tidy)(void *self);
	void (*close)(void *self);
};

struct os {
	struct workshop workshop;
	struct sensor   sensor;
	struct actuator actuator;
	struct store    store;
	struct wire     wire;
	struct guard    guard;
	struct gate     gate;
};

#endif
