/* facts.h -- what is known about one task.
 *
 * A fact is unknown until it was asked for, then known or unreadable.  An
 * unreadable fact is nil to a rule and makes every condition on it fail.
 */
#ifndef MODEL_FACTS_H
#define MODEL_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/limits.h"

enum fact_type   { FACT_TYPE_NUMBER, FACT_TYPE_TEXT, FACT_TYPE_LIST,
                   FACT_TYPE_BOOL };    /* a number that is 0 or 1            */
enum fact_unit   { FACT_UNIT_PLAIN, FACT_UNIT_NS, FACT_UNIT_BYTES,
                   FACT_UNIT_PERCENT, FACT_UNIT_RATE };
enum fact_source { FACT_SOURCE_ID, FACT_SOURCE_STAT, FACT_SOURCE_COMM,
                   FACT_SOURCE_EXE, FACT_SOURCE_STATUS, FACT_SOURCE_CGROUP,
                   FACT_SOURCE_USER, FACT_SOURCE_GROUP, FACT_SOURCE_METER,
                   FACT_SOURCE_SLOW, FACT_SOURCE_TABLE, FACT_SOURCE_CLOCK,
                   FACT_SOURCE_MOMENT };
enum fact_rank   { FACT_RANK_OTHER, FACT_RANK_IDENTITY };

enum fact {
#define FACT(name, type, unit, source, rank, drift_ms, step, text) FACT_##name,
#include "model/fact.def"
#undef FACT
	FACT_COUNT
};

_Static_assert(FACT_COUNT <= 64, "a set of facts is one word");

#define FACT_BIT(f) (UINT64_C(1) << (f))

struct fact_row {
	const char      *name;
	enum fact_type   type;
	enum fact_unit   unit;
	enum fact_source source;
	enum fact_rank   rank;
	uint32_t         drift_ms;
	int64_t          step;
	const char      *text;
};

extern const struct fact_row fact_rows[FACT_COUNT];

/* 0, or -ENOENT; the nearest known name for a message, NULL when none is
 * near. */
int         fact_find(const char *name, enum fact *ret_fact);
const char *fact_nearest(const char *name);
/* Whether values are compared as numbers; a text or list is not. */
bool        fact_is_number(enum fact f);
/* Rounded down to the fact's step: what a function is shown. */
int64_t     fact_in_step(enum fact f, int64_t value);
/* As the language writes a fact with a unit: "5s", "2GiB", "80%", "1MiB/s".  0
 * or -EINVAL; what has no unit is no text. */
int         fact_parse(enum fact f, const char *text, int64_t *ret_value);

/* All facts of one source, a bit each; of a source that is named the compiler
 * knows them. */
static inline uint64_t facts_of_source(enum fact_source from)
{
	uint64_t set = 0;

#define FACT(name, type, unit, source, rank, drift_ms, step, text) \
	set |= from == FACT_SOURCE_##source ? FACT_BIT(FACT_##name) : 0;
#include "model/fact.def"
#undef FACT
	return set;
}

/* Those that change with no event to tell of it: they are looked at again every
 * drift_ms. */
static inline uint64_t facts_that_drift(void)
{
	uint64_t set = 0;

#define FACT(name, type, unit, source, rank, drift_ms, step, text) \
	set |= (drift_ms) != 0 ? FACT_BIT(FACT_##name) : 0;
#include "model/fact.def"
#undef FACT
	return set;
}

#define METER_LEAST_NS UINT64_C(100000000)

/* A total that grows, and how fast it did between the last two looks that were
 * far enough apart to tell. */
struct meter {
	uint64_t at_ns, total;
	int64_t  rate;
	bool     begun, known;          /* one look; two                      */
};

/* rate: growth times scale, divided by the nanoseconds that it took. */
void meter_look(struct meter *m, uint64_t now_ns, uint64_t total,
                uint64_t scale);

/* What a sensor fills.  Facts that follow from others are not in here;
 * table_fact() derives them. */
struct facts {
	uint64_t known;                 /* FACT_BIT of what is below          */
	uint64_t unreadable;            /* asked for, and not to be had       */
	pid_t    ppid, session;
	uid_t    uid;
	gid_t    gid;
	bool     uids_differ;           /* the effective, saved or file system's
	                                   is another than the real one       */
	uint32_t threads;
	uint32_t flags;                 /* the kernel's PF_ word, from stat   */
	uint64_t born;                  /* clock ticks since boot             */
	int      exit_status;           /* of wait(); known: signal, exit_code */
	int64_t  start_time_ns;         /* the same in nanoseconds            */
	int64_t  sched;                 /* class and priority, as a SCHED value,
	                                   read along with stat               */
	int64_t  rss_bytes;
	struct meter cpu, io_rate;      /* kept while the task lives          */
	bool     foreign;               /* exe is hidden: in our own root that
	                                   path is another file's, or nobody's */
	bool     titled;                /* cmdline is what the task wrote over
	                                   its arguments                      */
	char     comm[COMM_MAX];
	char    *exe;                   /* heap, as those that follow: what was
	                                   last told, or NULL; without a trailing
	                                   " (deleted)"                       */
	char    *name, *user, *group, *cgroup, *unit;
	char    *cmdline;               /* heap; args, each ended by NUL      */
	size_t   cmdline_bytes;
	char    *env;                   /* heap; entries, each ended by NUL   */
	size_t   env_bytes;             /* of those that rules spell out      */
	size_t   env_all_bytes;         /* and of those that tell the app     */
};

/* The environment variables that tell what application a task is: each sensor
 * reads them beside those that rules spell out. */
#define APP_ENV_NAMES 5
extern const char *const app_env_names[APP_ENV_NAMES];

/* Keeps a copy of the text of one of those on the heap, as much as limits.h has
 * room for: the fact is known then, or unreadable for want of memory.  What
 * says the same as before stays where it is. */
void        facts_tell(struct facts *f, enum fact fact, const char *text);
/* What was last told of it, known or not; "" for nothing. */
const char *facts_text(const struct facts *f, enum fact fact);
/* Frees what the struct holds, not the struct. */
void facts_clear(struct facts *f);
/* Forgets the facts in the mask, so that they are read again. */
void facts_forget(struct facts *f, uint64_t which);

/* One fact's value.  Text lies in the struct that it was read from and is lent
 * as long as that lives unchanged.  A list is its elements, each ended by a
 * NUL. */
struct value {
	enum fact_type type;
	int64_t        number;
	const char    *text;
	size_t         bytes;           /* of text: no NUL; of a list: all    */
};

#endif
