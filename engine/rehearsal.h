/* rehearsal.h -- an engine on a simulated machine: what rule tests and the
 * engine's own tests are played on.
 *
 *      r = rehearsal_new(&options);
 *      pid = sim_exec(r->sim, &program);
 *      rehearsal_settle(r);
 *      sim_knob(r->sim, pid, SETTING_nice, &nice);
 *      rehearsal_free(r);
 */
#ifndef REHEARSAL_H
#define REHEARSAL_H

#include "engine.h"
#include "os/sim/sim.h"

/* Who plays the rules worker.  It has the rule files already. */
struct understudy {
	void *self;
	/* The compiled rules, lent until the next call; NULL: they are wrong,
	 * and why is lent likewise. */
	const void *(*image)(void *self, size_t *ret_bytes,
	                     const char **ret_why);
	/* Answers a QUESTION into out: the number of bytes, or 0 or less to say
	 * nothing at all. */
	int64_t (*answer)(void *self, const void *question, size_t bytes,
	                  void *out, size_t size);
};

struct rehearsal_options {
	uint64_t            seed;
	struct understudy   worker;
	/* Who plays the worker of a user's own rules; NULL: that user has none.
	 * NULL itself: no user's count. */
	struct understudy *(*own)(void *self, uid_t uid);
	struct engine_ears  ears;
	struct limit_rates  limits;     /* all zero: none                     */
	bool                without_groups;     /* the machine is             */
	uint64_t            guard_ns;   /* named programs are held at their
	                                   start so long at most; 0: not      */
	const struct rule_source *sources;      /* lent; what reader found    */
	size_t              source_count;
	uint32_t            last_generation;    /* numbers go on from there   */
	struct rule_reader  reader;     /* read NULL: rules are read once     */
	struct reload_policy reload;
	struct reload_ears  reload_ears;
	pid_t               keeper, core;       /* never touched; 0: none     */
};

/* Whoever rehearses moves the machine and looks at the engine directly. */
struct rehearsal {
	struct rehearsal_options options;
	struct interned         *sets;
	struct sim              *sim;
	struct os                os;
	struct journal          *journal;
	struct engine            engine;
	uint32_t                 wire;  /* whose worker is being played       */
	char                     answer[ANSWER_BYTES_MAX];
};

/* A machine with pid 1 on it, and an engine that has heard of no rules yet: to
 * settle comes next.  NULL: no memory. */
struct rehearsal *rehearsal_new(const struct rehearsal_options *o);
void rehearsal_free(struct rehearsal *r);       /* NULL is fine               */

/* The engine's process is killed, and another one finds the machine and the
 * journal as they are.  0 or -errno. */
int rehearsal_restart(struct rehearsal *r);

/* Runs the engine until nothing more happens at this moment.  0, 1 when it has
 * stopped, -ELOOP when it never comes to rest, -errno when it cannot go on. */
int rehearsal_settle(struct rehearsal *r);
/* Lets time pass, with all that comes due meanwhile; then as settle. */
int rehearsal_pass(struct rehearsal *r, uint64_t ns);

/* What the rules say of one task now, leaving no trace of having asked.  0 or
 * -ESRCH.  whom.born may be 0. */
int rehearsal_look(struct rehearsal *r, struct task_id whom,
                   struct opinion *ret_opinion);
/* Whether the knob of that task is ours: somewhere it is written what it was
 * before. */
bool rehearsal_holds(struct rehearsal *r, struct task_id whom, enum setting s);
/* Why nothing of the task is changed, or NULL. */
const char *rehearsal_protected(struct rehearsal *r, struct task_id whom);

#endif
