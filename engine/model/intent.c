/* intent.c -- the intents, and the knobs that stand for them on Linux. */

#include "model/intent.h"

#include <string.h>

const enum setting intents_expanded[INTENTS_EXPANDED] = {
	SETTING_io, SETTING_suppress, SETTING_role, SETTING_qos,
};

/* I/O as setting.h packs it: idle is 0, best-effort 8 for level 7 up to 15 for
 * level 0. */
static const struct {
	int64_t          nice;
	enum sched_class sched;
	int64_t          ionice, timer_slack_ns;
} linux_classes[QOS_COUNT] = {
	[QOS_BACKGROUND]       = {  19, SCHED_CLASS_IDLE,   0, 40000000 },
	[QOS_UTILITY]          = {  10, SCHED_CLASS_BATCH,  9,  1000000 },
	[QOS_DEFAULT]          = {   0, SCHED_CLASS_OTHER, 11,    50000 },
	[QOS_USER_INITIATED]   = {  -5, SCHED_CLASS_OTHER, 13,    50000 },
	[QOS_USER_INTERACTIVE] = { -10, SCHED_CLASS_OTHER, 15,    50000 },
};

/* A step to either side of what is usual: a role says who is in front, not how
 * much it needs. */
static const struct {
	int64_t nice, ionice;
} linux_roles[ROLES] = {
	[ROLE_BACKGROUND] = {  5, 10 },
	[ROLE_DEFAULT]    = {  0, 11 },
	[ROLE_FOREGROUND] = { -5, 12 },
};

static const int64_t linux_ionice[IO_TIERS] = {
	[IO_PASSIVE]   = 0,
	[IO_THROTTLE]  = 8,
	[IO_UTILITY]   = 9,
	[IO_STANDARD]  = 11,
	[IO_IMPORTANT] = 15,
};

/* want_set() for each knob here is what makes all classes set the same. */
void intents_default(struct intents *ret_intents)
{
	struct want *suppress = &ret_intents->suppress;

	memset(ret_intents, 0, sizeof(*ret_intents));
	for (int q = 0; q < QOS_COUNT; q++) {
		struct want *w = &ret_intents->qos[q];

		want_set(w, SETTING_nice, linux_classes[q].nice);
		want_set(w, SETTING_sched,
		         sched_value(linux_classes[q].sched, 0));
		want_set(w, SETTING_ionice, linux_classes[q].ionice);
		want_set(w, SETTING_timer_slack,
		         linux_classes[q].timer_slack_ns);
	}
	for (int i = 0; i < ROLES; i++) {
		want_set(&ret_intents->role[i], SETTING_nice,
		         linux_roles[i].nice);
		want_set(&ret_intents->role[i], SETTING_ionice,
		         linux_roles[i].ionice);
	}
	for (int i = 0; i < IO_TIERS; i++)
		want_set(&ret_intents->io[i], SETTING_ionice, linux_ionice[i]);
	want_set(suppress, SETTING_sched, sched_value(SCHED_CLASS_IDLE, 0));
	want_set(suppress, SETTING_ionice, linux_ionice[IO_PASSIVE]);
	want_set(suppress, SETTING_timer_slack,
	         linux_classes[QOS_BACKGROUND].timer_slack_ns);
}

/* One row for each value; of a truth only for true. */
static const struct want *rows_of(const struct intents *t, enum setting s,
                                  int64_t *ret_first, size_t *ret_count)
{
	*ret_first = s == SETTING_suppress;
	setting_words(s, ret_count);
	switch (s) {
	case SETTING_qos:
		return t->qos;
	case SETTING_role:
		return t->role;
	case SETTING_io:
		return t->io;
	case SETTING_suppress:
		*ret_count = 1;
		return &t->suppress;
	default:
		return NULL;
	}
}

/* "untouched" stands for every knob that any value would set: pqs.yaml may have
 * given one class a knob that others lack. */
uint64_t intent_knobs(const struct intents *t, enum setting s, int64_t value,
                      const struct want **ret_row)
{
	int64_t            first;
	size_t             n;
	const struct want *rows = rows_of(t, s, &first, &n);
	uint64_t           all = 0;

	*ret_row = NULL;
	if (rows == NULL)
		return 0;
	if (value >= first && value - first < (int64_t)n) {
		*ret_row = &rows[value - first];
		return (*ret_row)->has;
	}
	for (size_t i = 0; i < n && value == VALUE_UNTOUCHED; i++)
		all |= rows[i].has;
	return all;
}

void intents_expand(const struct intents *t, struct want *w)
{
	for (size_t i = 0; i < INTENTS_EXPANDED; i++) {
		enum setting       s = intents_expanded[i];
		const struct want *row;
		uint64_t           left;

		if (!want_has(w, s))
			continue;
		w->has &= ~SETTING_BIT(s);
		left = intent_knobs(t, s, w->value[s], &row) & ~w->has;
		while (left != 0) {
			enum setting knob = setting_take(&left);

			want_set(w, knob, row == NULL ? VALUE_UNTOUCHED
			                              : row->value[knob]);
		}
	}
}
