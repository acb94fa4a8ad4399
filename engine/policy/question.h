/* question.h -- what the core and a rules worker say to each other.
 *
 * Every message begins with struct message; sizes come from the wire.  Numbers
 * are in the machine's own order: both ends are on one machine and of one
 * version.  The core believes nothing: answer_read() checks every field.
 *
 *   core to worker          worker to core
 *   FILE, once for each
 *   OPTIONS, if there are any
 *   COMPILE                 IMAGE, or REFUSED with what is wrong
 *   QUESTION                ANSWER
 *
 * The bytes of a question after its id are also the key under which the answer
 * is remembered: equal questions have equal answers.
 */
#ifndef POLICY_QUESTION_H
#define POLICY_QUESTION_H

#include "model/want.h"
#include "policy/match.h"

enum message_kind { MESSAGE_FILE = 1, MESSAGE_COMPILE, MESSAGE_QUESTION,
                    MESSAGE_IMAGE, MESSAGE_REFUSED, MESSAGE_ANSWER,
                    MESSAGE_READING, MESSAGE_OPTIONS };

struct message {
	uint32_t kind;
	uint32_t id;                    /* of the question; of READING: which
	                                   FILE is read from here on, or how
	                                   many there were; of OPTIONS: 1 when
	                                   some rules are left out; of IMAGE and
	                                   REFUSED of a user's: 1 when not all
	                                   their files are watched; else 0    */
};

/* FILE: then path, NUL, then the source. */
struct message_file {
	struct message head;
	uint32_t       layer;
	uint32_t       path_bytes;      /* without NUL                        */
};

/* OPTIONS: then name, NUL, value, NUL of each.  IMAGE: then the image.
 * REFUSED: then the sentences, one a line. */

/* What a function turned out to have looked at. */
struct reads {
	uint64_t task;                  /* FACT_BITs                          */
	uint64_t host;                  /* HOST_BITs                          */
	uint64_t state;                 /* a bit for each of its file's states */
};

static inline bool reads_within(struct reads a, struct reads b)
{
	return (a.task & ~b.task) == 0 && (a.host & ~b.host) == 0 &&
	       (a.state & ~b.state) == 0;
}

/* What a table that functions share holds: bytes that only a worker reads. */
struct state_bytes {
	const void *bytes;
	size_t      size;               /* 0: nothing yet                     */
};

/* QUESTION: then, for a handler, where in the message each task begins (a
 * uint32_t each, filled up to eight bytes); the host's values in sent.host,
 * the states in sent.state, and of each task its facts in sent.task: lowest bit
 * first, each a slot. */
struct message_question {
	struct message head;
	uint32_t       generation;
	uint32_t       rule;
	struct reads   sent;
	uint32_t       moment;          /* enum moment; NONE: what it wants   */
	uint32_t       level;           /* of a pressure: enum host_level     */
	uint32_t       tasks;           /* without a moment: 1                */
	uint32_t       about;           /* the one that it happened to, or
	                                   IMAGE_NONE                         */
};

enum outcome {
	OUTCOME_WANT,                   /* the rule wants something           */
	OUTCOME_NOTHING,                /* it looked and has no wish          */
	OUTCOME_NEEDS,                  /* it read facts that were not sent   */
	OUTCOME_SPENT,                  /* used up its instructions or time   */
	OUTCOME_NOMEM,                  /* used up its memory                 */
	OUTCOME_ERROR,                  /* raised, or returned nonsense       */
	OUTCOMES
};

/* ANSWER: then 'actions' of struct message_action and 'states' of struct
 * message_state, both of handlers only; then 'values' of struct image_value,
 * those of the first action first; then the bytes that all of these point to.
 * For failures there is only a text, the message. */
struct message_answer {
	struct message head;
	uint32_t       generation;
	uint32_t       rule;
	uint32_t       outcome;
	uint32_t       values;
	uint32_t       actions, states;
	struct reads   read;
};

