/* machine.h -- what the simulated machine is made of; for its own files alone.
 *
 * Nothing happens inline: what a test does to the machine, and what the machine
 * owes to whoever asked, goes into one queue ordered by (time, sequence), and
 * sensor.next() is the only way out of it.
 */
#ifndef OS_SIM_MACHINE_H
#define OS_SIM_MACHINE_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "base/heap.h"
#include "base/pool.h"
#include "model/interned.h"
#include "model/rule_id.h"
#include "os/sim/sim.h"
#include "os/visit.h"

#define SIM_PIDS       (1 << 22)        /* past the greatest pid              */
#define SIM_PID_FIRST  1000
#define SIM_PID_AGAIN  300              /* where pids begin after they wrap   */
#define SIM_PID_PAGE   1024
#define SIM_TASKS_MAX  (1u << 20)       /* threads alive at once              */
#define SIM_QUEUE_MAX  (1u << 18)       /* then kernel events are lost        */
#define SIM_PARCELS    (4 * SIM_QUEUE_MAX)      /* queued, of all kinds       */
#define SIM_WIRE_ROOM  (1u << 20)       /* bytes on the way to the worker     */
#define SIM_CPUS       "0-7"
#define SIM_CORES      8
#define SIM_WIRES      WIRES_MAX

/* Several texts, each ended by NUL; shared by whoever has them alike. */
struct text {
	uint32_t users;
	size_t   bytes;
	char     at[];
};

/* What runs; shared by whoever was forked and did not exec since. */
struct program {
	uint32_t users;
	char     name[NAME_KEEP];
	char     exe[PATH_KEEP];
	char     cgroup[PATH_KEEP];
	char     unit[NAME_KEEP];
	char     user[NAME_KEEP / 4];   /* "": named after the uid            */
	char     group[NAME_KEEP / 4];
	uid_t    uid;                   /* whom 'user' names                  */
	gid_t    gid;
	bool     foreign;
	struct text *line;              /* args, each ended by NUL            */
	struct text *env;               /* entries, each ended by NUL         */
};

/* What knobs would be without pqs, and what is known of them. */
struct marks {
	int64_t  without[SETTING_COUNT];
	uint64_t blurred;               /* nobody can know                    */
	uint64_t foreign;               /* set by others since the last exec, */
	uint64_t ever_foreign;          /* or ever                            */
	uint64_t read, overwritten;     /* in that grip; by others, since     */
	uint32_t grip;
};

struct session {
	struct task_id key;
	uint32_t       users;
	int64_t        autogroup_nice;
	struct marks   marks;
	UT_hash_handle hh;
};

/* Where tasks are together: a group of ours, or a place that others made. */
struct group {
	uint32_t       users;           /* processes                          */
	uint64_t       given;           /* SETTING_BITs                       */
	int64_t        value[SETTING_COUNT];
	UT_hash_handle hh;
	char           text[];
};

/* A process on its way into another group, or to stand still or go on. */
struct moving {
	int64_t        from;
	uint32_t       number;
	struct task_id whom;
	bool           freezes;
	int64_t        frozen;
	char           to[GROUP_TEXT_MAX];
	struct moving *prev, *next;
};

/* An exec that is held: all that can fail was done before. */
struct coming {
	uint32_t        ticket;
	int             fails;
	struct program *program;
	struct text    *title;
	int64_t         rss_bytes;
	uint32_t        flags;
	char            comm[COMM_MAX];
};

/* Of a birth: on its way, lost, told to or found by an engine that may yet die
 * before it is written down, or written down. */
enum news { NEWS_ON_ITS_WAY, NEWS_LOST, NEWS_TOLD, NEWS_TAKEN_IN };

enum slow { SLOW_NONE, SLOW_ASKED, SLOW_HERE };

struct being {
	uint32_t        slot;
	uint32_t        life;           /* rises with every program it runs   */
	struct task_id  id;
	struct being   *parent;         /* now                                */
	struct being   *children, *prev, *next;
	struct strand  *strands;        /* the leader first                   */
	uint32_t        strand_count;
	struct program *program;
	struct session *session;
	struct group   *group;
	uid_t           uid;
	gid_t           gid;
	bool            uids_differ;
	uint32_t        flags;
	enum slow       slow;
	struct coming  *coming;         /* NULL: it waits for nobody          */
	struct text    *title;          /* NULL: it wrote none                */
	int64_t         rss_bytes, cpu, io_rate;
	int64_t         shared[SETTING_COUNT];  /* knobs of a whole process   */
	struct marks    marks;                  /* of these                   */
	enum news       news;
	bool            orphaned;       /* before they were taken in          */
	uint64_t        overtaken;      /* the parent's knobs turned since    */
};

