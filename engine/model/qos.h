/* qos.h -- what a service class means in knobs.
 *
 * Every class sets the same knobs, so a change of class leaves nothing of the
 * old one behind.
 */
#ifndef MODEL_QOS_H
#define MODEL_QOS_H

#include "model/want.h"

enum qos { QOS_BACKGROUND, QOS_UTILITY, QOS_DEFAULT, QOS_USER_INITIATED,
           QOS_USER_INTERACTIVE, QOS_COUNT };

struct qos_table {
	struct want row[QOS_COUNT];     /* knobs only                         */
};

const char *qos_name(enum qos q);
int qos_find(const char *name, enum qos *ret_qos);

/* The table for Linux that pqs.yaml may override. */
void qos_defaults(struct qos_table *ret_table);

/* Replaces the intents in w by knobs; a knob already beside them stays. */
void qos_expand(const struct qos_table *t, struct want *w);

#endif
