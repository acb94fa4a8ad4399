/* image.h -- a rule set in compiled form: one flat block of memory.
 *
 * It has no pointers, so it can come from a worker, a file or a test.  Whoever
 * receives one copies it and has image_check() look at every field before any
 * is believed; after that the accessors cannot fail.
 */
#ifndef POLICY_IMAGE_H
#define POLICY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "model/layer.h"

#define IMAGE_MAGIC    "pqsimage"
#define IMAGE_VERSION  4u
#define IMAGE_NONE     UINT32_MAX

enum image_part { IMAGE_RULES, IMAGE_SELECTORS, IMAGE_CONDITIONS,
                  IMAGE_ALTERNATIVES, IMAGE_VALUES, IMAGE_BOUNDS, IMAGE_TAGS,
                  IMAGE_POOLS, IMAGE_STATES, IMAGE_TERMS, IMAGE_TEXT,
                  IMAGE_PARTS };

/* Of one element of each part. */
extern const size_t image_element_bytes[IMAGE_PARTS];

struct image_section {
	uint32_t at;                    /* bytes from the start, 8-aligned    */
	uint32_t count;                 /* elements; bytes for IMAGE_TEXT     */
};

struct image_header {
	char                 magic[8];
	uint32_t             version;
	uint32_t             bytes;     /* of the whole image                 */
	struct image_section part[IMAGE_PARTS];
};

struct image_span {
	uint32_t first, count;
};

/* Text in IMAGE_TEXT: bytes without the NUL that always follows. */
struct image_text {
	uint32_t at, bytes;
};

enum select  { SELECT_PROCESS, SELECT_THREAD, SELECT_HOST, SELECTS };
enum subject_kind {
	CONDITION_FACT,
	CONDITION_HOST,
	CONDITION_TAG,
	CONDITION_ENV,          /* the variable 'name' of its environment     */
	CONDITION_SETTING,      /* a setting's value as it is without pqs; of
	                           sched the class alone                      */
	CONDITION_KINDS
};
enum op {
	OP_ANY,                 /* it is known at all                         */
	OP_TEXT,                /* text is equal                              */
	OP_GLOB,                /* text fits; braces were expanded before     */
	OP_RANGE,               /* low <= number <= high; low > high: a time of
	                           day that goes over midnight                */
	OP_PEOPLE,              /* a uid that belongs to a person             */
	OP_TAG,                 /* has the tag number low                     */
	OP_REGEX,               /* text has a part that fits                  */
	OPS
};

struct image_alternative {
	uint32_t          op;
	struct image_text text;
	uint32_t          pad;
	int64_t           low, high;
};

/* What sets a rule off, or a handler; a standing rule has none. */
enum moment {
	MOMENT_NONE,
	MOMENT_EXEC, MOMENT_FORK, MOMENT_EXIT, MOMENT_RENAME, MOMENT_UID,
	MOMENT_FOCUS,           /* the task has the focus now                 */
	MOMENT_POWER,           /* on_battery has another value               */
	MOMENT_MEMORY_PRESSURE, MOMENT_CPU_PRESSURE, MOMENT_IO_PRESSURE,
	MOMENT_TIMER, MOMENT_RELOAD,
	MOMENTS
};

/* Whom a claim reaches, seen from the task that matched. */
enum target { TARGET_SELF, TARGET_PARENT, TARGET_TREE, TARGET_UNIT, TARGETS };

/* One pool for all, or one for each of these. */
enum pool_per { POOL_SHARED, POOL_PER_UID, POOL_PER_UNIT, POOL_PER_SESSION,
                POOL_PERS };

/* One field of a selector: any of the alternatives will do, and there is one at
 * least.  Alternatives of all conditions follow each other without a gap. */
struct image_condition {
	uint32_t          kind;         /* enum subject_kind                  */
	uint32_t          fact;         /* enum fact, host_fact or setting    */
	struct image_span alternatives;
	struct image_text name;         /* ENV: of the variable               */
};

/* All conditions must hold; no field is asked for twice.  The conditions of all
 * selectors follow each other without a gap.  of, under and parent are
 * selectors of processes: the thread's process, any ancestor at birth, the
 * parent at birth.  A selector of the host has conditions on host facts only,
 * the others none. */
