/* host.h -- what is true of the whole machine.
 *
 * A fact of the machine is known, or it is unreadable; an unreadable one is nil
 * to a function and makes every condition on it fail.
 */
#ifndef MODEL_HOST_H
#define MODEL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum host_type  { HOST_TYPE_LEVEL, HOST_TYPE_BOOL, HOST_TYPE_NUMBER,
                  HOST_TYPE_WORD, HOST_TYPE_LIST };
enum host_unit  { HOST_UNIT_PLAIN, HOST_UNIT_NS, HOST_UNIT_PERCENT,
                  HOST_UNIT_MINUTES, HOST_UNIT_HUNDREDTH };
enum host_level { HOST_LEVEL_NORMAL, HOST_LEVEL_WARN, HOST_LEVEL_CRITICAL,
                  HOST_LEVELS };
enum host_os    { HOST_OS_LINUX, HOST_OS_DARWIN, HOST_OSES };

/* Of the levels of pressure: from which share of the time that a task waits on
 * it is so bad (permyriad), and how often that is looked at while it lasts. */
enum host_pressure { HOST_PRESSURE_MEMORY, HOST_PRESSURE_CPU, HOST_PRESSURE_IO,
                     HOST_PRESSURES };
struct host_alarm {
	int64_t warn, critical, period_ns;
};

/* Of memory alone: below which share that is left (permyriad), and when what is
 * left lasts no longer than that at the pace at which it shrinks, it is so
 * bad. */
struct host_shortage {
	int64_t left_warn, left_critical;
	int64_t lasts_warn_ns, lasts_critical_ns;
};

#define HOST_DAY_MINUTES 1440           /* time is below that                 */
#define HOST_WEEK_DAYS   7              /* monday is 0                        */

enum host_fact {
#define HOST(name, type, unit, drift_ms, step, text) HOST_##name,
#include "model/host.def"
#undef HOST
	HOST_COUNT
};

_Static_assert(HOST_COUNT < 64, "a set of host facts is one word");

#define HOST_BIT(f) (UINT64_C(1) << (f))

struct host {
	uint64_t known;                 /* HOST_BIT of what is below          */
	int64_t  value[HOST_COUNT];
};

struct host_row {
	const char    *name;
	enum host_type type;
	enum host_unit unit;
	uint32_t       drift_ms;
	int64_t        step;
	const char    *text;
};

extern const struct host_row host_rows[HOST_COUNT];

static inline bool host_knows(const struct host *h, enum host_fact f)
{
	return (h->known & HOST_BIT(f)) != 0;
}

static inline void host_set(struct host *h, enum host_fact f, int64_t value)
{
	h->value[f] = value;
	h->known |= HOST_BIT(f);
}

/* One fact as it is known there, or that it is not. */
static inline void host_take(struct host *h, const struct host *from,
                             enum host_fact f)
{
	h->value[f] = from->value[f];
	h->known = (h->known & ~HOST_BIT(f)) | (from->known & HOST_BIT(f));
}

/* 0, or -ENOENT; the nearest known name for a message, NULL when none is
 * near. */
int         host_find(const char *name, enum host_fact *ret_fact);
const char *host_nearest(const char *name);
const char *host_level_name(enum host_level level);
/* Rounded down to the fact's step: what a function is shown. */
int64_t     host_in_step(enum host_fact f, int64_t value);
/* As the language writes it: "warn", "true", "monday" or "mon", "70%", "1.5",
 * "10min", "22:00".  0 or -EINVAL. */
int         host_parse(enum host_fact f, const char *text, int64_t *ret_value);
/* The same the other way round, "?" for what is no value of it.  Returns out;
 * VALUE_TEXT_MAX bytes will do. */
const char *host_print(enum host_fact f, int64_t value, char *out, size_t size);

#endif
