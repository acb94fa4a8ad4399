/* moments.h -- which rules and handlers each moment sets off. */
#ifndef POLICY_MOMENTS_H
#define POLICY_MOMENTS_H

#include "policy/image.h"

struct moments;

/* Of a checked image; masked rules are left out.  0 or -ENOMEM. */
int  moments_new(const void *image, struct moments **ret_moments);
void moments_free(struct moments *m);           /* NULL is fine               */

/* How many, with the rules in order of definition, lent. */
size_t moments_rules(const struct moments *m, enum moment which,
                     const uint32_t **ret_rules);
size_t moments_handlers(const struct moments *m, enum moment which,
                        const uint32_t **ret_rules);

#endif