/* A thread; each has knobs of its own. */
struct strand {
	uint32_t       slot;
	pid_t          tid;
	struct being  *being;
	struct strand *prev, *next;
	uint64_t       born_ns;
	char           comm[COMM_MAX];
	int64_t        value[SETTING_COUNT];
	struct marks   marks;
	enum news      news;            /* of a thread that is not the leader */
};

struct pid_page {
	uint32_t       count;
	struct strand *at[SIM_PID_PAGE];
};

struct letter {
	struct letter *prev, *next;
	size_t         bytes;
	char           text[];
};

enum parcel_kind { PARCEL_EVENT, PARCEL_FACTS, PARCEL_WORKER, PARCEL_TO_WORKER,
                   PARCEL_TO_CORE, PARCEL_GUARD, PARCEL_MADE };

/* Something due at some time. */
struct parcel {
	uint32_t         slot;
	enum parcel_kind kind;
	uint32_t         life;          /* of the being, or of the worker; of a
	                                   move its number, of who is held
	                                   the ticket, else 0                 */
	uint32_t         wire;          /* of the worker                      */
	struct event     event;
	struct letter   *letter;
};

struct worker_play {
	struct sim    *sim;
	uint32_t       number;
	uid_t          uid;             /* of a user's                        */
	bool           open;
	bool           starting, alive, busy;
	bool           stirred;         /* files that it read changed         */
	uint32_t       life;            /* which worker this is               */
	uint64_t       cpu_ns, busy_since_ns;
	uint64_t       to_worker_ns, to_core_ns;        /* last arrivals      */
	size_t         to_worker_bytes;
	struct letter *inbox, *lent;
};

struct record {
	char  *bytes;
	size_t used, room;
};

struct fault {
	int      error;
	unsigned times;
	uint64_t calls;
};

struct visitor_play {
	struct peer  peer;
	struct visit visit;
};

struct sim {
	uint64_t            random, now_ns, until_ns, delay_ns;
	uint64_t            births, sequence;
	struct interest     interest;           /* its names are ours         */
	struct text        *env_names;
	struct heap         queue;
	struct pool         parcels, beings, strands;
	size_t              kernel_events;      /* of those queued            */
	size_t              lose;
	bool                lost_told;          /* an EVENT_LOST is queued    */
	struct pid_page    *page[SIM_PIDS / SIM_PID_PAGE];
	pid_t               pid_end;            /* past all that ever were    */
	pid_t               last_pid, next_pid;
	struct session     *sessions;
	struct group       *groups;
	struct moving      *moving;             /* in the order of asking     */
	size_t              movings;
	uint32_t            moves;              /* so far                     */
	uint64_t            move_ns;
	uint64_t            trespasses;
	bool                has_groups, refuses_moves;
	struct being       *init;
	struct host         host, told;         /* as it is, as it was told   */
	struct host_bounds  bounds[HOST_COUNT];
	int64_t             wall_minute;        /* of the week, it was then   */
	uint64_t            wall_since_ns;
	uint64_t            clock_due_ns;       /* its next news; UINT64_MAX  */
	struct interned    *sets;
	int64_t             online;             /* CPU set                    */
	struct landed       landed[UNDER_WAY_MAX];
	size_t              landings;           /* not asked for yet          */
	bool                unprivileged, for_good;
	struct task_id      grip;               /* pid 0: nobody is held      */
	uint32_t            grips;              /* so far                     */
	bool                grip_failed;        /* a call did meanwhile       */
	struct fault        fault[SIM_CALLS];
	struct sim_between  between;
	bool                is_between;         /* it is being asked          */
	bool                dead;
	struct record       store, staged;
	size_t              disk_bytes;
	struct worker_play  worker[SIM_WIRES];
	uint64_t            guard_ns;           /* 0: it is shut              */
	struct text        *guard_exes, *guard_names;
	uint32_t            ticket;
	uint64_t            late;
	struct visitor_play *visitor[VISITS_MAX];       /* NULL: a free place */
	struct gate_counts  visits;
	void              (*work)(void *ctx);   /* in the workshop; NULL      */
	void               *work_ctx;
	void              (*hear)(void *ctx, uint32_t wire, const void *bytes,
	                          size_t n);
	void               *hear_ctx;
};

