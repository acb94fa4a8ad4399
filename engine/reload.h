/* reload.h -- another generation of rules, built aside and put in force whole.
 *
 * While it is read, compiled, checked, tried and compared, the one in force
 * goes on deciding.  Then one pointer moves between two events.  What is
 * refused changes nothing; what misbehaves at once is taken back.
 *
 *      asked      SIGHUP, a changed file, reload_ask(), reload_rollback()
 *      ends       exactly once for each token: ears.reloaded
 *
 * One reload is under way at a time.  Whoever asks meanwhile overtakes it: the
 * one that was under way ends as RELOAD_OVERTAKEN and the files are read again.
 * After RELOADS_OVERTAKEN_MAX in a row one is seen through first, so there is
 * an end to it however fast files change, and never more than one waits.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/setting.h"
#include "model/task_id.h"
#include "worker/kept.h"

struct engine;
struct ruleset;
struct watch;

enum reload_end {
	RELOAD_IN_FORCE,                /* the new generation decides now     */
	RELOAD_SAME,                    /* a file was touched, nothing changed */
	RELOAD_COMPARED,                /* a dry run, or a shadow's time, is
	                                   over; nothing was changed          */
	RELOAD_REFUSED,                 /* nothing was changed; why says it   */
	RELOAD_TAKEN_BACK,              /* it misbehaved: the one before it
	                                   decides again                      */
	RELOAD_OVERTAKEN,               /* somebody asked again meanwhile     */
	RELOAD_ENDS
};

/* For people and for the journal: "in force", "refused", ... */
const char *reload_end_name(enum reload_end e);

/* What it is at, for status. */
enum reload_stage {
	RELOAD_IDLE,
	RELOAD_WAITS,                   /* for files to come to rest          */
	RELOAD_READS, RELOAD_TRIES,     /* its tests                          */
	RELOAD_COMPILES, RELOAD_BUILDS, RELOAD_COMPARES,
	RELOAD_STAGES
};

const char *reload_stage_name(enum reload_stage s);

/* max_changes: processes and threads whose settings a new generation may change
 * at once, as a number, or with share set as permyriad of those that live. */
#define RELOAD_NO_LIMIT INT64_MAX

struct reload_policy {
	bool     run_tests;
	bool     watch;                 /* files that change are read by
	                                   themselves                         */
	int64_t  max_changes;           /* RELOAD_NO_LIMIT: any number        */
	bool     share;
	uint64_t health_ns;             /* how long it is on probation; 0: not */
};

/* What was read, all of it the caller's. */
struct reading {
	struct sources       sources;
	struct rule_options  options;
	struct reload_policy policy;
	struct watch        *watch;     /* NULL: nothing tells of changes     */
	char                 note[256]; /* what else people should know, or "" */
	char                 why[REFUSAL_BYTES_MAX];    /* of a failure       */
};

/* Where rules come from and go to.  Every function is called aside, one at a
 * time; any but read may be NULL. */
struct rule_reader {
	void *self;
	/* All rule files as they are now, none of them half, and the options;
	 * begins watching them first.  0, or -errno with ret->why (then what
	 * was read is cleared, but for the watch). */
	int (*read)(void *self, const struct workshop *shop,
	            struct reading *ret);
	/* Their own tests pass: 0; else -errno with sentences in why. */
	int (*test)(void *self, const struct sources *s, char *why,
	            size_t size);
	/* Keeps one; older ones past GENERATIONS_KEPT go.  0 or -errno. */
	int (*keep)(void *self, const struct kept *g);
	/* The numbers of those that are kept and not damaged, the newest
	 * first; how many. */
	size_t (*kept)(void *self, uint32_t ret_numbers[GENERATIONS_KEPT]);
	/* 0, -ENOENT, -EBADMSG (damaged), -ENOMEM; the image may be NULL. */
	int (*recall)(void *self, uint32_t number,
	              struct kept *ret);
	/* Of those that the engine was opened with nothing but the sums is
	 * needed from now on: source_forget(). */
	void (*let_go)(void *self);
};

struct reload_request {
	bool     dry_run;               /* compares, and changes nothing      */
	uint64_t shadow_ns;             /* with that: goes on comparing so long */
	uint64_t token;                 /* comes back with the end; 0: nobody
	                                   waits                              */
};

/* What the new generation would set otherwise, of one task. */
struct reload_difference {
	uint64_t     token;
	struct task_id whom;
	const char  *name;              /* of the program or thread           */
	enum setting setting;
	bool         had, has;          /* false: its own value               */
	int64_t      before, after;
	/* For people; "-": none.  Lent for the call. */
	const char  *rule_before, *rule_after, *file_after;
	uint32_t     line_after;
};

struct reload_result {
	uint64_t        token;
	enum reload_end end;
	bool            dry_run;        /* it was never to be in force        */
	uint32_t        generation;     /* in force now                       */
	uint32_t        tried;          /* the one that this is about         */
	size_t          rules;          /* of that one; 0: unknown            */
	size_t          compared;       /* tasks it was asked about           */
	size_t          undecided;      /* of them, facts or answers were late */
	size_t          differ;         /* it would change, or changed, them  */
	uint64_t        aside_ns;       /* from asking to being ready         */
	const char     *why;            /* "", or "file:line: sentence" lines;
	                                   lent for the call                  */
};

/* Told of on the loop, between two events.  Any may be NULL. */
struct reload_ears {
	void *self;
	void (*reloaded)(void *self, const struct reload_result *r);
	/* At most DIFFERENCES_MAX of one comparison, before its end; only of
	 * one that was asked for by dry_run. */
	void (*differs)(void *self, const struct reload_difference *d);
};

struct reload_status {
	uint32_t          generation, rules;    /* in force                   */
	uint64_t          since_ns;             /* monotonic                  */
	enum reload_stage stage;
	bool              on_probation;
	uint64_t          reloads, refused, taken_back, overtaken;
	const char       *last_refusal;         /* "": none; lent until the
	                                           next round                 */
	uint64_t          refused_at_ns;
	uint32_t          kept[GENERATIONS_KEPT];       /* newest first       */
	size_t            kept_count;
	const char       *files;                /* how changed files are noticed:
	                                           "watched", or why not      */
};

/* Reads the rules again, and unless it is a dry run those of users too, each
 * for itself.  0, or -EOPNOTSUPP where rules are read once. */
int  reload_ask(struct engine *en, const struct reload_request *r);
/* Goes back to a kept generation; 0: the one before the one in force.  0,
 * -ENOENT: it is not kept, or -EOPNOTSUPP.  Its end is told like any other. */
int  reload_rollback(struct engine *en, uint32_t generation, uint64_t token);
/* How it goes now; zero but for the rules in force where they are read once. */
void reload_status(struct engine *en, struct reload_status *ret);

#endif
