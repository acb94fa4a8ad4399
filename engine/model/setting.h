/* setting.h -- the list of settings, and how their values are written.
 *
 * A value is an int64.  What does not fit a number is packed into one:
 *   WORD      the place among its words, of which the last is the most
 *   BOOL      0 or 1
 *   SCHED     class (enum sched_class, in the order that caps compare)
 *             | priority << 8 | SCHED_VALUE_RESET
 *   IONICE    class and level so that more is more: idle 0, best-effort:7 is 8,
 *             best-effort:0 is 15, realtime:7 is 16, realtime:0 is 23; none -1
 *   REALTIME  three times in microseconds: period << 42 | computation << 21
 *             | constraint; as it is read, of a task that has none, the
 *             complement of its SCHED value: the two are one knob of the
 *             kernel, and this is what brings the class back
 *   SHARE     hundredths of a core, or SHARE_OF_HOST | percents of all cores,
 *             whose number is known only where the value is applied
 *   PERCENT   whole ones
 *   SIZE      bytes
 *   DURATION  nanoseconds
 *   CPUS, NAME  the number of a set or name in a struct interned; of a pool as
 *             it is read, any group's (model/group.h)
 */
#ifndef MODEL_SETTING_H
#define MODEL_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct interned;

#define INTERNED_HIGH        INT32_MAX
#define SCHED_VALUE_RESET  (INT64_C(1) << 16)
#define SCHED_HIGH           (SCHED_VALUE_RESET | 0xffff)
#define SLACK_HIGH           INT64_C(1000000000)
#define SLICE_LOW            INT64_C(100000)
#define SLICE_HIGH           INT64_C(100000000)
#define CPU_TIME_LOW         INT64_C(1000000000)
#define CPU_TIME_HIGH        (INT64_C(365) * 86400 * 1000000000)
#define SIZE_HIGH            (INT64_C(1024) << 40)
#define SHARE_CORES_HIGH     INT64_C(409600)
#define SHARE_OF_HOST        (INT64_C(1) << 32)
#define SHARE_HIGH           (SHARE_OF_HOST | 100)
#define REALTIME_US_HIGH     INT64_C(2000000)
#define REALTIME_BITS        21
#define REALTIME_HIGH        INT64_MAX
#define IONICE_NONE          INT64_C(-1)
#define VALUE_UNLIMITED      INT64_MAX  /* a limit that nobody set            */
#define VALUE_UNTOUCHED      INT64_MIN  /* nobody below changes it            */
#define VALUE_UNREAD         (INT64_MIN + 1)    /* nobody knows what it is     */

enum setting_kind  { SETTING_KIND_INTENT, SETTING_KIND_KNOB,
                     SETTING_KIND_PART };
enum setting_type  { SETTING_TYPE_INT, SETTING_TYPE_WORD, SETTING_TYPE_BOOL,
                     SETTING_TYPE_SCHED, SETTING_TYPE_IONICE,
                     SETTING_TYPE_REALTIME, SETTING_TYPE_SHARE,
                     SETTING_TYPE_PERCENT, SETTING_TYPE_SIZE,
                     SETTING_TYPE_DURATION, SETTING_TYPE_CPUS,
                     SETTING_TYPE_NAME };
enum setting_scope { SETTING_SCOPE_THREAD, SETTING_SCOPE_PROCESS,
                     SETTING_SCOPE_SESSION, SETTING_SCOPE_GROUP };

/* Of the settings that are words, from the least on. */
enum qos     { QOS_BACKGROUND, QOS_UTILITY, QOS_DEFAULT, QOS_USER_INITIATED,
               QOS_USER_INTERACTIVE, QOS_COUNT };
enum role    { ROLE_BACKGROUND, ROLE_DEFAULT, ROLE_FOREGROUND, ROLES };
enum io_tier { IO_PASSIVE, IO_THROTTLE, IO_UTILITY, IO_STANDARD, IO_IMPORTANT,
               IO_TIERS };

enum setting {
#define SETTING(name, kind, type, low, high, scope, undo, power, text) \
	SETTING_##name,
#include "model/setting.def"
#undef SETTING
	SETTING_COUNT
};

_Static_assert(SETTING_COUNT <= 64, "a set of settings is one word");

#define SETTING_BIT(s) (UINT64_C(1) << (s))

enum sched_class { SCHED_CLASS_IDLE, SCHED_CLASS_BATCH, SCHED_CLASS_OTHER,
                   SCHED_CLASS_RR, SCHED_CLASS_FIFO, SCHED_CLASS_DEADLINE,
                   SCHED_CLASSES };

