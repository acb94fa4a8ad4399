/* match.c -- does a selector hold for a task?
 *
 * Truth has three values, in rising order: all conditions together are as true
 * as the least of them, and any of several as true as the greatest.  So one
 * quick condition that surely fails settles a selector, whatever the others
 * could not read.
 */

#include "policy/match.h"

#include <errno.h>
#include <string.h>

#include "base/glob.h"
#include "policy/tags.h"

#define NOBODY 65534

/* One task being looked at on behalf of a subject. */
struct look {
	const void     *image;
	struct subject *who;
	struct task    *task;
};

static enum truth selector_truth(struct look l, uint32_t selector,
                                 uint32_t known);

static enum truth both(enum truth a, enum truth b)
{
	return a < b ? a : b;
}

static enum truth either(enum truth a, enum truth b)
{
	return a > b ? a : b;
}

/* From here on nothing is known any more, neither that something holds nor that
 * it does not. */
static bool spent(const struct subject *who)
{
	return who->steps > MATCH_STEPS_MAX;
}

static bool is_people(const struct people *people, int64_t uid)
{
	return people != NULL && uid != NOBODY &&
	       uid >= (int64_t)people->low && uid <= (int64_t)people->high;
}

/* A glob may walk its text once for each of its own bytes, which counts as more
 * than one comparison. */
static bool text_fits(const void *image, const struct image_alternative *a,
                      const char *text, size_t bytes, struct subject *who)
{
	const char *mine = image_text_of(image, a->text);

	if (a->op == OP_TEXT)
		return a->text.bytes == bytes && memcmp(mine, text, bytes) == 0;
	who->steps += a->text.bytes * bytes / 64;
	return glob_match(mine, text);
}

/* Elements are ended by NUL, the last one too. */
static bool element_fits(const void *image, const struct image_alternative *a,
                         const struct value *v, struct subject *who)
{
	const char *end = v->text + v->bytes;

	for (const char *at = v->text; at < end; at += strlen(at) + 1)
		if (text_fits(image, a, at, strlen(at), who))
			return true;
	return false;
}

/* From 22:00 to 06:00 is all but what lies between these. */
static bool range_fits(const struct image_alternative *a, int64_t number)
{
	return a->low <= a->high ? a->low <= number && number <= a->high :
	       a->low <= number || number <= a->high;
}

bool match_value(const void *image, const struct image_alternative *a,
                 const struct value *v, struct subject *who)
{
	who->steps++;
	switch ((enum op)a->op) {
	case OP_ANY:
		return true;
	case OP_TEXT:
	case OP_GLOB:
		return v->type == FACT_TYPE_LIST ?
		       element_fits(image, a, v, who) :
		       text_fits(image, a, v->text, v->bytes, who);
	case OP_RANGE:
		return range_fits(a, v->number);
	case OP_PEOPLE:
		return is_people(who->people, v->number);
	case OP_TAG:
		return v->number == a->low;
	case OP_REGEX:
	case OPS:
		break;
	}
	return false;
}

/* The value is known; what is not known is whether there is time to compare. */
static enum truth any_fits(const struct look *l,
                           const struct image_condition *c,
                           const struct value *v)
{
	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		if (spent(l->who))
			return TRUTH_UNSURE;
		if (match_value(l->image,
		                IMAGE_AT(l->image, IMAGE_ALTERNATIVES,
		                         image_alternative,
		                         c->alternatives.first + i),
		                v, l->who))
			return TRUTH_YES;
	}
	return TRUTH_NO;
}

int match_fact(struct subject *who, struct task *of, enum fact fact,
               struct value *ret_value)
{
	int r = table_fact(who->table, of, fact, ret_value);

	who->read |= FACT_BIT(fact);
	if (r == -EINPROGRESS)
		who->pending = true;
	/* An ancestor that is gone is only unreadable. */
	if (r == -ESRCH && of->id.pid == who->task->id.pid)
		who->gone = true;
	return r;
}

/* Unreadable, gone, and not there yet are all the same to a rule; not to have
 * any is to be sure that it does not fit. */
static enum truth fact_truth(const struct look *l,
                             const struct image_condition *c)
{
	struct value v;
	int          r = match_fact(l->who, l->task, (enum fact)c->fact, &v);

	if (r <= 0)
		return r == -ENODATA ? TRUTH_NO : TRUTH_UNSURE;
	return any_fits(l, c, &v);
}

/* The sensor's last word. */
static enum truth host_truth(const struct look *l,
                             const struct image_condition *c)
{
	struct value v = { .type = FACT_TYPE_NUMBER, .text = "",
	                   .number = l->who->host->value[c->fact] };

	l->who->host_read |= HOST_BIT(c->fact);
	if (!host_knows(l->who->host, (enum host_fact)c->fact))
		return TRUTH_UNSURE;
	return any_fits(l, c, &v);
}

/* While a task is judged its own tags are those given so far; of all others,
 * those that their last judging left. */
static enum truth tag_truth(const struct look *l,
                            const struct image_condition *c)
{
	bool own = l->task == l->who->task && l->who->tags != NULL;
	const struct tag_set *tags = own ? l->who->tags : &l->task->tags;

	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		const struct image_alternative *a =
			IMAGE_AT(l->image, IMAGE_ALTERNATIVES,
			         image_alternative, c->alternatives.first + i);

		l->who->steps++;
		if (tags_have(tags, (uint32_t)a->low))
			return TRUTH_YES;
	}
	return TRUTH_NO;
}

static enum truth condition_truth(const struct look *l,
                                  const struct image_condition *c)
{
	switch ((enum subject_kind)c->kind) {
	case CONDITION_FACT:
		return fact_truth(l, c);
	case CONDITION_HOST:
		return host_truth(l, c);
	case CONDITION_TAG:
		return tag_truth(l, c);
	case CONDITION_ENV:
	case CONDITION_SETTING:
	case CONDITION_KINDS:
		break;
	}
	return TRUTH_UNSURE;
}

/* What costs a wait or a timer is asked last. */
static bool is_late(const struct image_condition *c)
{
	return c->kind == CONDITION_FACT &&
	       (fact_rows[c->fact].source == FACT_SOURCE_SLOW ||
	        fact_rows[c->fact].drift_ms != 0);
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
static enum truth selector_truth(struct look l, uint32_t selector,
                                 uint32_t known)
{
	const struct image_selector *s =
		IMAGE_AT(l.image, IMAGE_SELECTORS, image_selector, selector);
	enum truth t;

	l.who->steps++;
	if (spent(l.who))
		return TRUTH_UNSURE;
	/* What is asked of processes is asked of a thread's process. */
	if (s->kind == SELECT_PROCESS)
		l.task = table_process_of(l.who->table, l.task);
	else if (s->kind == SELECT_THREAD && !task_id_is_thread(l.task->id))
		return TRUTH_NO;
	t = conditions_truth(&l, s, known, false);
	if (t != TRUTH_NO && has_lineage(s))
		t = both(t, lineage_truth(l, s));
	if (t == TRUTH_YES)
		t = conditions_truth(&l, s, known, true);
	return t;
}

enum truth match_truth(const void *image, uint32_t selector, uint32_t known,
                       struct subject *who)
{
	struct look l = { image, who, who->task };

	return selector_truth(l, selector, known);
}

bool match_host(const void *image, uint32_t selector, struct subject *who)
{
	const struct image_selector *s =
		IMAGE_AT(image, IMAGE_SELECTORS, image_selector, selector);
	struct look l = { image, who, who->task };

	return conditions_truth(&l, s, IMAGE_NONE, false) == TRUTH_YES;
}
