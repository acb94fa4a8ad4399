/* qos.c -- the service classes, and the knobs that stand for them on Linux. */

#include "model/qos.h"

#include <errno.h>
#include <string.h>

static const char *const names[QOS_COUNT] = {
	[QOS_BACKGROUND]       = "background",
	[QOS_UTILITY]          = "utility",
	[QOS_DEFAULT]          = "default",
	[QOS_USER_INITIATED]   = "user-initiated",
	[QOS_USER_INTERACTIVE] = "user-interactive",
};

/* I/O as setting.h packs it: idle is 0, best-effort 8 for level 7 up to 15 for
 * level 0. */
static const struct {
	int64_t          nice;
	enum sched_class sched;
	int64_t          ionice, timer_slack_ns;
} linux_rows[QOS_COUNT] = {
	[QOS_BACKGROUND]       = {  19, SCHED_CLASS_IDLE,   0, 40000000 },
	[QOS_UTILITY]          = {  10, SCHED_CLASS_BATCH,  9,  1000000 },
	[QOS_DEFAULT]          = {   0, SCHED_CLASS_OTHER, 11,    50000 },
	[QOS_USER_INITIATED]   = {  -5, SCHED_CLASS_OTHER, 13,    50000 },
	[QOS_USER_INTERACTIVE] = { -10, SCHED_CLASS_OTHER, 15,    50000 },
};

const char *qos_name(enum qos q)
{
	return (unsigned)q < QOS_COUNT ? names[q] : "?";
}

int qos_find(const char *name, enum qos *ret_qos)
{
	for (int q = 0; q < QOS_COUNT; q++)
		if (strcmp(names[q], name) == 0) {
			*ret_qos = (enum qos)q;
			return 0;
		}
	return -ENOENT;
}

/* want_set() for each knob here is what makes all classes set the same. */
void qos_defaults(struct qos_table *ret_table)
{
	memset(ret_table, 0, sizeof(*ret_table));
	for (int q = 0; q < QOS_COUNT; q++) {
		struct want *w = &ret_table->row[q];

		want_set(w, SETTING_nice, linux_rows[q].nice);
		want_set(w, SETTING_sched, sched_value(linux_rows[q].sched, 0));
		want_set(w, SETTING_ionice, linux_rows[q].ionice);
		want_set(w, SETTING_timer_slack, linux_rows[q].timer_slack_ns);
	}
}

/* "untouched" stands for every knob that a class would set. */
static void knobs_add(const struct want *row, bool untouched, struct want *w)
{
	uint64_t missing = row->has & ~w->has;

	for (int s = 0; s < SETTING_COUNT; s++)
		if ((missing & SETTING_BIT(s)) != 0)
			want_set(w, (enum setting)s,
			         untouched ? VALUE_UNTOUCHED : row->value[s]);
}

void qos_expand(const struct qos_table *t, struct want *w)
{
	int64_t q = w->value[SETTING_qos];

	if (!want_has(w, SETTING_qos))
		return;
	w->has &= ~SETTING_BIT(SETTING_qos);
	/* pqs.yaml may have given one class a knob that others lack. */
	for (int i = 0; i < QOS_COUNT; i++)
		if (q == i || q == VALUE_UNTOUCHED)
			knobs_add(&t->row[i], q == VALUE_UNTOUCHED, w);
}
