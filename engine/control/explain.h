/* explain.h -- one task's settings as rows, for the verbs that tell of them. */
#ifndef CONTROL_EXPLAIN_H
#define CONTROL_EXPLAIN_H

#include "control/session.h"

/* A row "setting" for each of these that somebody won, with the value that it
 * has now, and a row "loser" for each claim that did not. */
void explain_settings(struct session *s, struct task *who,
                      const struct opinion *o, uint64_t which);
/* A row "limiter" for each knob that somebody won. */
void explain_limits(struct session *s, struct task *who,
                    const struct opinion *o);
/* The keys "rule", and where it stands "file", "line" and "of". */
void explain_put_rule(struct json *row, struct engine *en, uint32_t rule);
/* Why nothing of the task is changed, or NULL. */
const char *explain_protected(struct engine *en, struct task *who);
/* Rows "change" of that task: those that are kept from that number on, at most
 * so many, the last ones. */
void explain_changes(struct session *s, struct task_id whom, uint64_t from,
                     size_t most);

#endif
