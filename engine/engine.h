/* engine.h -- the whole pipeline: an event comes in, knobs are turned.
 *
 * The engine owns its table and its voices; the doors, the journal
 * and the CPU sets are lent for its life.  It is single-threaded and does
 * nothing but what sensor.next() gave it or a time that it said it would wait
 * for, so a simulated run is exact.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "base/heap.h"
#include "enforce/enforce.h"
#include "kin.h"
#include "lately.h"
#include "limit/fight.h"
#include "limit/limit.h"
#include "pace.h"
#include "policy/lease.h"
#include "process/sweep.h"
#include "reload.h"
#include "stall.h"
#include "voice.h"

struct opinion;

/* What the engine tells whoever runs it.  Any may be NULL. */
struct engine_ears {
	void *self;
	void (*change)(void *self, const struct change *c);
	/* Rules are in force: how many, of which generation. */
	void (*loaded)(void *self, size_t rules, uint32_t generation);
	/* The rules are wrong: sentences, one a line. */
	void (*refused)(void *self, const char *why);
	/* Something went wrong and was dealt with: one sentence. */
	void (*trouble)(void *self, const char *sentence);
	/* A user's rules came into force, were wrong, or ended: one
	 * sentence. */
	void (*user)(void *self, const char *sentence);
	/* What all rules said of one task: it was judged. */
	void (*judged)(void *self, const struct opinion *o);
	/* Everything that lived at the start was judged once. */
	void (*caught_up)(void *self);
	/* Somebody is at the gate: an EVENT_VISIT.  What there is to say to
	 * them is said in visits_step(), once a round, and visits_wake_ns() is
	 * when the next such round should be: UINT64_MAX for none, 0 at once.
	 * All three or none. */
	void     (*visit)(void *self, uint32_t visit);
	void     (*visits_step)(void *self, uint64_t now_ns);
	uint64_t (*visits_wake_ns)(void *self);
};

struct engine_options {
	const struct os     *os;
	struct journal      *journal;           /* NULL: only with observe    */
	struct interned     *sets;
	struct intents       intents;
	struct people        people;
	bool                 users;             /* their own rules count      */
	bool                 observe;
	bool                 allow_init, allow_kernel_threads, allow_realtime;
	int64_t              realtime_share;    /* permyriad of all CPUs      */
	pid_t                keeper, core;      /* never touched; 0: none     */
	uint64_t             answer_wait_ns;    /* of a first verdict         */
	uint64_t             fork_settle_ns;    /* a fork without exec is
	                                           judged after that          */
	struct worker_limits worker;
	struct limit_rates   limits;            /* all zero: none             */
	const struct rule_source *sources;      /* lent                       */
	size_t               source_count;
	const struct rule_options *options;     /* lent; NULL: none           */
	const struct kept   *recalled;          /* lent; in force from the start,
	                                   instead of what sources make of it */
	uint32_t             last_generation;   /* numbers go on from there   */
	bool                 recalls;   /* whoever asked has kept ones to start
	                                   with, if these come to nothing     */
	struct rule_reader   reader;            /* read NULL: rules are read
	                                           once                       */
	struct reload_policy reload;
	struct reload_ears   reload_ears;
	struct engine_ears   ears;
};

struct engine_counts {
	uint64_t events, execs, judged, asked, answers_kept, rule_failures;
	uint64_t answers_forgotten;     /* for want of memory: asked again    */
	uint64_t claims_dropped, lost;
	uint64_t patterns_given_up;     /* they took too long                 */
	uint64_t foreseen;              /* programs that were set before they
	                                   ran                                */
	uint64_t foreseen_late;         /* that were held, and let go before
	                                   we came to them                    */
	uint64_t handlers_dropped;      /* moments that no handler was told of */
	uint64_t torn;                  /* caps that left nothing             */
	uint64_t users_refused;         /* past USER_VOICES_MAX, each time
	                                   that one of them was looked at     */
	uint64_t unrecorded;            /* changes left out, or a journal that
	                                   fell behind: no record, no change  */
};

/* What all rules together say of one task, before anything is done. */
struct opinion {
	struct found   found;                   /* of the task itself         */
	struct found   own;                     /* the same of its user's     */
	uint32_t       voice;                   /* whose 'own' is; the system's:
	                                   nobody's                           */
	struct claim   claim[CLAIMS_PER_TASK + LAYERS]; /* the last ones those
	                                   of its pool                        */
	struct ceiling ceiling[CAPS_PER_TASK + 1];      /* a user's rights last */
	size_t         claims, ceilings;
	size_t         open;                    /* questions without an answer */
	uint64_t       host_reads;
	uint64_t       again_ns;                /* something has not lasted yet;
	                                           0: nothing                 */
	bool           ahead;                   /* of a program that does not
	                                   run yet                            */
	bool           sheltered;               /* only who names it is heard */
	bool           caps_in_doubt;           /* ... and may be capped in ways
	                                   that only show then                */
	bool           loading;                 /* its user's rules are not
	                                           there yet                  */
	uint64_t       refused;                 /* settings that a user may not
	                                           want at all                */
	bool           set_own;                 /* by somebody who may not do all */
	struct task_id set_on[2];               /* the nearest on whom something
	                                   was set by hand that belongs to groups:
	                                   by who commands, by a user; all zero:
	                                   nobody                             */
	bool           pending;                 /* slow facts on their way    */
	bool           tags_changed;
	bool           tree_changed;            /* what is handed down        */
	bool           thread_rules;            /* of a process: look at its
	                                   threads                            */
	bool           apart;                   /* a thread that some rule about
	                                           its process excepts        */
	uint64_t       drift_reads;
	enum pool_per  per;             /* of the pool that it names          */
	struct verdict verdict;
};

