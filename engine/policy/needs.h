/* needs.h -- what the rules of an image look at, selectors inside included. */
#ifndef POLICY_NEEDS_H
#define POLICY_NEEDS_H

#include "policy/ruleset.h"

struct needs;

/* Of a checked image, which is lent.  NULL: no memory. */
struct needs *needs_new(const void *image);
void needs_free(struct needs *n);               /* NULL is fine               */

struct ruleset_needs needs_of_all(const struct needs *n);
/* Adds where a fact about the machine changes what matches say. */
void needs_host_bounds(const void *image,
                       struct host_bounds bounds[HOST_COUNT]);
/* Whether a fact that drifts decides about the selector. */
bool needs_drift(const struct needs *n, uint32_t selector);

#endif