struct image_selector {
	uint32_t          kind;         /* enum select                        */
	struct image_span conditions;
	uint32_t          of, under, parent;    /* IMAGE_NONE: not asked      */
	uint64_t          lasting_ns;   /* it holds once it held so long      */
};

struct image_value {
	uint32_t          setting;
	struct image_text text;         /* what is interned; value is then 0  */
	uint32_t          pad;
	int64_t           value;
};

struct image_bound {
	uint32_t          setting;
	uint32_t          allowed;
	struct image_text text;         /* of the interned: the widest, all   */
	int64_t           low, high;
};

/* What few rules have, kept once each; the first is what most have: none of it,
 * and level IMAGE_NONE. */
struct image_terms {
	uint64_t          keep_ns;      /* the want outlives its cause so long */
	uint64_t          every_ns;     /* of a timer                         */
	uint32_t          level;        /* of a handler: a pressure's least
	                                   host_level; of a timer the minute of
	                                   the day, or IMAGE_NONE: every
	                                   every_ns; IMAGE_NONE for all other
	                                   moments, and for rules             */
	uint8_t           irreversible; /* may change what it cannot restore  */
	uint8_t           insist;       /* against other writers              */
	uint8_t           pad[2];
	struct image_span states;       /* those of its file                  */
	struct image_text masked_by;    /* "file:line" of a mask; "": none    */
	uint64_t          knows;        /* of a function: a sum over all that its
	                                   answers hang on besides what it is
	                                   asked: its file's text and the options;
	                                   0: not told                        */
};

/* A rule, or a handler: that one is a function, has a moment of its own and no
 * want; its match selects the tasks that are sent along, or is IMAGE_NONE. */
struct image_rule {
	struct image_text name, file;
	uint32_t          line;
	int32_t           priority;     /* -1000..1000                        */
	uint32_t          match;        /* a selector of tasks                */
	uint32_t          except;       /* a selector of tasks or IMAGE_NONE  */
	uint32_t          when, unless; /* selectors of the host or IMAGE_NONE */
	struct image_span want;         /* in IMAGE_VALUES                    */
	struct image_span cap;          /* in IMAGE_BOUNDS                    */
	uint32_t          tag;          /* in IMAGE_TAGS or IMAGE_NONE        */
	uint32_t          terms;        /* in IMAGE_TERMS                     */
	uint8_t           layer;        /* enum layer                         */
	uint8_t           is_function;  /* the worker knows what it wants     */
	uint8_t           is_handler;
	uint8_t           moment;       /* enum moment                        */
	uint8_t           to;           /* enum target                        */
	uint8_t           pad[3];
};

/* What belongs to a group of tasks. */
struct image_pool {
	struct image_text name, file;
	uint32_t          line;
	uint32_t          layer;
	uint32_t          per;          /* enum pool_per                      */
	struct image_span values;       /* in IMAGE_VALUES                    */
};

/* A table that functions of one file share over time; the core keeps it. */
struct image_state {
	struct image_text name, file;
};

/* 0, or -EINVAL with one sentence in why saying what is wrong where: sizes,
 * spans, kinds, text ends, setting values and ranges, selector depth and
 * direction (a selector names only earlier ones), tag cycles.  -ENOMEM. */
int image_check(const void *bytes, size_t size, char *why, size_t why_size);

static inline const void *image_part_of(const void *image, enum image_part p)
{
	const struct image_header *h = image;

	return (const char *)image + h->part[p].at;
}

#define IMAGE_AT(image, part, type, i) \
	(&((const struct type *)image_part_of((image), (part)))[i])

static inline const char *image_text_of(const void *image, struct image_text t)
{
	return (const char *)image_part_of(image, IMAGE_TEXT) + t.at;
}

static inline const struct image_terms *image_terms_of(
	const void *image, const struct image_rule *r)
{
	return IMAGE_AT(image, IMAGE_TERMS, image_terms, r->terms);
}

static inline bool image_is_masked(const void *image,
                                   const struct image_rule *r)
{
	return image_terms_of(image, r)->masked_by.bytes != 0;
}

static inline uint32_t image_count(const void *image, enum image_part p)
{
	return ((const struct image_header *)image)->part[p].count;
}

#endif
