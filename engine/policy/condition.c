/* condition.c -- does one condition hold for a task? */

#include "policy/matching.h"

#include <errno.h>
#include <string.h>

#include "base/glob.h"
#include "model/rule_id.h"
#include "policy/tags.h"

#define NOBODY 65534
#define MS     UINT64_C(1000000)

static bool is_people(const struct people *people, int64_t uid)
{
	return people != NULL && uid != NOBODY &&
	       uid >= (int64_t)people->low && uid <= (int64_t)people->high;
}

static enum truth regex_fits(const struct image_alternative *a,
                             const char *text, size_t bytes,
                             struct subject *who)
{
	int r = who->regexes == NULL ? -E2BIG :
	        regexes_search(who->regexes, a->text.at, text, bytes,
	                       &who->steps);

	if (r >= 0)
		return truth_of(r > 0);
	who->given_up++;
	return TRUTH_UNSURE;
}

/* A glob may walk its text once for each of its own bytes, which counts as more
 * than one comparison. */
static enum truth text_fits(const void *image,
                            const struct image_alternative *a,
                            const char *text, size_t bytes, struct subject *who)
{
	const char *mine = image_text_of(image, a->text);

	if (a->op == OP_REGEX)
		return regex_fits(a, text, bytes, who);
	if (a->op == OP_TEXT)
		return truth_of(a->text.bytes == bytes &&
		                memcmp(mine, text, bytes) == 0);
	who->steps += a->text.bytes * bytes / 64;
	return truth_of(glob_match(mine, text));
}

/* Elements are ended by NUL, the last one too. */
static enum truth element_fits(const void *image,
                               const struct image_alternative *a,
                               const struct value *v, struct subject *who)
{
	const char *at = v->text, *end;
	enum truth  t = TRUTH_NO;

	if (v->bytes == 0)              /* an empty list may lie nowhere      */
		return t;
	for (end = at + v->bytes; at < end && t != TRUTH_YES;
	     at += strlen(at) + 1)
		t = either(t, text_fits(image, a, at, strlen(at), who));
	return t;
}

/* From 22:00 to 06:00 is all but what lies between these. */
static bool range_fits(const struct image_alternative *a, int64_t number)
{
	return a->low <= a->high ? a->low <= number && number <= a->high :
	       a->low <= number || number <= a->high;
}

enum truth match_value(const void *image, const struct image_alternative *a,
                       const struct value *v, struct subject *who)
{
	who->steps++;
	switch ((enum op)a->op) {
	case OP_ANY:
		return truth_of(v->type != FACT_TYPE_LIST || v->bytes > 0);
	case OP_TEXT:
	case OP_GLOB:
	case OP_REGEX:
		return v->type == FACT_TYPE_LIST ?
		       element_fits(image, a, v, who) :
		       text_fits(image, a, v->text, v->bytes, who);
	case OP_RANGE:
		return truth_of(range_fits(a, v->number));
	case OP_PEOPLE:
		return truth_of(is_people(who->people, v->number));
	case OP_TAG:
		return truth_of(v->number == a->low);
	case OPS:
		break;
	}
	return TRUTH_NO;
}

/* A threshold is one end at least of a range of what goes up and down.  A time
 * only goes up, and what is one value is no threshold. */
bool match_swings(const struct image_condition *c,
                  const struct image_alternative *a)
{
	if (a->op != OP_RANGE || a->low == a->high)
		return false;
	if (c->kind == CONDITION_HOST)
		return host_rows[c->fact].drift_ms != 0 &&
		       host_rows[c->fact].unit != HOST_UNIT_NS;
	return c->kind == CONDITION_FACT &&
	       fact_rows[c->fact].drift_ms != 0 &&
	       fact_rows[c->fact].unit != FACT_UNIT_NS;
}

static int64_t swing_of(int64_t bound)
{
	return bound / 100 * SWING_PERCENT + bound % 100 * SWING_PERCENT / 100;
}

/* An end that is none stays none. */
void match_release(const struct image_alternative *a, int64_t *ret_low,
                   int64_t *ret_high)
{
	int64_t down = swing_of(a->low), up = swing_of(a->high);

	*ret_low = down > 0 ? a->low - down : a->low;
	*ret_high = up > 0 && a->high <= INT64_MAX - up ? a->high + up
	                                                : a->high;
}

static bool is_released(const struct image_alternative *a, int64_t number)
{
	int64_t low, high;

	match_release(a, &low, &high);
	return number < low || number > high;
}

/* What drifts is looked at again at its period, and one look may be late. */
uint64_t condition_gap(const struct image_condition *c)
{
	return c->kind == CONDITION_FACT ?
	       UINT64_C(2) * fact_rows[c->fact].drift_ms * MS : 0;
}

static struct task *holder_of(const struct look *l,
                              const struct image_condition *c)
{
	return c->kind == CONDITION_HOST ? NULL : l->task;
}

