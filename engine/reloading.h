/* reloading.h -- how a reload is kept while it is under way; for the engine's
 * own files alone.
 *
 * One chore is in the workshop at a time, the others wait in line.  A
 * generation that a chore works on belongs to it until the chore is done, so
 * what is given up meanwhile is only marked, and freed then.
 */
#ifndef RELOADING_H
#define RELOADING_H

#include "engine.h"
#include "policy/heirs.h"
#include "reload.h"

#define CHORES_MAX   (16 + 3 * USER_VOICES_MAX)
#define FADING_MAX    4         /* memories that are forgotten step by step   */
#define PARTINGS_MAX  4         /* workers that were let go                   */

struct generation {
	uint32_t            number;
	struct reading      read;
	/* What a worker of it is given: the above, or lent. */
	const struct rule_source  *source;
	size_t                     sources;
	const struct rule_options *options;

	struct letter_kept  compiled;   /* until it is built                  */
	struct kept         kept;       /* one that was recalled              */
	const struct generation *heir_of;       /* the one in force           */
	struct ruleset     *rules;      /* NULL while it is in force          */
	const struct ruleset *lent;     /* for a chore: those in force        */
	uint64_t            sum;
	struct heirs        heirs;      /* of that one's rules                */
	uint32_t           *before;     /* whose answers are still true       */
	struct memo        *memo;
	uint8_t            *conduct;
	struct standing    *standing;
	struct askers      *askers;

	struct wire         wire;       /* name NULL: the door, or none       */
	uint32_t            line;       /* its number                         */
	struct worker      *worker;

	int                 error;      /* of the last chore                  */
	bool                recalled;
	bool                asks;       /* functions, so a worker needs files */
	uint32_t            voice;      /* of a user's: whose; VOICE_SYSTEM   */
	bool                building;   /* of a user's: in the workshop       */
	bool                built;      /* of a user's: it could decide       */
	bool                same;       /* as the one in force                */
	uint64_t            said;       /* sum of the files and options read  */
	char                why[REFUSAL_BYTES_MAX];
	bool                listed;     /* a chore looked which are kept:     */
	uint32_t            list[GENERATIONS_KEPT];
	size_t              list_count;
	struct engine      *engine;     /* for its chores                     */
};

/* The first rules came from the worker (first.c).  0 or -errno. */
int  first_compiled(struct engine *en);
/* Those that are built come into force, step by step.  0 or -errno. */
int  first_go_on(struct engine *en);
bool first_is_built(const struct engine *en);

/* A worker that was let go, until the wire says that it is gone. */
struct parting {
	struct worker *worker;          /* NULL: a free place                 */
	struct wire    wire;
	uint32_t       line;
};

struct chore {
	void (*work)(void *generation);         /* aside                      */
	void (*then)(struct engine *en, struct generation *g);
	struct generation *generation;
};

struct chores {
	struct chore chore[CHORES_MAX];
	unsigned     first, count;      /* the first is being done            */
	bool         doing;
};

/* Going over the table by the generation to come. */
struct comparison {
	bool            active;
	unsigned        pass;
	uint32_t        slot;
	uint64_t        until_ns;       /* no answer is waited for longer     */
	uint64_t        shadow_until_ns;
	bool            changed;        /* tags, or what reaches others, did in
	                                   this pass                          */
	bool            telling;        /* the differences of this pass       */
	uint64_t        again_ns;       /* the next look                      */
	size_t          compared, undecided, differ, told;
	uint64_t       *said;           /* of a shadow: a number for each that
	                                   was told, SAID_MAX; 0: none. NULL:
	                                   every one is told                  */
	struct leases  *leases;         /* that its rules would hold          */
	struct leases  *real;           /* while a task is looked at; NULL    */
};

struct probation {
	uint64_t until_ns;              /* 0: none                            */
	uint64_t began_ns;
	uint64_t failures, changes;     /* of what it brought, since then     */
	uint64_t lost;                  /* counted until it began             */
	uint64_t judged, deciding_ns;
	uint64_t before_ns;             /* one judging took on average before */
};

struct reload {
	struct rule_reader   reader;
	struct reload_policy policy;
	struct reload_ears   ears;

	enum reload_stage    stage;
	struct reload_request request;
	bool                 by_files;          /* nobody asked               */
	bool                 back;              /* it is a rollback           */
	uint32_t             back_to;
	bool                 again;             /* somebody asked meanwhile   */
	struct reload_request next_request;
	bool                 next_by_files, next_back;
	bool                 files_again;       /* they changed meanwhile     */
	uint32_t             next_back_to;
	unsigned             overtaken_in_a_row;
	uint64_t             asked_ns, ready_ns, due_ns, rest_ns;
	uint64_t             restless_ns;       /* since when files are found
	                                           being written; 0: not      */

	bool                 begun;     /* now is in force                    */
	struct generation   *now;       /* its parts are with the voice       */
	struct generation   *before;    /* while now is on probation          */
	uint64_t             files_said;        /* those last in force        */
	uint64_t             left_said;         /* those gone back from; 0:
	                                           none, or they changed      */
	struct generation   *next;      /* under way                          */
	struct parting       parting[PARTINGS_MAX];
	struct memo         *fading[FADING_MAX];
	struct voice         voice;     /* of next, while it is compared      */
	struct comparison    compare;
	struct probation     probation;
	char                 fault[400];        /* that names a rule          */

	uint32_t             last_number;
	uint64_t             since_ns;
	uint64_t             reloads, refused, taken_back, overtaken;
	char                 last_refusal[REFUSAL_BYTES_MAX];
	uint64_t             refused_at_ns;
	uint32_t             kept[GENERATIONS_KEPT];
	size_t               kept_count;
	bool                 watched;
};

