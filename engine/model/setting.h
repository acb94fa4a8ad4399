/* setting.h -- the list of settings, and how their values are written.
 *
 * A value is an int64.  What does not fit a number is packed into one:
 *   SCHED     class (enum sched_class, in the order that caps compare)
 *             | priority << 8 | SCHED_VALUE_RESET
 *   IONICE    class and level so that more is more: idle 0, best-effort:7 is 8,
 *             best-effort:0 is 15, realtime:7 is 16, realtime:0 is 23; none -1
 *   QOS       enum qos, background lowest
 *   CPUS      the id of a set interned in a struct interned
 *   DURATION  nanoseconds
 */
#ifndef MODEL_SETTING_H
#define MODEL_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interned;

#define CPUS_HIGH            INT32_MAX
#define SCHED_VALUE_RESET  (INT64_C(1) << 16)
#define SCHED_HIGH           (SCHED_VALUE_RESET | 0xffff)
#define SLACK_HIGH           INT64_C(1000000000)
#define IONICE_NONE          INT64_C(-1)
#define VALUE_UNTOUCHED      INT64_MIN  /* nobody below changes it            */

enum setting_kind  { SETTING_KIND_INTENT, SETTING_KIND_KNOB,
                     SETTING_KIND_PART };
enum setting_type  { SETTING_TYPE_INT, SETTING_TYPE_SCHED, SETTING_TYPE_IONICE,
                     SETTING_TYPE_QOS, SETTING_TYPE_CPUS,
                     SETTING_TYPE_DURATION };
enum setting_scope { SETTING_SCOPE_THREAD, SETTING_SCOPE_PROCESS,
                     SETTING_SCOPE_SESSION };

enum setting {
#define SETTING(name, kind, type, low, high, scope, power, text) SETTING_##name,
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
	const char        *power;
	const char        *text;
};

extern const struct setting_row setting_rows[SETTING_COUNT];

/* All knobs, a bit each: what an actuator is asked about. */
uint64_t setting_knobs(void);

/* 0 with the setting, or -ENOENT. */
int setting_find(const char *name, enum setting *ret_setting);
/* The nearest known name, for a message; NULL when nothing is near. */
const char *setting_nearest(const char *name);

/* Reads a value from text: "5", "idle", "fifo:10", "best-effort:7", "utility",
 * "0-3,8", "50us", "untouched".  0, -EINVAL (not such a value) or -ERANGE.
 * sets may be NULL where no CPUS setting is read. */
int setting_parse(enum setting s, const char *text, struct interned *sets,
                  int64_t *ret_value);
/* Writes the value so that setting_parse() reads it back; always ends in NUL,
 * cut at size.  Returns out, for use in an argument list. */
const char *setting_print(enum setting s, int64_t value,
                          const struct interned *sets, char *out, size_t size);

/* Whether the value is one that setting_parse() could have given; sets of CPUs
 * are looked up by whoever has them.  For values that come from outside. */
bool setting_valid(enum setting s, int64_t value);

/* A one-line list of what the setting takes, for messages and the manual. */
const char *setting_takes(enum setting s, char *out, size_t size);

static inline enum sched_class sched_class_of(int64_t value)
{
	return (enum sched_class)(value & 0xff);
}

static inline int sched_priority_of(int64_t value)
{
	return (int)((value >> 8) & 0xff);
}

static inline int64_t sched_value(enum sched_class c, int priority)
{
	return (int64_t)c | (int64_t)priority << 8;
}

#endif