/* What a handler does to one of the tasks it was sent: a lease, or something
 * done once. */
enum action_kind { ACTION_WANT, ACTION_RECLAIM, ACTION_KINDS };

struct message_action {
	uint32_t kind;
	uint32_t task;                  /* which of those sent                */
	uint32_t values;                /* WANT: how many are its             */
	uint32_t pad;
	uint64_t keep_ns;               /* WANT                               */
	int64_t  amount;                /* RECLAIM: bytes                     */
};

struct message_state {
	uint32_t          state;        /* which of its file's                */
	struct image_text bytes;
};

struct action {
	enum action_kind kind;
	uint32_t         task;
	uint64_t         keep_ns;
	int64_t          amount;
	struct want      want;
};

/* What a handler answers.  State bytes are lent by the message. */
struct deeds {
	size_t             count;
	struct action      action[ACTIONS_MAX];
	uint64_t           written;     /* a bit for each state below         */
	struct state_bytes state[STATES_PER_FILE];
};

struct answer {
	enum outcome outcome;
	struct want  want;
	struct reads read;
	char         text[200];         /* of a failure, fit for a terminal   */
};

/* What a question is, but for its values. */
struct inquiry {
	uint32_t     id, generation, rule;
	struct reads what;
	const struct state_bytes *states;       /* of its file, by bit        */
};

/* Writes a question about who into at most size bytes of out.  The number of
 * bytes, -EINPROGRESS (a slow fact is not there yet), -ESRCH, -E2BIG. */
int64_t question_write(const struct inquiry *q, struct subject *who,
                       void *out, size_t size);

/* What set a handler off, and the tasks to send along (at most
 * HANDLED_TASKS_MAX; NULL: it left); who has everything but the task. */
struct happening {
	enum moment          moment;
	uint32_t             level;
	uint32_t             about;
	struct task *const  *task;
	size_t               tasks;
};

/* The same for a handler.  What cannot be read now is sent as unreadable. */
int64_t question_write_all(const struct inquiry *q, const struct happening *h,
                           struct subject *who, void *out, size_t size);
/* The part of a question that its answer depends on. */
const void *question_key(const void *question, size_t bytes, size_t *ret_bytes);

/* The worker's side: its head.  0, or -EINVAL: it is no question. */
int question_head(const void *question, size_t bytes,
                  struct message_question *ret_head);
/* The value of one fact of one task (0: the first) in a question.  1, 0 (nil:
 * it is unreadable), -ENOENT (not among those sent), -EINVAL (malformed).  The
 * value points into the question. */
int question_fact(const void *question, size_t bytes, uint32_t task,
                  enum fact fact, struct value *ret_value);
/* A fact about the machine that a question was sent with: 0, -ENOENT (it was
 * not sent), or -EINVAL (no sound question). */
int question_host(const void *question, size_t bytes, enum host_fact fact,
                  int64_t *ret_value);
/* The same; what was never written has size 0. */
int question_state(const void *question, size_t bytes, uint32_t state,
                   struct state_bytes *ret_state);

/* Writes an answer; what is interned is written out.  deeds: what a
 * handler does, when the outcome is a want; else NULL.  The number of bytes or
 * -E2BIG. */
int64_t answer_write(uint32_t id, uint32_t generation, uint32_t rule,
                     const struct answer *a, const struct deeds *deeds,
                     const struct interned *sets, void *out, size_t size);
/* 0, or -EINVAL: not a well-formed answer to a question of that rule.  Sets and
 * names are interned.  Values outside their setting's range are refused.  What
 * a handler does is put into deeds, which is emptied first; NULL: none may. */
int answer_read(const void *bytes, size_t size, struct interned *sets,
                uint32_t *ret_id, uint32_t *ret_generation, uint32_t *ret_rule,
                struct answer *ret_answer, struct deeds *deeds);

#endif
