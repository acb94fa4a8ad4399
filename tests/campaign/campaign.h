/* campaign.h -- one random machine, one random set of rules, and everything
 * that can go wrong between them, from one seed.
 *
 * How to extend it.  A setting with a row in setting.def and a knob in os/sim
 * is wanted by rules, capped, set by other programs and checked without a line
 * here; only a type of value that is new needs a case in value_draw()
 * (values.c).  A call through a door that is new needs a row in
 * engine/os/sim/call.def.  What rules can say is in struct sketch: give it a
 * field, draw it in scene.c, and say in reference.c what it means, or there
 * (is_plain()) that it means too much for so simple a reference: then what it
 * wants is compared with a fresh engine's view alone.  What else can happen to
 * a machine is a row in the table of moves.c.  Whatever must hold is a call of
 * broken() when it does not.  What only some seeds play is an enum feature, so
 * that all the others stay as they are.
 */
#ifndef TESTS_CAMPAIGN_H
#define TESTS_CAMPAIGN_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/interned.h"
#include "policy/builder.h"
#include "rehearsal.h"

#define MS     UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

#define SKETCHES_MAX 24
#define SCENES_MAX   16
#define SCENE_BYTES_MAX 65536
#define NAMES        6          /* of programs: "a" to "f"                    */
#define TAGS         3          /* "t0" to "t2"                               */
#define POOLS        2          /* "p0" and "p1"                              */
#define NONE         (-1)
#define CORE_PID     900
#define KEEPER_PID   901

enum lineage { LINEAGE_NONE, LINEAGE_PARENT, LINEAGE_UNDER, LINEAGES };
enum when { WHEN_ALWAYS, WHEN_BATTERY, WHEN_PRESSURE, WHENS };

/* What happens beside programs that come and go; each in some seeds. */
enum feature { PLAYS_RELOAD, PLAYS_POOLS, PLAYS_MAIN, PLAYS_GUARD,
               PLAYS_FIGHT, PLAYS_HEIRS, FEATURES };

/* What is wrong with files of rules. */
enum flaw { FLAW_NONE, FLAW_UNREADABLE, FLAW_WRONG, FLAW_BROKEN, FLAW_TESTS,
            FLAWS };

/* One rule, as somebody thought of it. */
struct sketch {
	int          name, uid, except;         /* NONE: any; uid is a number */
	int          asks, gives;               /* tags                       */
	bool         of_threads, by_pattern;    /* of threads: "w*", or "x"   */
	bool         of_main;                   /* of the main one alone      */
	enum lineage lineage;
	int          above;                     /* whose name                 */
	bool         drifts;                    /* rss above some             */
	enum when    when;
	uint64_t     lasting_ns, keep_ns;
	enum layer   layer;
	int32_t      priority;
	enum moment  moment;
	enum target  to;
	bool         is_function, is_handler, insist;
	struct want  want, other;               /* a function's second choice */
	struct cap   cap;
	unsigned     called;                    /* its name, "r5"             */
	unsigned     version;                   /* no other has the same      */
};

struct pool_sketch {
	enum pool_per per;                      /* all, or each user, session */
	struct want   want;
	unsigned      version;
};

/* All rules of one generation. */
struct scene {
	struct pool_sketch pool[POOLS];
	struct sketch sketch[SKETCHES_MAX];
	uint32_t      count;
	bool          wild;
	void         *image;
	size_t        image_bytes;
};

/* A mistake made on purpose, to see that it is noticed. */
enum plant {
	PLANT_NONE,
#define PLANT(name, text) PLANT_##name,
#include "plant.def"
#undef PLANT
	PLANTS
};

struct play {
	uint64_t          seed, luck;
	enum plant        plant;
	struct rehearsal *stage;
	struct scene      scenes[SCENES_MAX];
	unsigned          scene_count;
	struct interned  *words;        /* of what is written in them         */
	unsigned          versions;     /* of rules                           */
	struct limit_rates limits;
	struct reload_policy policy;
	unsigned          plays;        /* a bit for each feature             */
	bool              no_threads;   /* no rule is about them, nor will be */
	unsigned          step;
	unsigned          mischief;     /* of a thousand calls, so many are
	                                   met by some; 0: all is well        */
	bool              wild;         /* every call may fail, the engine die,
	                                   the disk fill and events be lost   */
	bool              losing;       /* events may be lost                 */
	bool              hushed;       /* it is us who call                  */
	bool              disk_full;
	bool              jumped;       /* the clock did, since the last run  */
	uint64_t          late;         /* programs held that long until then */
	uint64_t          watched_ns, unheard_ns;
	bool              worker_failed;
	unsigned          faults;       /* since the engine last ran          */
	uint64_t          store_faults;
	uint64_t          deaths, undone, turned, given_up;
	uint64_t          trace_lines, trace_sum;
	bool              verbose;
};

extern struct play play;

/* Numbers below n, all from the seed; true once in n times. */
uint32_t draw(uint32_t n);
bool     once_in(uint32_t n);

static inline bool plays(enum feature f)
{
	return (play.plays >> f & 1) != 0;
}

/* trace.c: a line of what happens.  What must not be ends the
 * seed's process. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
void broken(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));
void trace_clear(void);

/* values.c */
/* Some value of it, NONE of the sort: false.  Other programs choose others than
 * rules do, as far as there is a choice. */
bool value_draw(enum setting s, struct interned *sets, bool foreign,
                int64_t *ret_value);
uint64_t settings_drawn(void);  /* that rules may want                        */
uint64_t settings_turned(void); /* that the machine has, and can be put back  */

