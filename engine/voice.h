/* voice.h -- those whose rules are asked: the system, and each user who is
 * there and has rules of their own.
 *
 * A voice has a worker and a rule set to itself, and nothing that it knows is
 * another's: so a user's rules fail, hang or are wrong for that user alone.  A
 * user's voice may speak of processes all of whose uids are that user's; it
 * begins with the first of them and ends a while after the last.
 */
#ifndef VOICE_H
#define VOICE_H

#include "policy/memo.h"
#include "policy/ruleset.h"
#include "policy/states.h"
#include "worker/askers.h"
#include "worker/worker.h"

struct engine;
struct engine_options;
struct generation;
struct handlings;

struct voice {
	uint32_t          number;       /* VOICE_SYSTEM, or a user's          */
	uid_t             uid;          /* the user                           */
	char              name[64];     /* "user 1000 (ann)"; the system: ""  */
	struct worker    *worker;       /* NULL: a free place                 */
	struct wire       wire;         /* its own; the system's first is the
	                                   door itself                        */
	uint32_t          line;         /* the number of its wire             */
	/* Of a user's, voice_rules.c: what is made of its worker's image, and
	 * other rules that come; NULL: nothing. */
	struct generation *made, *next;
	unsigned          chores;       /* of these, in the workshop          */
	uint64_t          look_ns;      /* then, whether its files rest; 0: no */
	uint64_t          rest_ns;      /* then they are read, if they do not */
	bool              stirred;      /* they did change                    */
	uint64_t          last_read_ns;
	struct ruleset   *rules;        /* swapped whole, between events; NULL
	                                   until the first image              */
	struct memo      *memo;
	struct states    *states;
	struct handlings *handlings;
	struct askers    *askers;
	struct standing  *standing;     /* since when what holds              */
	uint8_t          *conduct;      /* of each rule; see conduct.h        */
	uint8_t          *muted;        /* a bit for each rule that is not heard
	                                   until the next generation; NULL:
	                                   all are                            */
	struct tally     *tally;        /* of each rule; see tally.h          */
	uint64_t          host_learned; /* HOST_BITs that functions of this
	                                   generation looked at               */
	uint32_t          tag_alive[TAGS_MAX];  /* living tasks               */
	bool              states_read;  /* some function looks at one         */
	bool              turned_away;  /* questions, for want of room        */
	bool              refused;      /* its rules, or the last ones, are
	                                   wrong:                             */
	char              why[400];
	size_t            tasks;        /* a user's living processes          */
	uint64_t          alone_ns;     /* since when there is none; 0        */
};

/* The system's voice, whose rules are these; its image is asked for.  0 or
 * -errno. */
int  voice_open_system(struct engine *en, const struct engine_options *o);
void voices_close(struct engine *en);

/* The one at or after *number that is there, which is moved past it; NULL at
 * the end. */
struct voice *voice_next(struct engine *en, uint32_t *number);
/* The one whose worker's events bear that number; NULL: none. */
struct voice *voice_on_line(struct engine *en, uint32_t line);
/* The voice that a rule's number names; NULL: it is gone, or that is no
 * rule. */
struct voice *voice_of_rule(struct engine *en, uint32_t rule);
static inline bool voice_speaks_of(const struct voice *v,
                                   const struct task *who)
{
	return v->number == VOICE_SYSTEM || who->voice == v->number;
}

/* A user's that may speak of the task; NULL: nobody but the system. */
struct voice *voice_of_task(struct engine *en, const struct task *who);

/* Before a task is judged: finds out whose it is, and begins that user's voice
 * if need be.  0 or -ESRCH. */
int  voice_settle(struct engine *en, struct task *who);
/* A task of it is gone; its row is still known for that user's. */
void voice_left(struct engine *en, struct task *who);
/* Whoever it may speak of is judged again. */
void voice_ask_all(struct engine *en, struct voice *v);
/* The same after another image of a user's. */
void voice_heard(struct engine *en, struct voice *v);
/* Of a user's, with the user's name before it: what is not wrong, and, of any
 * voice, what is. */
void voice_tell(struct engine *en, const struct voice *v, const char *what);
void voice_trouble(struct engine *en, const struct voice *v, const char *what);

/* voice_rules.c: users' rules are read again, each by a worker of that user. */
void voices_renew(struct engine *en);
/* The voice's own worker compiled them, with that news; and what another
 * says. */
void voice_compiled(struct engine *en, struct voice *v);
void voice_hear_next(struct engine *en, struct voice *v, const struct event *e);
/* They are wrong; those in force stay. */
void voice_refuse(struct engine *en, struct voice *v, const char *why);
/* Files of a user's may have changed: they are read again once they rest. */
void voice_stirred(struct engine *en, uint32_t line);
/* How changes of its files are noticed: "watched", or why not. */
const char *voice_files(const struct engine *en, const struct voice *v);
/* What was built comes into force, and what is due is read again. */
void voices_read_due(struct engine *en, uint64_t now_ns);
/* When voices_read_due() has something to do for it: 0 at once, UINT64_MAX:
 * nothing is due. */
uint64_t voice_rules_wake_ns(const struct voice *v);
/* Its rules are over; nothing of it is in the workshop. */
void voice_rules_end(struct engine *en, struct voice *v);
/* The same when the engine ends. */
void voice_rules_close(struct voice *v);
/* Ends those that are alone for long enough: 0 or -errno. */
int  voices_expire(struct engine *en, uint64_t now_ns);
/* When the next one ends, or its worker is to be seen to; UINT64_MAX: none. */
uint64_t voices_wake_ns(struct engine *en);

#endif