/* In milliseconds: since the last file changed, and since the first at most. */
#define REST_NS     UINT64_C(250000000)
#define RESTLESS_NS UINT64_C(2000000000)

/* reload_open.c, reload.c, reload_step.c, reload_build.c, reload_chore.c */
int  reload_open(struct engine *en, const struct engine_options *o);
void reload_close(struct engine *en);
/* The first image is in force. */
void reload_begun(struct engine *en);
/* Lets a worker go, with its wire; NULL is fine. */
void reload_part(struct engine *en, struct worker *w, const struct wire *wire,
                 uint32_t line);
/* Nothing was wrong with it for long enough. */
void reload_passed(struct engine *en);
/* EVENT_MADE and EVENT_RELOAD, also those of users' files. */
void reload_event(struct engine *en, const struct event *e);
/* A worker's event that is no voice's. */
void reload_worker(struct engine *en, const struct event *e);
/* What is due of it, a little at a time. */
void reload_step(struct engine *en, uint64_t now_ns);
/* When reload_step() wants to be called: 0 at once, UINT64_MAX: nothing is
 * due. */
uint64_t reload_wake_ns(struct engine *en);
/* The voice of the generation that is compared; NULL: none. */
struct voice *reload_voice(struct engine *en);
/* Ends what is under way, which is told with the reason; what waits behind it
 * begins. */
void reload_refuse(struct engine *en, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void reload_end(struct engine *en, enum reload_end end, const char *why);
/* Puts a request in line, before which what is under way may have to make
 * way. */
void reload_demand(struct engine *en, const struct reload_request *q,
                   bool files, bool back, uint32_t back_to);
/* Begins what was demanded last. */
void reload_start(struct engine *en);
/* What is under way is given up; what was demanded begins. */
void reload_forget(struct engine *en);
/* The one before decides again, while it is there. */
void reload_go_back(struct engine *en, enum reload_end end, const char *why,
                    uint64_t token);
/* The next steps of what is under way; each goes on, or ends it, by itself. */
void reload_compile(struct engine *en);
void reload_build(struct engine *en);
/* A wire's number that no worker has; 0: none. */
uint32_t reload_free_line(struct engine *en);
/* What the first one was followed by happens now, and the next one begins. */
void chore_done(struct engine *en);
/* Begins the first in line if the workshop is free; where there is none it is
 * done here. */
void chores_go_on(struct engine *en);
/* Forgets some more of the answers that fade. */
void memos_fade(struct reload *r);
/* Frees the workers that are gone by now, with their wires. */
void partings_end(struct reload *r);
/* Puts a chore in line: work is done in the workshop, then on the loop once it
 * is done (NULL: nothing).  False: CHORES_MAX wait already. */
bool chore_add(struct engine *en, void (*work)(void *generation),
               void (*then)(struct engine *en, struct generation *g),
               struct generation *g);

/* Takes it out of the engine, and frees it aside; NULL is fine. */
void generation_leave(struct engine *en, struct generation *g);

/* generation.c: aside, but for the first two and the last. */
struct generation *generation_new(struct engine *en);
void generation_free(struct generation *g);     /* NULL is fine               */
/* Chores, each of which notes in the generation how it went (error, why): its
 * files are read, its tests are tried, its image is checked and indexed, one
 * that was kept is brought back, one is kept, one is freed. */
void generation_read(void *generation);
void generation_try(void *generation);
void generation_build(void *generation);
void generation_recall(void *generation);
void generation_keep(void *generation);
void generation_drop(void *generation);
/* After one was brought back or kept, on the loop: which are kept is told from
 * now on as that chore found it. */
void generation_listed(struct generation *g);

/* Of a user's: the same, with its worker, and nobody waits for that. */
void generation_leave_own(struct engine *en, struct generation *g);

/* swap.c: puts next in force.  Nothing in it can fail. */
void swap_generations(struct engine *en);
/* The one before decides again. */
void swap_back(struct engine *en);
/* The same of a user's voice; g is empty then, and the caller's.  Where it has
 * no worker the voice's own stays.  0 or -ENOMEM. */
int  swap_own(struct engine *en, struct voice *v, struct generation *g);

/* compare.c */
int  compare_begin(struct engine *en);          /* 0 or -ENOMEM               */
/* A few tasks.  1: there are more, 0: done. */
int  compare_step(struct engine *en, uint64_t now_ns);
/* When compare_step() wants to be called again. */
uint64_t compare_wake_ns(const struct engine *en);
/* Frees what it holds; its numbers stay to be told. */
void compare_end(struct engine *en);
/* A task is looked at for a comparison: its rules' leases are not the real
 * ones. */
bool compare_is_hearing(const struct engine *en);
/* False where there is nothing to lend; else the real ones are there until they
 * are taken back. */
bool compare_lend_leases(struct engine *en);
void compare_take_back_leases(struct engine *en);
/* The number of the rule of the generation to come that would have a lease of a
 * rule in force. */
uint32_t compare_heir(struct engine *en, uint32_t rule);

/* probation.c */
void probation_begin(struct engine *en, uint64_t now_ns);
/* A function failed that did not before; something was changed for a rule. */
void probation_failed(struct engine *en);
void probation_changed(struct engine *en, uint32_t rule);
/* Whether something is wrong with it: a sentence, lent until the next call, or
 * NULL.  Some of it shows only at its end. */
const char *probation_fault(struct engine *en, uint64_t now_ns);

#endif