/* What happened, oldest first, and was not dealt with yet. */
struct happened {
	struct event event[EVENTS_PER_STEP];
	int          at, count;
	uint64_t     as_of_ns;          /* when they were asked for           */
};

struct engine {
	const struct os      *os;
	struct interned      *sets;
	struct table         *table;
	struct voice          voice[VOICES_MAX];        /* the system's first */
	struct ruleset_needs  needs;    /* of all voices                      */
	struct leases        *leases;
	struct journal       *journal;
	struct enforcer       enforcer;
	struct lately         lately;
	struct limiter       *limiter;
	struct fights        *fights;
	struct intents        intents;
	struct host           host;
	struct people         people;
	bool                  users;
	struct worker_limits  worker;
	struct task_id        gripped;  /* the process being judged, or none  */
	struct sweep          sweep;
	struct kin_walks      kin;
	struct reload        *reload;   /* NULL: rules are read once          */
	struct chores        *chores;   /* what is done beside the loop       */
	struct generation    *first;    /* the first rules, until they are in
	                                   force; NULL                        */
	uint32_t              last_generation;
	size_t                sets_of_users;    /* that their rules named     */
	bool                  recalls;
	struct heap           due;      /* (when, slot): judge again          */
	struct engine_ears    ears;
	struct engine_counts  counts;
	struct happened       happened;
	struct stalls         stalls;
	struct pace           pace;     /* of looking at all by other rules   */
	uint64_t              answer_wait_ns, fork_settle_ns;
	uint32_t              question_id;
	struct task_id        hearing;  /* whom all rules are being asked about */
	bool                  caught_up, stopping, refused;
	bool                  unheard;  /* workers may have said more         */
	bool                  lasts;    /* what holds has lasted as long as it
	                                   must: for who looks ahead          */
	bool                  by_hand;  /* judging for who commands: nothing
	                                   of it waits                        */
	bool                  compacting;       /* the journal, step by step  */
	bool                  behind;           /* it could not be written    */
	bool                  hears_threads;    /* of births and ends,        */
	bool                  threads_unheard;  /* but of some before that not */
	bool                  settling; /* the sweep is for other rules       */
	size_t                births_missed;    /* or more: tasks of whose birth
	                                   not all could be read              */
	bool                  unseen;   /* births or deaths, until all were
	                                   looked at                          */
	uint64_t              relist_ns;        /* list again then; 0: no     */
	uint64_t              host_unread;      /* HOST_BITs: read again then */
	uint64_t              host_again_ns;
};

/* 0 or -errno.  The worker is asked for; the rules come with its image. */
int  engine_open(struct engine *en, const struct engine_options *o);
/* Also of one that was only half opened.  Nothing is put back. */
void engine_close(struct engine *en);

/* Waits for something to happen, at most until the next thing that is due, and
 * deals with it.  1, 0 when it has stopped, -errno when it cannot go on. */
int  engine_round(struct engine *en);

/* What this step is at from now on; returns what it was at. */
enum phase engine_enter(struct engine *en, enum phase p);
/* A third of what a step may take is over: whatever can go on in the next one
 * does. */
bool engine_is_long(const struct engine *en);

/* Judges one living task now: what engine_round() does at its exec. */
int  engine_judge(struct engine *en, struct task *who);

/* What the matcher is told for a voice of one task, or of the machine alone
 * (NULL); lent by the engine. */
struct subject engine_subject(struct engine *en, struct voice *v,
                              struct task *who);
/* Its tags by the rules of that voice are these now; living tasks are counted
 * by tag. */
void engine_tag(struct engine *en, struct voice *v, struct task *who,
                const struct tag_set *tags);

/* How many tasks have something that was left to somebody else. */
size_t engine_yielded(struct engine *en);

/* Whose a rule is and what it is called, for people. */
struct rule_label {
	const char *name, *file;        /* "-" for no rule                    */
	uint32_t    line;               /* 0: none                            */
	const char *voice;              /* "": the system's                   */
};

/* Lent until the rules change. */
struct rule_label engine_label(struct engine *en, uint32_t rule);

/* Asks all rules about one task and settles, turning nothing.  0, -ESRCH. */
int  engine_consider(struct engine *en, struct task *who,
                     struct opinion *ret_opinion);
/* The same of a program that is about to run, as far as it can be told from
 * what the system's rules want of it as long as it lives.  Nothing is noted of
 * the task, and nobody is asked. */
int  engine_foresee(struct engine *en, struct task *who,
                    struct opinion *ret_opinion);

#endif
