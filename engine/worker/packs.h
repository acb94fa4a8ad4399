/* packs.h -- what the functions of a rule file have cost, and when it is
 * enough.
 *
 * A pack is a rule file: its functions share one Lua, and whoever wrote one of
 * them wrote the others.  It is switched off when it struck out, or when it
 * used more CPU time than drips into its bucket; then for good, as only other
 * rules are worth another try.
 */
#ifndef WORKER_PACKS_H
#define WORKER_PACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packs;

enum pack_end {
	PACK_STRUCK_OUT,                /* budgets spent, workers lost        */
	PACK_RAN_DRY                    /* its bucket of CPU time             */
};

/* image must have passed image_check().  NULL: no memory. */
struct packs *packs_new(const void *image, uint32_t strikes);
void packs_free(struct packs *p);               /* NULL is fine               */

/* Notes against the pack of that rule.  True when it is switched off by that,
 * which is once. */
bool packs_strike(struct packs *p, uint32_t rule);
bool packs_charge(struct packs *p, uint32_t rule, uint64_t cpu_ns,
                  uint64_t now_ns);
/* Whether its file is, so that none of its functions is asked. */
bool packs_off(const struct packs *p, uint32_t rule);

/* The path of its file; why it was switched off. */
const char *packs_name(const struct packs *p, uint32_t rule);
/* Of a rule whose file is off: why. */
enum pack_end packs_end(const struct packs *p, uint32_t rule);

#endif
