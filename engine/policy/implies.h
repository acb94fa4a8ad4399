/* implies.h -- whether one selector surely holds whenever another one does.
 *
 * "No" may also mean that it cannot be told from what is written.
 */
#ifndef POLICY_IMPLIES_H
#define POLICY_IMPLIES_H

#include "policy/image.h"

/* Of a checked image.  A selector that is IMAGE_NONE always holds.  Adds the
 * comparisons made to *steps, and says no past DOUBT_STEPS_MAX. */
bool implies(const void *image, uint32_t if_this, uint32_t then_that,
             uint64_t *steps);
/* Each implies the other. */
bool implies_both(const void *image, uint32_t a, uint32_t b, uint64_t *steps);

#endif
