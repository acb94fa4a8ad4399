/* interned.h -- sets of CPUs, kept once each and known by a small number.
 *
 * A setting's value is an int64 and a machine may have a thousand CPUs; so the
 * set is interned, and two equal sets have equal ids.
 */
#ifndef MODEL_INTERNED_H
#define MODEL_INTERNED_H

#include <stddef.h>
#include <stdint.h>

#define CPUS_MAX 4096

struct interned;

struct interned *interned_new(void);            /* NULL: no memory            */
void interned_free(struct interned *s);         /* NULL is fine               */

/* From a list as the kernel writes it ("0-3,8"): the id, -EINVAL, -ERANGE
 * (a CPU past CPUS_MAX) or -ENOMEM (also past INTERNED_MAX different sets).  An
 * empty set is -EINVAL. */
int64_t interned_read_cpus(struct interned *s, const char *list);
/* From a bitmap of size bytes, bit 0 of byte 0 first, as sched_getaffinity()
 * fills it on little-endian machines. */
int64_t interned_add_cpus(struct interned *s, const uint8_t *bits, size_t size);

/* The canonical list; "" for an unknown id. */
const char *interned_text(const struct interned *s, int64_t id);
/* Fills size bytes of bitmap; 0, -ENOENT, or -ERANGE when it does not fit. */
int interned_bits(const struct interned *s, int64_t id, uint8_t *ret_bits,
                  size_t size);
/* What both have: an id, or -ENOENT when they share nothing. */
int64_t interned_intersect(struct interned *s, int64_t a, int64_t b);
/* How often a new set found INTERNED_MAX reached. */
uint64_t interned_refused(const struct interned *s);

#endif
