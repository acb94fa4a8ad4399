/* note.h -- what is written of a thread before it is changed, or as it is; for
 * the decisions of this folder alone.
 */
#ifndef ENFORCE_NOTE_H
#define ENFORCE_NOTE_H

#include "enforce/walk.h"

/* Its own record, or NULL. */
const struct hold *note_of(const struct walk *w, struct task_id whom,
                           enum setting s);
/* It is about to be changed from 'now' to 'wanted'.  0 or -errno. */
int  note_begin(struct walk *w, const struct move *m, struct task_id whom,
                int64_t origin, int64_t now, int64_t wanted);
/* It is so already, and nothing is turned.  0 or -errno. */
int  note_keep(struct walk *w, const struct move *m, struct task_id whom,
               int64_t origin, int64_t now);
/* Nothing of it is ours any more. */
void note_end(struct walk *w, struct task_id whom, enum setting s);

#endif
