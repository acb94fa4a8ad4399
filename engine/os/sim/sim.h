/* sim.h -- a whole simulated machine behind the doors.
 *
 * Processes, threads, knobs, memory pressure and time are all made up, from a
 * seed; nothing here touches the host.  A test moves the machine and reads the
 * knobs back; the engine under test sees only struct os.
 */
#ifndef OS_SIM_SIM_H
#define OS_SIM_SIM_H

#include "os/os.h"

struct sim;

/* What a simulated program is; zero fields take defaults: uid 0, parent 1, exe
 * and args after the name, session, cgroup, unit and environment of the parent.
 * A process that execs again keeps its uid and gid too, and its threads end. */
struct sim_program {
	const char  *name, *exe, *comm, *cgroup, *unit, *user, *group;
	const char  *title;             /* written over its arguments         */
	const char *const *args;        /* ended by NULL; args[0] is argv[0]  */
	const char *const *env;         /* "NAME=value", ended by NULL        */
	int64_t      rss_bytes;
	int          fails;             /* the exec does, with that errno, after
	                                   it was held; else at once          */
	bool         foreign;           /* its exe is another file here       */
	uid_t        uid;
	gid_t        gid;
	pid_t        parent, session;
	uint32_t     flags;             /* PF_KTHREAD among them              */
};

/* Nobody on it but pid 1.  seed: of all that is left to chance; sets (NULL:
 * there are no CPUs to choose) is lent.  NULL: no memory. */
struct sim *sim_new(uint64_t seed, struct interned *sets);
void sim_free(struct sim *s);
/* The doors of s, lent as long as it lives. */
void sim_os(struct sim *s, struct os *ret_os);

/* Before sim_os(): its guard holds what it is told to, each for no longer than
 * that.  The exec of a program that is held happens once it is let go on. */
void sim_guard(struct sim *s, uint64_t deadline_ns);
/* How many were let go by the deadline. */
uint64_t sim_late(const struct sim *s);

/* A pid, or -ESRCH, -EEXIST (sim_next_pid() is taken), -EAGAIN, -ENOMEM. */
pid_t sim_exec(struct sim *s, const struct sim_program *p);  /* fork + exec   */
/* 0, -ESRCH, -EBUSY while another program is held for it, or -ENOMEM. */
int   sim_exec_again(struct sim *s, pid_t pid, const struct sim_program *p);
pid_t sim_fork(struct sim *s, pid_t parent);            /* and no exec        */
/* comm NULL: its process's.  A tid, -ESRCH or -EAGAIN. */
pid_t sim_thread(struct sim *s, pid_t pid, const char *comm);
int   sim_rename(struct sim *s, pid_t tid, const char *comm);
int   sim_set_uid(struct sim *s, pid_t pid, uid_t uid);
/* Its effective or saved uid becomes another than the real one. */
int   sim_set_other_uid(struct sim *s, pid_t pid);
/* Writes a title over the arguments; nobody is told. */
int   sim_title(struct sim *s, pid_t pid, const char *title);
/* rss, cpu, io_rate: that many from now on, without a second look being needed.
 * 0, -ESRCH, -EINVAL: no such number. */
int   sim_fact(struct sim *s, pid_t pid, enum fact fact, int64_t number);
int   sim_exit(struct sim *s, pid_t tid);               /* status 0           */
/* As wait() would tell it; -EPERM for pid 1.  Of a pid: the whole process. */
int   sim_exit_as(struct sim *s, pid_t tid, int wait_status);
int   sim_focus(struct sim *s, pid_t pid);              /* EVENT_FOCUS        */
/* It is so from now on, told where that is asked for. */
void  sim_host(struct sim *s, enum host_fact fact, int64_t value);
/* The local time from now on, in minutes since monday 00:00; it goes on with
 * virtual time.  It begins on monday at 12:00. */
void  sim_wall(struct sim *s, int64_t minutes_of_the_week);
/* From now on nothing tells it; 'idle' is so at first. */
void  sim_host_hide(struct sim *s, enum host_fact fact);
void  sim_stop(struct sim *s);                          /* EVENT_STOP         */
/* Asked to read the rules again; or, nobody asked, but a file changed. */
void  sim_reload(struct sim *s, bool files);            /* EVENT_RELOAD       */
/* The same of the rule files of a user whose worker has read them. */
void  sim_own_files(struct sim *s, uid_t uid);
/* Loses the next n events about tasks and tells with EVENT_LOST: once for all
 * that is lost before somebody hears of it. */
void  sim_lose(struct sim *s, size_t n);
/* The next process born gets this pid. */
void  sim_next_pid(struct sim *s, pid_t pid);
/* Living processes, those with the least pids first: how many.  No call of the
 * engine's, so who is among them is not known to it by that. */
size_t sim_living(const struct sim *s, pid_t *ret_pids, size_t max);

/* The knob of one thread as the simulated kernel has it (of reclaim: what was
 * taken last), and setting it as some other program would.  0, -ESRCH,
 * -EOPNOTSUPP: no knob, -EINVAL: Linux would not take it. */
int   sim_knob(struct sim *s, pid_t tid, enum setting what, int64_t *ret_value);
int   sim_set_knob(struct sim *s, pid_t tid, enum setting what, int64_t value);
/* Whether it has groups, which it has not at first; before sim_os(). */
void  sim_with_groups(struct sim *s, bool has);
/* Puts a process into a group or place as some other program would.  Where it
 * is is the knob of 'pool'; a setting of scope GROUP is its group's,
 * VALUE_UNTOUCHED if that was given none. */