/* scene.c, image.c */
void scene_limits(struct limit_rates *l);
void scenes_open(void);
void scenes_close(void);
void scene_draw(struct scene *sc);
void want_draw(struct want *w);
void cap_draw(struct cap *c);
void sketch_draw(struct sketch *k, bool wild);
void scene_build(struct scene *sc);
void scene_tell(const struct scene *sc);
void limits_tell(void);

/* edit.c: another scene, made of that one; the same where there is no room. */
unsigned scene_edit(unsigned from);
/* As a worker that goes wrong, or a file that is damaged. */
void image_damage(void *image);

/* shelf.c: the files of rules. */
/* Those in force; before any are, those that the engine was begun with. */
const struct scene *scene(void);
const struct scene *scene_of_generation(uint32_t number);
/* Whose files the worker there was given. */
const struct scene *scene_on_wire(uint32_t wire, enum flaw *ret_flaw);
void shelf_offer(struct rehearsal_options *o);
/* What the next engine begins with. */
void     shelf_lend(struct rehearsal_options *o, unsigned scene);
void     shelf_put(unsigned scene, enum flaw flaw);
bool     shelf_is_good(void);
unsigned shelf_now(void);
const struct scene *shelf_last_read(void);
uint32_t shelf_some_kept(void);         /* 0: none                            */
void     shelf_clear(void);

/* reloads.c */
void reloads_offer(struct rehearsal_options *o);
void reloads_restart(void);
void reloads_watch(void);
void move_rules(void);
void move_rules_between(void);
void reloads_converged(int (*pass)(uint64_t ns));

/* groups.c */
void pools_draw(struct scene *sc);
void pools_edit(struct scene *sc);
void pools_want_draw(struct want *w);
void pools_build(struct builder *b, const struct scene *sc);
bool is_of_group(enum setting s);       /* and processes do not have it       */
struct seen;
const struct pool_sketch *pool_named(int64_t name);
int64_t pool_group(const struct seen *p, int64_t name);
void move_groups(pid_t pid);
void groups_converged(void);
void groups_undone(const char *when);

/* player.c: who plays the rules worker. */
struct understudy player_cast(void);

/* moves.c */
void move_machine(void);
/* One that can happen between any two calls of the engine. */
void move_between(void);
void move_calm(void);           /* everything that was made to fail works     */
void move_all_exit(void);

/* between.c */
void between_stand(void);
void between_plant(void);
void plant_after_reload(void);

/* ledger.c: what the record file says, read by somebody else. */
void ledger_check(struct task_id whom, enum setting s);
/* Whether the file says that it is ours. */
bool ledger_says(pid_t pid, enum setting s);
void ledger_clear(void);

/* rates.c */
void rates_change(const struct change *c);
void rates_clear(void);
void rates_forget_rules(void);  /* their numbers are others' now              */

/* watch.c */
void watch_change(void *self, const struct change *c);
void watch_turned(struct task_id whom, enum setting s, int64_t before,
                  int64_t now);
void watch_bounds(void);
/* A knob of that process may be other than it should, for a call failed. */
void watch_doubt(pid_t pid);
void watch_trust(pid_t pid);
bool watch_doubts(pid_t pid, enum setting s);
void watch_converged(void);     /* table, machine and reference agree         */
/* What another engine makes of it must be the same, but for settings in which
 * what was before counts. */
void watch_remember(bool (*is_compared)(enum setting s));
void watch_compare(void);
void watch_undone(const char *when);
void watch_empty(void);

/* reference.c */
/* What a thread must have: 1 with the value, 0: what it would have without us,
 * NONE: the reference cannot say. */
int  reference_of(pid_t pid, pid_t tid, enum setting s, int64_t *ret_value);
/* Greater is stronger, part by part. */
struct strength {
	int64_t part[8];
};

bool is_stronger(struct strength a, struct strength b);
/* The strongest claim of all: 1, 0: there is none, NONE: nobody can say. */
int  reference_strongest(const struct seen *p, const struct seen *t,
                         enum setting s, int64_t *ret_value,
                         struct strength *ret_strength);
/* All caps together, or those alone that certainly hold: 1, 0: there is none,
 * NONE. */
int  reference_bounds(const struct seen *p, const struct seen *t,
                      enum setting s, bool always, struct bound *ret_bound);
/* Whether the rule whose claim is strongest sets it again after others. */
bool reference_insists(pid_t pid, pid_t tid, enum setting s);
/* The same of the group that these are in; VALUE_UNTOUCHED: it has none. */
int  reference_of_group(const pid_t *pids, size_t n, enum setting s,
                        int64_t *ret_value);
/* Whether somebody else made it real-time, or perhaps. */
bool reference_is_realtime(pid_t tid);
/* Whether some rule wants that value, or did. */
bool reference_wants(enum setting s, int64_t value);
/* Whether all caps that certainly hold for it allow that. */
bool reference_allows(pid_t pid, pid_t tid, enum setting s, int64_t value);

/* truth.c: what is so on the machine, whatever anybody believes. */
struct seen {
	pid_t    pid, tid, ppid;
	int      name;                  /* NONE: of none of ours              */
	int64_t  uid, session;
	char     comm[COMM_MAX];
	bool     kernels, foreign_uid;
};
bool   truth_of(pid_t pid, pid_t tid, struct seen *ret_truth);
/* Of pqs itself, as its core, its keeper and all that one of them started. */
bool   truth_is_pqs(const struct seen *t);
size_t truth_pids(pid_t *ret_pids, size_t max);
size_t truth_tids(pid_t pid, pid_t *ret_tids, size_t max);
int64_t truth_host(enum host_fact f);

/* play.c: one seed, from curtain to curtain. */
void play_seed(uint64_t seed, enum plant plant, bool wild, bool verbose);

#endif
