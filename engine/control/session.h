/* session.h -- one visitor and what is being answered; for the files of control
 * alone. */
#ifndef CONTROL_SESSION_H
#define CONTROL_SESSION_H

#include "base/json.h"
#include "base/json_read.h"
#include "control/control.h"

struct decisions;
struct verb;

/* Why an answer is none.  Words that programs may rely on. */
enum refusal {
	REFUSAL_NONE,
	REFUSAL_MALFORMED,              /* the line is no such object         */
	REFUSAL_VERSION,                /* it speaks another version          */
	REFUSAL_UNKNOWN,                /* no such verb, key or rule          */
	REFUSAL_WRONG,                  /* a value that cannot be             */
	REFUSAL_DENIED,                 /* not that visitor's to ask          */
	REFUSAL_GONE,                   /* no such task                       */
	REFUSAL_UNREADY,                /* not yet, or not now                */
	REFUSALS
};

struct session {
	struct control    *control;
	uint32_t           visit;
	struct peer        peer;
	bool               commands;    /* may ask for everything             */
	bool               ending;      /* nothing more is heard of it        */
	bool               dropped;     /* it does not read; or is gone       */
	uint64_t           heard_ns;    /* came, or was answered last         */
	uint64_t           read_ns;     /* when it last read something, or first
	                                   had something to read              */
	size_t             room;        /* there was then                     */
	uint64_t           credit_ns;   /* up to when its asking is paid for  */
	bool               unpaid;      /* it asked too often                 */
	const struct verb *verb;        /* being answered; NULL: none         */
	struct json_object ask;
	enum refusal       refusal;
	char               why[200];
	/* What the verb remembers between two rows. */
	struct task_id     whom;
	uint64_t           token;       /* of a reload that it waits for; 0   */
	uint64_t           rows;
	uint64_t           at, part, until;
	uint64_t           patience_ns; /* there is a row then, whatever it is
	                                   that it waits for; 0: no end       */
	/* Rows that were made at once, each followed by NUL. */
	struct { char *text; size_t used, size, at; } kept;
	char               line[VISIT_LINE_MAX + 1];
};

struct control {
	struct engine        *engine;
	uid_t                 uid;
	uint64_t              started_ns;
	struct session       *session[VISITS_MAX];      /* NULL: none         */
	uint64_t              busy;     /* a bit for each that has something to
	                                   say at once                        */
	uint32_t              turn;     /* whose it is next                   */
	size_t                open;
	struct control_counts counts;
	struct decisions     *decisions;
	struct { uint64_t at_ns, events, judged; } before, lately;
	char                  row[VISIT_ROW_MAX];       /* being written      */
	uint64_t              tokens;   /* given out so far                   */
	size_t                sets_of_users;    /* of CPUs, that they invented */
	uint64_t              foreign;  /* values that somebody else changed  */
};

_Static_assert(VISITS_MAX == 64, "a bit for each");

/* Rows about one task are made in one go, while it is what it is, and sent as
 * they are read: begun and ended by begin(), row by row. */
void kept_begin(struct session *s, struct json *row, const char *kind);
/* What has no room, past KEPT_BYTES_MAX, is left out and counted. */
void kept_end(struct session *s, struct json *row);
void kept_clear(struct session *s);
/* The row() of a verb whose begin() made them. */
int  kept_row(struct session *s, struct json *row);

/* Remembers why, for the answer: -EINVAL. */
int session_refuse(struct session *s, enum refusal refusal,
                   const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Whoever follows has something to read. */
void control_stir(struct control *c);
/* Monotonic, the machine's own (virtual on the simulated one). */
uint64_t control_now_ns(const struct control *c);

#endif
