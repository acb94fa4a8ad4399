/* worker.h -- the core's side of the rules worker: load, ask, time, replace.
 *
 * One question at a time is at the worker, and the core knows whose.  A worker
 * that dies or takes too long loses that question: the rule that was asked is
 * blamed, the others are asked again of its successor.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "model/option.h"
#include "os/os.h"
#include "policy/question.h"

struct worker;

struct rule_source {
	enum layer layer;
	char      *path;                /* owned by the list                  */
	char      *text;                /* NULL: forgotten                    */
	size_t     bytes;
	uint64_t   sum;                 /* of one that is                     */
};

struct worker_limits {
	uint64_t question_cpu_ns;       /* 50 ms                              */
	uint64_t question_wall_ns;      /* 2 s                                */
	uint64_t load_wall_ns;          /* 20 s for reading all rule files    */
	uint64_t back_off_ns;           /* first pause before a restart, doubled
	                                   each time up to 64 times that      */
	uint32_t strikes;               /* failures after which the functions of
	                                   a rule file are asked no more: 3   */
};

enum worker_news {
	WORKER_NOTHING,
	WORKER_IMAGE,                   /* a checked image: worker_image()    */
	WORKER_COMPILED,                /* one that is not: worker_compiled() */
	WORKER_REFUSED,                 /* the rules are wrong: worker_why()  */
	WORKER_ANSWER,                  /* see worker_answer()                */
	WORKER_SWITCHED_OFF,            /* a rule file's functions are asked no
	                                   more: worker_why() names it        */
	WORKER_LOST                     /* it died, was killed, or spoke
	                                   nonsense; worker_why() says which  */
};

struct worker_answer {
	uint32_t      rule;
	const void   *key;              /* lent until the next call           */
	size_t        key_bytes;
	struct answer answer;           /* OUTCOME_ERROR for a lost question  */
	bool          handled;          /* it is a handler's                  */
	const struct deeds *deeds;      /* that, when the outcome is a want   */
	uint64_t      cpu_ns;           /* of the worker, for that question   */
	bool          passing;          /* lost before any fact was read, so
	                                   nothing is known of other tasks    */
};

struct worker_counts {
	uint64_t started, asked, answered;
	uint64_t lost;                  /* workers, not questions             */
	uint64_t full;                  /* questions turned away at the bound */
	uint64_t switched_off;          /* rule files                         */
};

/* sources and options (NULL: none) are lent for the worker's life: a
 * replacement is given them again. */
struct worker *worker_new(const struct wire *wire, struct interned *sets,
                          const struct rule_source *sources, size_t n,
                          const struct rule_options *options,
                          const struct worker_limits *limits);
/* A worker that reads a user's rules itself; what it makes of them is in small
 * bounds, is checked aside (worker_check_aside()), and may be another image
 * each time. */
struct worker *worker_new_own(const struct wire *wire, struct interned *sets,
                              const struct worker_limits *limits);
void worker_free(struct worker *w);             /* NULL is fine; kills it     */

/* Before it is started: its image is not checked here but told with
 * WORKER_COMPILED; then nothing more comes of it until worker_believe(). */
void worker_check_aside(struct worker *w);
/* With that news only: the image takes itself out of the wire, and is the
 * caller's. */
struct letter_kept worker_compiled(struct worker *w);
/* The image of its rules is that one, which was checked and has that
 * text_sum(); called before the start, it must come out again.  0 or
 * -ENOMEM. */
int  worker_believe(struct worker *w, const void *image, size_t bytes,
                    uint64_t sum);
/* Instead: the image is no good.  As lost with that reason. */
enum worker_news worker_disbelieve(struct worker *w, const char *why);
/* Whether one that reads its rules itself says that not all files of them are
 * watched. */
bool worker_misses_files(const struct worker *w);
/* It lies elsewhere now. */
void worker_rewire(struct worker *w, const struct wire *wire);
/* Whether its process is there, wanted or not. */
bool worker_lives(const struct worker *w);

/* Asks for the process; WORKER_IMAGE or WORKER_REFUSED follows.  0, -EALREADY,
 * or why the wire could not start one. */
int worker_start(struct worker *w, uint64_t now_ns);
/* Instead: after the pause that comes before a restart. */
void worker_start_later(struct worker *w, uint64_t now_ns);
/* Of one that reads its rules itself: lets the process go, and has another read
 * them as they are by then. */
void worker_renew(struct worker *w, uint64_t now_ns);

/* Puts a question (as question_write() made it) in line.  0, -EALREADY (the
 * same is in line or out), -ENOBUFS (QUESTIONS_MAX; counted), -EPIPE (its file
 * is switched off, or there is no worker), -EINVAL (no such rule), -ENOMEM.
 * Never answers inline. */
int worker_ask(struct worker *w, const void *question, size_t bytes,
               uint64_t now_ns);

/* False: its file is switched off, and what it once answered counts no more. */
bool worker_asks(const struct worker *w, uint32_t rule);

/* After questions were turned away: it is worth asking again. */
bool worker_has_room(const struct worker *w);

/* One event of kind MESSAGE or WORKER, or none (NULL: see to time limits and to
 * what is in line).  Call until WORKER_NOTHING. */
enum worker_news worker_hear(struct worker *w, const struct event *e,
                             uint64_t now_ns);
/* With the news of it only: lent until the next worker_hear(), then freed; NULL
 * at any other time. */
const void *worker_image(const struct worker *w, size_t *ret_bytes);
/* NULL: no question was answered last.  Lent until the next event. */
const struct worker_answer *worker_answer(const struct worker *w);
const char *worker_why(const struct worker *w);
/* Whose question was out when it was lost; RULE_NONE: nobody's. */
uint32_t worker_guilty(const struct worker *w);

struct worker_counts worker_counts(const struct worker *w);

/* When worker_hear(NULL) wants to be called; UINT64_MAX: not at all. */
uint64_t worker_wake_ns(const struct worker *w);
/* Forgets questions in line: another generation is coming. */
void worker_drop(struct worker *w);
/* Rules without functions need no process: lets it go for good. */
void worker_dismiss(struct worker *w);

#endif