/* Once passed, a threshold holds until the value is well past it. */
static enum truth threshold_truth(const struct look *l,
                                  const struct image_condition *c, uint32_t n,
                                  const struct value *v, enum truth exact)
{
	struct stand     what = { holder_of(l, c), STANDING_ALTERNATIVE, n };
	struct standing *st = l->who->standing;

	if (st == NULL)
		return exact;
	if (exact == TRUTH_YES ||
	    (standing_held(st, what, l->who->now_ns) &&
	     !is_released(IMAGE_AT(l->image, IMAGE_ALTERNATIVES,
	                           image_alternative, n), v->number))) {
		standing_hold(st, what, l->who->now_ns, condition_gap(c));
		return TRUTH_YES;
	}
	standing_break(st, what);
	return TRUTH_NO;
}

static enum truth alternative_truth(const struct look *l,
                                    const struct image_condition *c,
                                    uint32_t n, const struct value *v)
{
	const struct image_alternative *a =
		IMAGE_AT(l->image, IMAGE_ALTERNATIVES, image_alternative, n);
	enum truth t = match_value(l->image, a, v, l->who);

	return match_swings(c, a) ? threshold_truth(l, c, n, v, t) : t;
}

/* The value is known; what is not known is whether there is time to compare. */
static enum truth any_fits(const struct look *l,
                           const struct image_condition *c,
                           const struct value *v)
{
	enum truth t = TRUTH_NO;

	for (uint32_t i = 0; i < c->alternatives.count && t != TRUTH_YES; i++)
		t = spent(l->who) ? either(t, TRUTH_UNSURE) :
		    either(t, alternative_truth(l, c, c->alternatives.first + i,
		                                v));
	return t;
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

/* The value of one variable, of a list of "NAME=value"; the first counts. */
static bool env_find(const struct value *list, const char *name, size_t bytes,
                     struct value *ret_value)
{
	const char *end = list->text + list->bytes;

	for (const char *at = list->text; at < end; at += strlen(at) + 1) {
		if (strncmp(at, name, bytes) != 0 || at[bytes] != '=')
			continue;
		*ret_value = (struct value){ .type = FACT_TYPE_TEXT,
		                             .text = at + bytes + 1,
		                             .bytes = strlen(at + bytes + 1) };
		return true;
	}
	return false;
}

static enum truth env_truth(const struct look *l,
                            const struct image_condition *c)
{
	struct value list, v;
	int          r = match_fact(l->who, l->task, FACT_env, &list);

	if (r <= 0)
		return r == -ENODATA ? TRUTH_NO : TRUTH_UNSURE;
	return env_find(&list, image_text_of(l->image, c->name), c->name.bytes,
	                &v) ? any_fits(l, c, &v) : TRUTH_NO;
}

/* Of a scheduling class, without its parameters. */
static enum truth setting_truth(const struct look *l,
                                const struct image_condition *c)
{
	const struct subject *who = l->who;
	struct value v = { .type = FACT_TYPE_NUMBER, .text = "" };

	if (who->own == NULL ||
	    who->own(who->own_ctx, l->task, (enum setting)c->fact,
	             &v.number) < 0)
		return TRUTH_UNSURE;
	if (setting_rows[c->fact].type == SETTING_TYPE_SCHED)
		v.number = sched_class_of(v.number);
	return any_fits(l, c, &v);
}

/* Any of the tags, or any at all, is that of a living task. */
static enum truth running_truth(const struct look *l,
                                const struct image_condition *c)
{
	const uint32_t *alive = l->who->tag_alive;
	uint32_t        tags = image_count(l->image, IMAGE_TAGS);

	for (uint32_t i = 0; i < c->alternatives.count && alive != NULL; i++) {
		const struct image_alternative *a =
			IMAGE_AT(l->image, IMAGE_ALTERNATIVES,
			         image_alternative, c->alternatives.first + i);

		for (uint32_t t = 0; t < tags; t++)
			if (alive[t] > 0 &&
			    (a->op == OP_ANY || a->low == (int64_t)t))
				return TRUTH_YES;
	}
	return alive == NULL ? TRUTH_UNSURE : TRUTH_NO;
}

static enum truth host_truth(const struct look *l,
                             const struct image_condition *c)
{
	struct value v = { .type = FACT_TYPE_NUMBER, .text = "",
	                   .number = l->who->host->value[c->fact] };

	l->who->host_read |= HOST_BIT(c->fact);
	if (c->fact == HOST_running)
		return running_truth(l, c);
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
	const struct tag_set *tags = own ? l->who->tags :
	                            task_tags(l->task, l->who->voice);

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

/* What others run, and with what in its environment, is not a user's to ask. */
static bool is_private(const struct look *l, const struct image_condition *c)
{
	return c->kind != CONDITION_HOST && !voice_is_system(l->who->voice) &&
	       l->task->voice != l->who->voice;
}

enum truth condition_truth(const struct look *l,
                           const struct image_condition *c)
{
	if (is_private(l, c))
		return TRUTH_UNSURE;
	switch ((enum subject_kind)c->kind) {
	case CONDITION_FACT:
		return fact_truth(l, c);
	case CONDITION_HOST:
		return host_truth(l, c);
	case CONDITION_TAG:
		return tag_truth(l, c);
	case CONDITION_ENV:
		return env_truth(l, c);
	case CONDITION_SETTING:
		return setting_truth(l, c);
	case CONDITION_KINDS:
		break;
	}
	return TRUTH_UNSURE;
}
