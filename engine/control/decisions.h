/* decisions.h -- the last changes and notes, for those who ask about them
 * later.
 *
 * A ring: the newest take the place of the oldest.  Each has a number, one more
 * than the one before it.
 */
#ifndef CONTROL_DECISIONS_H
#define CONTROL_DECISIONS_H

#include "base/json.h"
#include "engine.h"

#define DECISION_UID_UNKNOWN UINT32_MAX

struct decision {
	uint64_t       at_ns;
	struct task_id whom;            /* of a note: pid 0                   */
	uint32_t       uid;             /* whose it is; may be unknown        */
	uint32_t       generation;
	uint32_t       rule;
	enum setting   setting;
	enum effect    effect;
	bool           foreign;
	uint32_t       fight;           /* as in struct change: rounds        */
	uint32_t       threads, line;
	int64_t        before, wanted, now;
	char           name[32], rule_name[64], file[64], of[32];
	char           text[160];       /* why, or the note itself            */
};

struct decisions {
	uint64_t        next;           /* the number of the next one         */
	struct decision ring[DECISIONS_MAX];
};

/* The numbers of those that are kept are from here up to d->next. */
static inline uint64_t decisions_first(const struct decisions *d)
{
	return d->next > DECISIONS_MAX ? d->next - DECISIONS_MAX : 0;
}

static inline struct decision *decision_at(struct decisions *d, uint64_t n)
{
	return &d->ring[n % DECISIONS_MAX];
}

/* Copied; the oldest is overwritten past DECISIONS_MAX. */
void decisions_change(struct decisions *d, struct engine *en,
                      const struct change *c);
void decisions_note(struct decisions *d, struct engine *en,
                    const char *sentence);

/* How it went with that rule's want of the setting for that task, if it was
 * refused the last time; lent.  NULL: it was not, or that is too long ago. */
const struct decision *decisions_refusal(struct decisions *d,
                                         const struct engine *en,
                                         struct task_id whom,
                                         enum setting setting, uint32_t rule);

/* Whose task it was, if that can still be found out. */
uint32_t decision_uid(struct decision *d, struct engine *en);
/* Writes the keys of a row "change" or "note". */
void decision_write(const struct decision *d, struct engine *en,
                    uint64_t number, uint64_t now_ns, struct json *row);

#endif
