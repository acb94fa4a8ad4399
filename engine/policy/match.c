/* match.c -- does a selector hold for a task? */

#include "policy/matching.h"

static enum truth selector_truth(struct look l, uint32_t selector,
                                 uint32_t known);

/* What costs a wait or a timer is asked last. */
static bool is_late(const struct image_condition *c)
{
	return c->kind == CONDITION_ENV ||
	       (c->kind == CONDITION_FACT &&
	        (fact_rows[c->fact].source == FACT_SOURCE_SLOW ||
	         fact_rows[c->fact].drift_ms != 0));
}

/* The quick conditions or the late ones, up to the first that fails. */
static enum truth conditions_truth(const struct look *l,
                                   const struct image_selector *s,
                                   uint32_t known, bool late)
{
	enum truth t = TRUTH_YES;

	for (uint32_t i = 0; i < s->conditions.count && t != TRUTH_NO; i++) {
		uint32_t n = s->conditions.first + i;
		const struct image_condition *c =
			IMAGE_AT(l->image, IMAGE_CONDITIONS, image_condition,
			         n);

		if (n != known && is_late(c) == late)
			t = both(t, condition_truth(l, c));
	}
	return t;
}

/* A selector inside another one, held against someone else.  Nobody being there
 * is a plain no, not a lack of knowledge. */
static enum truth relative_truth(const struct look *l, struct task *relative,
                                 uint32_t selector)
{
	struct look there = { l->image, l->who, relative };

	return relative == NULL ? TRUTH_NO :
	       selector_truth(there, selector, IMAGE_NONE);
}

/* From the nearest ancestor up; one is enough. */
static enum truth under_truth(const struct look *l, uint32_t selector)
{
	struct task *ancestor = table_parent(l->who->table, l->task);
	enum truth   t = TRUTH_NO;

	for (int i = 0; i < LINEAGE_MAX && ancestor != NULL; i++) {
		t = either(t, relative_truth(l, ancestor, selector));
		if (t == TRUTH_YES)
			break;
		ancestor = table_parent(l->who->table, ancestor);
	}
	return t;
}

/* A thread was born where its process was. */
static enum truth lineage_truth(struct look l, const struct image_selector *s)
{
	enum truth t = TRUTH_YES;

	l.task = table_process_of(l.who->table, l.task);
	if (s->of != IMAGE_NONE)
		t = relative_truth(&l, l.task, s->of);
	if (t != TRUTH_NO && s->parent != IMAGE_NONE)
		t = both(t, relative_truth(&l, table_parent(l.who->table,
		                                            l.task),
		                           s->parent));
	if (t != TRUTH_NO && s->under != IMAGE_NONE)
		t = both(t, under_truth(&l, s->under));
	return t;
}

static bool has_lineage(const struct image_selector *s)
{
	return s->of != IMAGE_NONE || s->parent != IMAGE_NONE ||
	       s->under != IMAGE_NONE;
}

/* Quick conditions, then lineage, which is in memory, then what costs a wait or
 * a timer: and that only if all else surely holds. */
static enum truth now_truth(struct look l, const struct image_selector *s,
                            uint32_t known)
{
	enum truth t = conditions_truth(&l, s, known, false);

	if (t != TRUTH_NO && has_lineage(s))
		t = both(t, lineage_truth(l, s));
	if (t == TRUTH_YES)
		t = conditions_truth(&l, s, known, true);
	return t;
}

static uint64_t longer(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The longest of it and all inside it. */
static uint64_t selector_gap(const void *image, uint32_t selector)
{
	const struct image_selector *s;
	uint64_t                     gap = 0;

	if (selector == IMAGE_NONE)
		return 0;
	s = IMAGE_AT(image, IMAGE_SELECTORS, image_selector, selector);
	for (uint32_t i = 0; i < s->conditions.count; i++)
		gap = longer(gap, condition_gap(
			IMAGE_AT(image, IMAGE_CONDITIONS, image_condition,
			         s->conditions.first + i)));
	gap = longer(gap, selector_gap(image, s->of));
	gap = longer(gap, selector_gap(image, s->under));
	return longer(gap, selector_gap(image, s->parent));
}

uint64_t match_lasting(const void *image, uint32_t selector)
{
	const struct image_selector *s;
	uint64_t                     longest;

	if (selector == IMAGE_NONE)
		return 0;
	s = IMAGE_AT(image, IMAGE_SELECTORS, image_selector, selector);
	longest = longer(s->lasting_ns, match_lasting(image, s->of));
	longest = longer(longest, match_lasting(image, s->under));
	return longer(longest, match_lasting(image, s->parent));
}

static void look_again(struct subject *who, uint64_t when_ns)
{
	if (who->again_ns == 0 || when_ns < who->again_ns)
		who->again_ns = when_ns;
}

/* It holds now; of who is dead it does not any longer. */
static bool has_lasted(const struct look *l, const struct image_selector *s,
                       struct stand what)
{
	struct subject *who = l->who;
	uint64_t        since_ns;

	if (who->lasts)
		return what.whom == NULL || what.whom->alive;
	if (who->standing == NULL || (what.whom != NULL && !what.whom->alive))
		return false;
	since_ns = standing_hold(who->standing, what, who->now_ns,
	                         selector_gap(l->image, what.number));
	if (since_ns == UINT64_MAX)
		return false;
	if (who->now_ns - since_ns >= s->lasting_ns)
		return true;
	look_again(who, since_ns + s->lasting_ns);
	return false;
}

/* What holds now, and must do so for a while. */
static enum truth lasting_truth(const struct look *l,
                                const struct image_selector *s,
                                uint32_t selector, enum truth now)
{
	struct stand what = { s->kind == SELECT_HOST ? NULL : l->task,
	                      STANDING_SELECTOR, selector };

	if (s->lasting_ns == 0)
		return now;
	if (now == TRUTH_YES)
		return truth_of(has_lasted(l, s, what));
	if (l->who->standing != NULL)
		standing_break(l->who->standing, what);
	return now;
}

static enum truth selector_truth(struct look l, uint32_t selector,
                                 uint32_t known)
{
	const struct image_selector *s =
		IMAGE_AT(l.image, IMAGE_SELECTORS, image_selector, selector);

	l.who->steps++;
	if (spent(l.who))
		return TRUTH_UNSURE;
	/* What is asked of processes is asked of a thread's process. */
	if (s->kind == SELECT_PROCESS)
		l.task = table_process_of(l.who->table, l.task);
	else if (s->kind == SELECT_THREAD && !task_id_is_thread(l.task->id))
		return TRUTH_NO;
	return lasting_truth(&l, s, selector, now_truth(l, s, known));
}

enum truth match_truth(const void *image, uint32_t selector, uint32_t known,
                       struct subject *who)
{
	struct look l = { image, who, who->task };

	return selector_truth(l, selector, known);
}

enum truth match_host(const void *image, uint32_t selector,
                      struct subject *who)
{
	const struct image_selector *s =
		IMAGE_AT(image, IMAGE_SELECTORS, image_selector, selector);
	struct look l = { image, who, who->task };

	return lasting_truth(&l, s, selector,
	                     conditions_truth(&l, s, IMAGE_NONE, false));
}