/* sim.c */
uint64_t sim_random(struct sim *s, uint64_t most);      /* 0..most            */
/* fault.c: counts the call; 0, or -errno when a test wants it to fail.  The
 * machine may have moved. */
int sim_call(struct sim *s, enum sim_call call);

/* host.c */
void host_begin(struct sim *s);
void host_watch(struct sim *s, const struct interest *what);
int  host_now(void *self, enum host_fact fact, int64_t *ret_value);
/* Tells what the hour brings, once clock_due_ns is there. */
void host_clock(struct sim *s);

/* queue.c: 0 or -ENOMEM. */
int  queue_post(struct sim *s, uint64_t at_ns, const struct parcel *p);
/* An event of the kernel's, now; when it cannot be queued it is lost. */
void queue_post_task(struct sim *s, enum event_kind kind, struct task_id who,
                     struct task_id parent);
void queue_post_exit(struct sim *s, struct task_id who, int wait_status);
void queue_clear(struct sim *s);
int  queue_next(void *self, uint64_t wake_ns, struct event *ret_events,
                size_t max);

/* pids.c: the numbers of threads, at most SIM_PIDS.  NULL: nobody has it. */
struct strand *strand_find(const struct sim *s, pid_t tid);
/* The thread with the least tid at or above. */
struct strand *strand_from(const struct sim *s, pid_t tid);
/* 0 or -ENOMEM. */
int   pid_put(struct sim *s, pid_t pid, struct strand *strand);
void  pid_drop(struct sim *s, pid_t pid);
/* One that is free; for a process, the one that a test chose, or -EINVAL, or
 * -EEXIST while somebody has that. */
pid_t pid_pick(struct sim *s);
pid_t pid_pick_for_process(struct sim *s);

/* tasks.c */
#define NOBODY ((struct task_id){ 0 })
/* NULL: it is not there, or another is by now.  born 0: whoever has the pid. */
struct being   *being_find(const struct sim *s, struct task_id id);
struct being   *being_with_pid(const struct sim *s, pid_t pid);
/* 0, -ESRCH: no such parent, -EAGAIN, or as pid_pick_for_process(). */
int             being_fork(struct sim *s, pid_t parent,
                           struct being **ret_child);
/* All threads but the leader. */
void            strands_end(struct sim *s, struct being *b, int status);
/* The session of that number, which is new if nobody was in it; NULL: no
 * memory. Who joined leaves once; NULL is fine. */
struct session *session_join(struct sim *s, pid_t id);
void            session_leave(struct sim *s, struct session *session);
int             tasks_open(struct sim *s);
void            tasks_close(struct sim *s);

/* exec.c: what was held happens now.  Its end, if it never does; NULL is
 * fine. */
void coming_go_on(struct sim *s, struct being *b);
void coming_free(struct coming *c);

/* program.c */
struct program *program_new(const struct sim_program *p,
                            const struct program *before);
void program_leave(struct program *p);          /* NULL is fine               */
/* One more user of it; and one less.  NULL is fine. */
struct text *text_share(struct text *t);
void         text_leave(struct text *t);
/* With one user; NULL: no memory. */
struct text *text_new(const char *const *list, size_t count);

/* without.c */
/* A value that is not the kernel's choice but another program's. */
void without_set(struct sim *s, struct strand *strand, enum setting what,
                 int64_t before, int64_t now);
/* The engine knows, as long as it holds that process, what it is now. */
void without_read(const struct sim *s, struct strand *strand,
                  enum setting what);
void without_share(const struct being *parent, struct being *child);
void without_inherit(const struct strand *parent, struct strand *child);
/* The kernel did not let the child have it from its parent. */
void without_reset(struct strand *child, enum setting what);
/* The engine hears of a program that is its own from here on. */
void without_exec(struct being *b);
void without_turned(const struct sim *s, struct strand *strand,
                    enum setting what, int64_t now);
void without_orphans(struct being *dying);
void without_lost(struct being *b);
/* Of a thread nobody knows of which other it was born. */
void without_thread_lost(struct strand *strand);
/* The engine has looked at it, so it was not lost for good. */
void without_found(struct being *b);

/* groups.c */
int     group_join(struct sim *s, struct being *b, const char *text);
int     group_place(struct sim *s, struct being *b,
                    const struct sim_program *p);
