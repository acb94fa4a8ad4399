/* question.h -- what the core and a rules worker say to each other.
 *
 * Every message begins with struct message; sizes come from the wire.  Numbers
 * are in the machine's own order: both ends are on one machine and of one
 * version.  The core believes nothing: answer_read() checks every field.
 *
 *   core to worker          worker to core
 *   FILE, once for each
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
                    MESSAGE_READING };

struct message {
	uint32_t kind;
	uint32_t id;                    /* of the question; of READING: which
	                                   FILE is read from here on, or how
	                                   many there were; else 0            */
};

/* FILE: then path, NUL, then the source. */
struct message_file {
	struct message head;
	uint32_t       layer;
	uint32_t       path_bytes;      /* without NUL                        */
};

/* IMAGE: then the image.  REFUSED: then the sentences, one a line. */

/* What a function turned out to have looked at. */
struct reads {
	uint64_t task;                  /* FACT_BITs                          */
	uint64_t host;                  /* HOST_BITs                          */
};

/* QUESTION: then the values of the task's facts in reads.task and the host's in
 * reads.host, lowest bit first, each as written by value_write(). */
struct message_question {
	struct message head;
	uint32_t       generation;
	uint32_t       rule;
	struct reads   sent;
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

/* ANSWER: then 'values' of struct image_value, whose text lies in what follows
 * (for CPUS: the list); for failures the text is the message. */
struct message_answer {
	struct message head;
	uint32_t       generation;
	uint32_t       rule;
	uint32_t       outcome;
	uint32_t       values;
	struct reads   read;
};

struct answer {
	enum outcome outcome;
	struct want  want;
	struct reads read;
	char         text[200];         /* of a failure, fit for a terminal   */
};

/* Writes a question about who into at most size bytes of out.  The number of
 * bytes, -EINPROGRESS (a slow fact is not there yet), -ESRCH, -E2BIG. */
int64_t question_write(uint32_t id, uint32_t generation, uint32_t rule,
                       struct reads what, struct subject *who,
                       void *out, size_t size);
/* The part of a question that its answer depends on. */
const void *question_key(const void *question, size_t bytes, size_t *ret_bytes);

/* The worker's side: the value of one fact in a question.  1, 0 (nil: it is
 * unreadable), -ENOENT (not among those sent), -EINVAL (malformed).  The value
 * points into the question. */
int question_fact(const void *question, size_t bytes, enum fact fact,
                  struct value *ret_value);
int question_host(const void *question, size_t bytes, enum host_fact fact,
                  int64_t *ret_value);

/* Writes an answer; CPU sets are written as lists.  The number of bytes or
 * -E2BIG. */
int64_t answer_write(uint32_t id, uint32_t generation, uint32_t rule,
                     const struct answer *a, const struct interned *sets,
                     void *out, size_t size);
/* 0, or -EINVAL: not a well-formed answer to a question of that rule.  CPU sets
 * are interned.  Values outside their setting's range are refused. */
int answer_read(const void *bytes, size_t size, struct interned *sets,
                uint32_t *ret_id, uint32_t *ret_generation, uint32_t *ret_rule,
                struct answer *ret_answer);

#endif
