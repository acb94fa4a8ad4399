/* kin.c -- whose value a thread must have been born with,
 * seeing what it has. */

#include "journal/holds.h"

/* What was to be set, or what is given instead of it where it cannot be had. */
static bool is_as_wanted(const struct hold *h, int64_t value)
{
	return value == h->wanted ||
	       (h->setting == SETTING_realtime && h->wanted >= 0 &&
	        realtime_is_instead(value));
}

bool journal_ours(const struct hold *h, int64_t value)
{
	return value == h->applied ||
	       (!h->settled && is_as_wanted(h, value));
}

bool journal_born_with(const struct hold *h, int64_t value)
{
	return journal_ours(h, value) || value == h->earlier;
}

/* Of whom a thread is likely to have been born: of its process as it was
 * before it was found, or just now of the main thread. */
static int likelihood(const struct hold *h, enum kin of)
{
	if (!task_id_is_thread(h->whom))
		return of == KIN_OF_THREAD ? 0 : 2;
	if (task_id_is_main(h->whom) && of == KIN_OF_NEWBORN)
		return 3;
	return 1;
}

/* What was left there last counts for more than what was before. */
static int kinship(const struct hold *h, enum kin of, int64_t value)
{
	int likely = likelihood(h, of);

	if (value == h->origin || likely == 0)
		return 0;
	if (value == h->applied)
		return 8 + likely;
	if (journal_ours(h, value))
		return 4 + likely;
	return value == h->earlier ? likely : 0;
}

const struct hold *holds_kin(const struct holds *holds, enum kin of,
                             struct task_id thread, enum setting s,
                             int64_t value)
{
	const struct kept_hold *k = holds_chain(holds, thread.pid);
	const struct hold *kin = NULL;
	int                best = 0;

	for (; k != NULL; k = k->next) {
		const struct hold *h = &k->hold;
		int                near = kinship(h, of, value);

		if (h->setting != s || h->whom.tid == thread.tid ||
		    !hold_of_process(h, thread) || near <= best ||
		    (task_id_is_main(thread) && task_id_is_thread(h->whom)))
			continue;
		best = near;
		kin = h;
	}
	return kin;
}