void    group_inherit(const struct being *parent, struct being *child);
void    group_leave(struct sim *s, struct being *b);
/* Where it is now it would be without us. */
void    group_settle(struct being *b);
int64_t group_value(struct sim *s, const struct being *b);
/* Whether its group was given that setting. */
bool    group_gives(const struct being *b, enum setting what,
                    int64_t *ret_value);
struct turned group_move(struct sim *s, struct being *b, int64_t to);
struct turned group_freeze(struct sim *s, struct being *b, int64_t frozen);
/* The move of that number is done. */
void    groups_deliver(struct sim *s, uint32_t number);
/* Who moved them died: what the kernel was at is done by the time that another
 * one begins; what waited behind it never is. */
void    groups_cut_off(struct sim *s);
void    groups_door(struct sim *s, struct actuator *door);
void    groups_close(struct sim *s);

/* knobs.c */
/* A kernel as small as the rules that ship need it. */
#define SIMULATED_KNOBS (SETTING_BIT(SETTING_affinity) | \
	SETTING_BIT(SETTING_sched) | \
	SETTING_BIT(SETTING_nice) | \
	SETTING_BIT(SETTING_slice) | \
	SETTING_BIT(SETTING_uclamp_min) | \
	SETTING_BIT(SETTING_uclamp_max) | \
	SETTING_BIT(SETTING_realtime) | \
	SETTING_BIT(SETTING_autogroup_nice) | \
	SETTING_BIT(SETTING_ionice) | \
	SETTING_BIT(SETTING_timer_slack) | \
	SETTING_BIT(SETTING_oom_score_adj) | \
	SETTING_BIT(SETTING_cpu_limit) | \
	SETTING_BIT(SETTING_cpu_time) | \
	SETTING_BIT(SETTING_reclaim) | \
	SETTING_BIT(SETTING_freeze))
bool knob_exists(const struct sim *s, enum setting what);
/* Where the machine keeps a setting of that thread, NULL: there is no such
 * knob; and what is known of it beside. */
int64_t      *knob_at(const struct sim *s, struct strand *strand,
                      enum setting what);
struct marks *marks_at(struct strand *strand, enum setting what);
void knobs_default(const struct sim *s, struct being *init);
void knobs_share(const struct being *parent, struct being *child);
void knobs_inherit(const struct strand *parent, struct strand *child);
/* What the kernel would say of what 'knob' holds.  0, or -ENODATA: it has none
 * just now. */
int  knob_value(const struct strand *strand, enum setting what,
                const int64_t *knob, int64_t *ret_value);
/* The same by name; -EOPNOTSUPP: there is no such knob. */
int  knob_read(struct sim *s, struct strand *strand, enum setting what,
               int64_t *ret_value);
/* Whoever asks for it; what the kernel refuses is left as it is. */
struct turned knob_turn(struct sim *s, struct strand *strand, int64_t *knob,
                        enum setting what, int64_t value);

/* facts.c, actuator.c, record.c, gate.c, wire.c: the doors. */
void facts_door(struct sim *s, struct sensor *ret_sensor);
void facts_arrive(struct sim *s, struct being *b);
void knobs_door(struct sim *s, struct actuator *ret_actuator);
/* It was that before, and perhaps is not any more; whoever stands between is
 * told, and may not move the machine. */
void knob_turned(struct sim *s, struct strand *strand, enum setting what,
                 int64_t before);
/* What an errno of the kernel's means to whoever wanted the change. */
struct turned knobs_failed(int error);
void record_door(struct sim *s, struct store *ret_store);
void gate_door(struct sim *s, struct gate *ret_gate);
void gate_clear(struct sim *s);
void wire_door(struct sim *s, struct wire *ret_wire);
void workshop_door(struct sim *s, struct workshop *ret_workshop);
/* What the workshop was given is done when that is told: 0 or 1 events. */
size_t workshop_deliver(struct sim *s, const struct parcel *p,
                        struct event *ret_event);
/* How many events came of a parcel that is the worker's: 0 or 1. */
size_t wire_deliver(struct sim *s, struct parcel *p, struct event *ret_event);

/* guard.c */
void guard_door(struct sim *s, struct guard *ret_guard);
/* Whether the start of that program is held. */
bool guard_holds(const struct sim *s, const struct program *p);
void guard_detain(struct sim *s, struct being *b);
/* Who waits has waited long enough. */
void guard_expire(struct sim *s, const struct parcel *p);

#endif