struct setting_row {
	const char        *name;
	enum setting_kind  kind;
	enum setting_type  type;
	int64_t            low, high;
	enum setting_scope scope;
	bool               undoable;
	const char        *power;
	const char        *text;
};

extern const struct setting_row setting_rows[SETTING_COUNT];

/* All knobs, a bit each: what an actuator is asked about. */
uint64_t setting_knobs(void);
/* Those of a group. */
uint64_t setting_grouped(void);
/* Knobs that are a thread's or a process's own, and can be put back. */
uint64_t setting_own(void);
/* All intents, those that expand to knobs here and those that do not. */
uint64_t setting_intents(void);

/* What each stands for is a number in a struct interned. */
static inline bool setting_is_interned(enum setting s)
{
	return setting_rows[s].type == SETTING_TYPE_CPUS ||
	       setting_rows[s].type == SETTING_TYPE_NAME;
}

/* Whether a child has it from its parent.  Nobody is born standing still. */
static inline bool setting_is_born_with(enum setting s)
{
	return s != SETTING_freeze &&
	       setting_rows[s].scope != SETTING_SCOPE_SESSION;
}

/* Takes the first setting out of a set that is not empty. */
static inline enum setting setting_take(uint64_t *set)
{
	int s = ffsll((long long)*set) - 1;

	*set &= *set - 1;
	return (enum setting)s;
}

/* 0 with the setting, or -ENOENT. */
int setting_find(const char *name, enum setting *ret_setting);
/* The nearest known name, for a message; NULL when nothing is near. */
const char *setting_nearest(const char *name);

/* Of a WORD setting: its words, the least first. */
const char *const *setting_words(enum setting s, size_t *ret_count);

/* Reads a value from text: "5", "idle", "fifo:10", "best-effort:7", "utility",
 * "0-3,8", "50us", "2GiB", "75% of host", "5ms/1ms/4ms", "true", "untouched".
 * 0, -EINVAL (not such a value), -ERANGE, or -ENOMEM.  sets may be NULL where
 * nothing interned is read. */
int setting_parse(enum setting s, const char *text, struct interned *sets,
                  int64_t *ret_value);
/* Writes the value so that setting_parse() reads it back; always ends in NUL,
 * cut at size.  Returns out, for use in an argument list. */
const char *setting_print(enum setting s, int64_t value,
                          const struct interned *sets, char *out, size_t size);

/* Whether the value is one that setting_parse() could have given; what is
 * interned is looked up by whoever has the store.  For values that come from
 * outside. */
bool setting_valid(enum setting s, int64_t value);

/* A one-line list of what the setting takes, for messages and the manual. */
const char *setting_takes(enum setting s, char *out, size_t size);

/* The parts of a SCHED value; of the kernel's own priorities, 1 to 99 for RR
 * and FIFO, else 0. */
static inline enum sched_class sched_class_of(int64_t value)
{
	return (enum sched_class)(value & 0xff);
}

static inline int sched_priority_of(int64_t value)
{
	return (int)((value >> 8) & 0xff);
}

/* Without SCHED_VALUE_RESET, which is added by or. */
static inline int64_t sched_value(enum sched_class c, int priority)
{
	return (int64_t)c | (int64_t)priority << 8;
}

/* Microseconds, each up to REALTIME_US_HIGH, so that a value is never
 * negative. */
static inline int64_t realtime_value(int64_t period_us, int64_t computation_us,
                                     int64_t constraint_us)
{
	return period_us << 2 * REALTIME_BITS |
	       computation_us << REALTIME_BITS | constraint_us;
}

/* 2: the period, 1: the computation, 0: the constraint. */
static inline int64_t realtime_us(int64_t value, int place)
{
	return value >> place * REALTIME_BITS &
	       ((INT64_C(1) << REALTIME_BITS) - 1);
}

/* The class that a task with that value is in: children are ordinary. */
static inline int64_t realtime_sched(int64_t value)
{
	return value < 0 ? ~value : SCHED_CLASS_DEADLINE | SCHED_VALUE_RESET;
}

/* Whether that may have come of a promise that could not be kept as a
 * deadline. */
static inline bool realtime_is_instead(int64_t value)
{
	return value < 0 && sched_class_of(~value) == SCHED_CLASS_FIFO &&
	       (~value & SCHED_VALUE_RESET) != 0;
}

#endif