int   sim_put(struct sim *s, pid_t pid, const char *place);
/* A move into another group takes that long from now on, and so does a freeze,
 * which is one; 0: no time at all. */
void  sim_slow_moves(struct sim *s, uint64_t ns);
/* Nobody can be put into a group of ours from now on. */
void  sim_refuse_moves(struct sim *s, bool refuse);
/* How often somebody else's group would have been given something, or
 * dropped. */
uint64_t sim_trespasses(const struct sim *s);
/* How many groups of ours there are. */
size_t sim_groups(const struct sim *s);
/* From now on pqs is no root there: nice can only be raised by it. */
void  sim_unprivileged(struct sim *s);

/* replace_append counts as append, a user's worker's calls as the system's;
 * move is one that happens, group one of group_set or group_drop, send a
 * gate's, tell a wire's and begin a workshop's. */
enum sim_call {
#define CALL(name, text) SIM_##name,
#include "os/sim/call.def"
#undef CALL
	SIM_CALLS
};

/* As call.def has it, for reports. */
const char *sim_call_name(enum sim_call call);
/* The next n calls of that kind fail with that errno; apply then tells the
 * effect that it stands for. */
void  sim_fail(struct sim *s, enum sim_call call, int error, unsigned times);
/* How often a call was made, to prove that none was. */
uint64_t sim_calls(const struct sim *s, enum sim_call call);

/* Whoever stands between the engine and its machine.  before: called ahead of
 * every call through a door, where the machine may be moved as by any other
 * program; 0, or the -errno with which that call fails.  turned: a knob has
 * another value by apply.  Either may be NULL. */
struct sim_between {
	void *self;
	int  (*before)(void *self, enum sim_call call);
	void (*turned)(void *self, struct task_id whom, enum setting what,
	               int64_t before, int64_t now);
};
/* Copied; one at a time. */
void  sim_between(struct sim *s, const struct sim_between *who);
/* The engine's process is dead: what it still does reaches nothing, and every
 * call of it fails.  Until another engine takes over, which hears of nothing
 * that the first had not heard. */
void  sim_die(struct sim *s);
bool  sim_is_dead(const struct sim *s);
void  sim_revive(struct sim *s);

/* The knob of that thread as it would be if pqs had never run.  0; -ENODATA:
 * nobody who comes later can know, since whom it was born of left, or was
 * changed again, before its birth was heard of, or since another program chose
 * the very value that it had from us, or set it after the engine's last look
 * and before its turn, or since its parent got from us, within a clock tick of
 * the birth, the very value that it had anyway; else as sim_knob(). */
int   sim_without(struct sim *s, pid_t tid, enum setting what,
                  int64_t *ret_value);
/* 1: it is so now, 0: it is not; else as sim_without(). */
int   sim_is_as_without(struct sim *s, pid_t tid, enum setting what);
/* Another program has set it since the last exec that was heard of, or the
 * birth. */
bool  sim_is_foreign(struct sim *s, pid_t tid, enum setting what);
/* The engine has taken in, and written down, all that it was told. */
void  sim_taken_in(struct sim *s);

/* Virtual time passes; timers that the engine waits for come due in order.
 * sensor.next() with a wake time jumps there when nothing else is queued; with
 * neither it would sleep for ever, and says -EDEADLK.  Time starts at 0. */
uint64_t sim_now_ns(const struct sim *s);
/* next() returns 0 at this moment at the latest, so that a test that steps the
 * engine gets the machine back. */
void  sim_until(struct sim *s, uint64_t ns);
/* The clock jumps: what was due meanwhile is overdue. */
void  sim_jump(struct sim *s, uint64_t ns);
/* Slow facts and answers come after a delay drawn from the seed between 0 and
 * this (0: at once, but never inline). */
void  sim_delay(struct sim *s, uint64_t max_ns);

/* Who plays the workers.  Called when a message for one is due; wire: 0 for the
 * system's, else the number of a user's.  Answers by sim_wire_send() or
 * sim_own_send(). */
void  sim_on_message(struct sim *s,
                     void (*hear)(void *ctx, uint32_t wire, const void *bytes,
                                  size_t n),
                     void *ctx);
int   sim_wire_send(struct sim *s, const void *bytes, size_t n);
void  sim_worker_dies(struct sim *s);
int   sim_own_send(struct sim *s, uint32_t wire, const void *bytes, size_t n);
void  sim_own_dies(struct sim *s, uint32_t wire);
/* Whether a worker of that user lives, or is about to. */
bool  sim_has_worker(const struct sim *s, uid_t uid);

/* Somebody comes to the gate: a visit, or -EUSERS. */
int   sim_visit(struct sim *s, const struct peer *who);
/* Says that; how many bytes of it there was room for. */
size_t sim_say(struct sim *s, uint32_t visit, const void *bytes, size_t n);
/* Reads what it was answered: its bytes. */
size_t sim_listen(struct sim *s, uint32_t visit, void *ret_bytes, size_t n);
/* Will say nothing more; and leaves. */
void  sim_hush(struct sim *s, uint32_t visit);
void  sim_leave(struct sim *s, uint32_t visit);
/* Whether it was not dismissed. */
bool  sim_is_there(const struct sim *s, uint32_t visit);

/* The record file, to look at or to carry over to a second engine. */
const void *sim_store(const struct sim *s, size_t *ret_bytes);
/* Room for the record file and its replacement together; past it the write ends
 * in the middle, with -ENOSPC.  SIZE_MAX at first. */
void sim_disk(struct sim *s, size_t bytes);
/* As a crash may leave it, without its last bytes and what was staged. */
void sim_tear_store(struct sim *s, size_t bytes);

#endif
