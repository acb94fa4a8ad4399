/* accept.h -- is what came from outside a value, or a bound, of its setting? */
#ifndef POLICY_ACCEPT_H
#define POLICY_ACCEPT_H

#include "model/want.h"
#include "policy/image.h"

/* text is ended by NUL.  NULL with the value (of what is interned: its
 * number) or the bound; else what is wrong with it, as a sentence's end. */
const char *accept_value(const struct image_value *v, const char *text,
                         struct interned *sets, int64_t *ret_value);
/* Whether such a bound may be: NULL with it as the engine has it, or what is
 * wrong with it, said of "bound 3". */
const char *accept_bound(const struct image_bound *b, const char *text,
                         struct interned *sets, struct bound *ret_bound);

#endif
