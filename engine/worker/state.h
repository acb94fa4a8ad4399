/* state.h -- what the core knows of its worker, and how it moves on. */
#ifndef WORKER_STATE_H
#define WORKER_STATE_H

#include "base/limits.h"
#include "worker/line.h"
#include "worker/packs.h"
#include "worker/worker.h"

#define WORKER_HEALTHY_NS UINT64_C(10000000000) /* lived well: pauses restart */
#define WORKER_RETRY_NS   UINT64_C(2000000)     /* the wire was full          */
#define WORKER_SEND_BYTES (128u << 10)          /* of rules, in one go        */
#define WORKER_GLANCE_NS  UINT64_C(1000000)     /* least time between looks   */

enum state {
	STATE_OFF,              /* not asked for, or its rules were refused   */
	STATE_STARTING,         /* asked for                                  */
	STATE_LOADING,          /* it lives and reads the rules               */
	STATE_CHECKING,         /* its image is looked at elsewhere           */
	STATE_READY,
	STATE_BUSY,             /* a question is out                          */
	STATE_PAUSED,           /* lost; the next one comes after a while     */
	STATE_DISMISSED,        /* not needed                                 */
	STATES
};

enum heard {
	HEARD_HERE,             /* a worker lives                             */
	HEARD_GONE,
	HEARD_READING,          /* which file it reads                        */
	HEARD_IMAGE,
	HEARD_REFUSED,
	HEARD_ANSWER,
	HEARD_NONSENSE,         /* a message of no known kind                 */
	HEARD_TIME,             /* due_ns has come                            */
	HEARDS
};

/* A message, without meaning for the others. */
struct letter {
	const char *bytes;
	size_t      size;
};

/* An image is known again by these; it need not be kept for that. */
struct image_print {
	size_t   bytes;
	uint64_t sum;
};

struct worker {
	const struct wire        *wire;
	struct interned          *sets;
	const struct rule_source *sources;
	size_t                    source_count;
	struct worker_limits      limits;
	bool                      own;          /* it reads a user's rules    */
	bool                      unwatched;    /* not all of its files are   */
	bool                      aside;        /* its image is checked aside;
	                                           of a user's always         */

	enum state state;
	bool       there;               /* the wire has one, wanted or not    */
	uint64_t   now_ns;
	uint64_t   due_ns;              /* the next look                      */
	uint64_t   limit_ns;            /* of what is being waited for        */
	uint64_t   pause_ns;            /* before the next restart            */
	uint64_t   ready_ns;            /* since when it answers; 0: it never
	                                   did                                */

	const struct rule_options *options;             /* or NULL            */
	size_t             sources_sent;
	bool               options_sent;
	bool               compiling;   /* all were sent, and COMPILE         */
	uint32_t           reading;     /* which source; past the last: none;
	                                   UINT32_MAX: the first is not begun */
	uint32_t           suspect;     /* which one was read when the worker
	                                   before was lost, and how often in
	                                   a row                              */
	uint32_t           suspicions;
	bool               compiled;    /* once; print and rules are known    */
	uint32_t           rules;
	struct image_print print;
	struct letter_kept compiled_as; /* not checked, with the news of it   */
	void              *image;       /* lent with the news of it           */
	size_t             image_bytes;

	struct line   line;
	struct asked *out;              /* at the worker                      */
	uint64_t      out_cpu_ns;       /* the worker's CPU time when asked   */
	bool          cpu_known;        /* that is still so                   */
	bool          out_dropped;      /* nobody waits for what is out       */
	bool          stuck;            /* the first in line cannot be sent   */
	struct asked *lost;             /* to be settled as failed            */
	struct asked *settled;          /* lent with the news of its answer   */
	struct worker_answer answer;
	struct deeds *deeds;            /* of a handler's answer              */
	struct packs *packs;            /* NULL: nothing is compiled          */
	uint32_t      off;              /* of a pack switched off, untold; or
	                                   RULE_NONE                          */

	uint32_t             guilty;
	char                 why[512];
	char                *refusal;
	struct worker_counts counts;
};

/* What follows in one state from one piece of news. */
typedef enum worker_news move(struct worker *w, const struct letter *letter);

/* What the table has for that state and that news, done; what whoever owns the
 * worker is to hear of it. */
enum worker_news worker_move(struct worker *w, enum heard heard,
                             const struct letter *letter);
/* Asks the wire for a worker: 0 or -errno. */
int  worker_launch(struct worker *w);
/* Every way of going wrong: the worker is killed, the question that was out is
 * blamed, and after a pause another worker is asked for. */
enum worker_news worker_lose(struct worker *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* It is there until the wire says that it is gone. */
void worker_kill(struct worker *w);
/* Nothing will come of it; refusal says why and is taken over, NULL: no
 * memory. */
enum worker_news worker_refuse(struct worker *w, char *refusal);
/* It can be asked from now on; returns news. */
enum worker_news worker_ready(struct worker *w, enum worker_news news);

move load_begin, load_go_on, load_reading, load_image, load_refusal, load_died;

move asking_answer, asking_time;
/* Sends the next question if the worker is free. */
void asking_pump(struct worker *w);
/* The question that was out has failed. */
void asking_blame(struct worker *w);
/* What is settled without an answer, one a call. */
enum worker_news asking_settle_lost(struct worker *w);
/* The news that a pack was switched off, if that is not told yet. */
enum worker_news asking_tell_off(struct worker *w);

static inline uint64_t later(uint64_t now_ns, uint64_t by_ns)
{
	return by_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + by_ns;
}

static inline uint64_t sooner(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

#endif
