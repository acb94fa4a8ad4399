/* interned.h -- sets of CPUs, names and places, kept once each and known by a
 * number.
 *
 * A setting's value is an int64, and a machine may have a thousand CPUs; so
 * what does not fit is interned, and what is equal has equal numbers.  The
 * numbers of all kinds are from one row: no set has the number of a name.
 *
 * A set is of CPUs by number ("0-3,8") or of kinds of cores ("efficiency",
 * "llc:1"); which CPUs a kind has is the system's to say, so the two have
 * nothing in common here.  Names are kept as lists, for caps: one name is a
 * list of one.  A place is where a task is among the groups of the system, as
 * text; see model/group.h.
 */
#ifndef MODEL_INTERNED_H
#define MODEL_INTERNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

#define CPUS_MAX 4096
#define LLCS_MAX 256            /* last-level caches told apart               */

/* Of the bitmap of kinds of cores. */
enum { CORE_KIND_PERFORMANCE, CORE_KIND_EFFICIENCY, CORE_KIND_LLC };
#define CORE_KINDS_BYTES ((CORE_KIND_LLC + LLCS_MAX + 7) / 8)

/* The bytes of CPUS are a bitmap of CPUs; of CORES a bitmap of performance,
 * efficiency, llc:0, llc:1, ...; of NAMES the list as it is printed, and of
 * PLACES the text. */
enum interned_kind { INTERNED_CPUS, INTERNED_CORES, INTERNED_NAMES,
                     INTERNED_PLACES };

struct interned;

struct interned *interned_new(void);            /* NULL: no memory            */
void interned_free(struct interned *s);         /* NULL is fine               */
/* How many there are now, the forgotten not counted. */
size_t interned_count(const struct interned *s);

/* From a list as the kernel writes it ("0-3,8"), or of kinds of cores
 * ("performance,llc:1"): the number, -EINVAL, -ERANGE (a CPU past CPUS_MAX, a
 * cache past LLCS_MAX) or -ENOMEM (also past INTERNED_MAX).  An empty set is
 * -EINVAL. */
int64_t interned_read_cpus(struct interned *s, const char *list);
/* From names with commas between: the same.  A name is 1 to INTERNED_NAME_MAX
 * letters, digits, dots, dashes and underscores, and begins with a letter. */
int64_t interned_read_names(struct interned *s, const char *list);
/* From a bitmap of size bytes, bit 0 of byte 0 first, as sched_getaffinity()
 * fills it on little-endian machines; the same errors. */
int64_t interned_add_cpus(struct interned *s, const uint8_t *bits, size_t size);
/* The number of canonical bytes: a bitmap that does not end in zero bytes, or a
 * sorted list; or -ENOMEM. */
int64_t interned_add(struct interned *s, enum interned_kind kind,
                     const void *bytes, size_t size);

/* The canonical list; "" for an unknown number. */
const char *interned_text(const struct interned *s, int64_t id);
/* Whether it is a set of kinds of cores. */
bool interned_is_symbolic(const struct interned *s, int64_t id);
/* Fills size bytes of bitmap; 0, -ENOENT (no set of CPUs by number), or -ERANGE
 * when it does not fit. */
int interned_bits(const struct interned *s, int64_t id, uint8_t *ret_bits,
                  size_t size);
/* The same of a set of kinds of cores. */
int interned_core_kinds(const struct interned *s, int64_t id,
                        uint8_t ret_kinds[CORE_KINDS_BYTES]);
/* A list of CPUs by number as a bitmap, without keeping it: 0, -EINVAL,
 * -ERANGE. */
int interned_list_bits(const char *list, uint8_t ret_bits[CPUS_MAX / 8]);
/* What both have: a number, or -ENOENT when they share nothing. */
int64_t interned_intersect(struct interned *s, int64_t a, int64_t b);
/* There is little room left, and things were added since the last sweep. */
bool interned_crowded(const struct interned *s);
/* Forgets the places that have no bit in 'used', one for each number, so that
 * their numbers may be given to others. */
void interned_sweep(struct interned *s, const uint8_t used[INTERNED_MAX / 8]);
/* How often that was done: numbers remembered from before may mean others. */
uint32_t interned_sweeps(const struct interned *s);
/* How often something new found INTERNED_MAX reached. */
uint64_t interned_refused(const struct interned *s);

#endif
