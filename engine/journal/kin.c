/* kin.c -- whose value a thread must have been born with, seeing what it has. */

#include "journal/holds.h"

bool journal_ours(const struct hold *h, int64_t value)
{
	return value == h->applied || (!h->settled && value == h->wanted);
}

bool journal_born_with(const struct hold *h, int64_t value)
{
	return journal_ours(h, value) || value == h->earlier;
}

/* What was left there last counts for more than what was before, and the
 * process for more than another thread. */
static int kinship(const struct hold *h, int64_t value)
{
	int leader = !task_id_is_thread(h->whom);

	if (value == h->origin)
		return 0;
	if (value == h->applied)
		return 5 + leader;
	if (journal_ours(h, value))
		return 3 + leader;
	return value == h->earlier ? 1 + leader : 0;
}

const struct hold *holds_kin(const struct holds *holds,
                             struct task_id thread, enum setting s,
                             int64_t value, bool process)
{
	const struct kept_hold *k = holds_chain(holds, thread.pid);
	const struct hold *kin = NULL;
	int                best = 0;

	for (; k != NULL; k = k->next) {
		const struct hold *h = &k->hold;
		int                near = kinship(h, value);

		if (h->setting != s || h->whom.tid == thread.tid ||
		    !hold_of_process(h, thread) || near <= best ||
		    (!process && !task_id_is_thread(h->whom)) ||
		    (task_id_is_main(thread) && task_id_is_thread(h->whom)))
			continue;
		best = near;
		kin = h;
	}
	return kin;
}
