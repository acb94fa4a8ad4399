/* born.h -- whose value a thread was born with, of whom nothing is written; for
 * the files of this folder alone. */
#ifndef ENFORCE_BORN_H
#define ENFORCE_BORN_H

#include "enforce/walk.h"

/* Of whom that thread was born, seeing that it has that value: lent, NULL: it
 * is not known. */
const struct hold *born_kin(const struct walk *w, struct task_id whom,
                            enum setting s, int64_t now);
/* What somebody of its process had from us until a moment ago, if that was when
 * the thread was born: lent, NULL: nothing. */
const struct former *born_former(const struct enforcer *en, struct task_id whom,
                                 enum setting s, int64_t now);
/* Whether it has what the main thread has from us apart from its process, and
 * was started since, while nobody has heard of it yet: most are started by that
 * one. */
bool born_of_main(const struct walk *w, struct task_id whom, enum setting s,
                  int64_t now, int64_t *ret_origin);
/* Whether it was born with a value of ours that its process does not have, or
 * no longer.  at_first: it was there before anything was turned. */
bool born_of_ours(const struct walk *w, const struct move *m,
                  struct task_id whom, int64_t now, bool at_first,
                  int64_t *ret_origin);

#endif
