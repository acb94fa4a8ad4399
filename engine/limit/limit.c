/* limit.c -- how often values may change: per task, per rule, and in all.
 *
 * A bucket is one number: the time at which it would be full again if nothing
 * more were taken.  It is empty when that is further off than filling it whole
 * takes.  What was full for a while is the same as what never was, so entries
 * can be dropped without anybody's noticing.
 */

#include "limit/limit.h"

#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/limits.h"

struct bucket {
	uint64_t full_ns;
};

struct limited {
	struct task_id id;
	struct bucket  bucket;
	uint64_t       set_ns[SETTING_COUNT];   /* 0: never                   */
	UT_hash_handle hh;
};

struct charged {
	uint32_t       rule;
	struct bucket  bucket;
	UT_hash_handle hh;
};

struct limiter {
	struct limit_rates  rates;
	struct bucket       machine;
	struct limited     *tasks;
	struct charged     *rules;
	struct limit_counts counts;
};

struct limiter *limiter_new(const struct limit_rates *rates)
{
	struct limiter *l = calloc(1, sizeof(*l));

	if (l != NULL)
		l->rates = *rates;
	return l;
}

void limiter_forget_rules(struct limiter *l)
{
	struct charged *c = l->rules, *next;

	HASH_CLEAR(hh, l->rules);
	for (; c != NULL; c = next) {
		next = c->hh.next;
		free(c);
	}
}

static void forget_tasks(struct limiter *l)
{
	struct limited *t = l->tasks, *next;

	HASH_CLEAR(hh, l->tasks);
	for (; t != NULL; t = next) {
		next = t->hh.next;
		free(t);
	}
}

void limiter_free(struct limiter *l)
{
	if (l == NULL)
		return;
	forget_tasks(l);
	limiter_forget_rules(l);
	free(l);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* When n can be had, which is at once for more than the bucket ever holds once
 * that is full: they belong to one verdict, which is not cut in two. */
static uint64_t bucket_when(const struct bucket *b, struct limit_rate rate,
                            unsigned n, uint64_t now_ns)
{
	uint64_t room = rate.at_once < n ? 0 : rate.at_once - n;
	uint64_t full_ns = later(b->full_ns, now_ns);

	if (rate.each_ns == 0 || full_ns - now_ns <= room * rate.each_ns)
		return 0;
	return full_ns - room * rate.each_ns;
}

static void bucket_take(struct bucket *b, struct limit_rate rate, unsigned n,
                        uint64_t now_ns)
{
	b->full_ns = later(b->full_ns, now_ns) + n * rate.each_ns;
}

/* Past the bound nobody is limited by it: to forget who waits would be worse
 * than to let some change too often. */
static struct limited *task_of(struct limiter *l, struct task_id who)
{
	struct limited *t;

	HASH_FIND(hh, l->tasks, &who, sizeof(who), t);
	if (t != NULL)
		return t;
	if (HASH_COUNT(l->tasks) == LIMITED_MAX) {
		l->counts.crowded++;
		return NULL;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->id = who;
	HASH_ADD(hh, l->tasks, id, sizeof(t->id), t);
	if (t->hh.tbl != NULL)
		return t;
	free(t);
	return NULL;
}

static struct charged *rule_of(struct limiter *l, uint32_t rule)
{
	struct charged *c;

	HASH_FIND(hh, l->rules, &rule, sizeof(rule), c);
	if (c != NULL)
		return c;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->rule = rule;
	HASH_ADD(hh, l->rules, rule, sizeof(c->rule), c);
	if (c->hh.tbl != NULL)
		return c;
	free(c);
	return NULL;
}

/* What one verdict would change. */
struct request {
	struct limited *task;           /* NULL: unlimited                    */
	uint64_t        settings;
	const uint32_t *rule;           /* of each setting                    */
	uint64_t        now_ns;
};

static unsigned count_of(uint64_t bits)
{
	unsigned n = 0;

	for (; bits != 0; bits &= bits - 1)
		n++;
	return n;
}

/* How many of the settings are that rule's. */
static unsigned share_of(const struct request *q, uint32_t rule)
{
	unsigned n = 0;

	for (int s = 0; s < SETTING_COUNT; s++)
		n += (q->settings & SETTING_BIT(s)) != 0 && q->rule[s] == rule;
	return n;
}

/* Whether the setting is the first of its rule's, so that each rule is looked
 * at once. */
static bool is_first_of_rule(const struct request *q, int setting)
{
	if ((q->settings & SETTING_BIT(setting)) == 0)
		return false;
	for (int s = 0; s < setting; s++)
		if ((q->settings & SETTING_BIT(s)) != 0 &&
		    q->rule[s] == q->rule[setting])
			return false;
	return true;
}

static uint64_t task_when(const struct limiter *l, const struct request *q)
{
	uint64_t when_ns = bucket_when(&q->task->bucket, l->rates.task,
	                               count_of(q->settings), q->now_ns);

	for (int s = 0; s < SETTING_COUNT; s++) {
		uint64_t set_ns = q->task->set_ns[s];

		if ((q->settings & SETTING_BIT(s)) != 0 && set_ns != 0 &&
		    q->now_ns < set_ns + l->rates.dwell_ns)
			when_ns = later(when_ns, set_ns + l->rates.dwell_ns);
	}
	return when_ns;
}

static uint64_t rules_when(struct limiter *l, const struct request *q)
{
	uint64_t when_ns = 0;

	for (int s = 0; s < SETTING_COUNT; s++) {
		const struct charged *c = !is_first_of_rule(q, s) ? NULL :
		                          rule_of(l, q->rule[s]);

		if (c != NULL)
			when_ns = later(when_ns, bucket_when(&c->bucket,
			                l->rates.rule, share_of(q, c->rule),
			                q->now_ns));
	}
	return when_ns;
}

static void pay(struct limiter *l, const struct request *q)
{
	unsigned n = count_of(q->settings);

	bucket_take(&l->machine, l->rates.machine, n, q->now_ns);
	if (q->task != NULL)
		bucket_take(&q->task->bucket, l->rates.task, n, q->now_ns);
	for (int s = 0; s < SETTING_COUNT; s++) {
		struct charged *c = !is_first_of_rule(q, s) ? NULL :
		                    rule_of(l, q->rule[s]);

		if (c != NULL)
			bucket_take(&c->bucket, l->rates.rule,
			            share_of(q, c->rule), q->now_ns);
		if (q->task != NULL && (q->settings & SETTING_BIT(s)) != 0)
			q->task->set_ns[s] = later(q->now_ns, 1);
	}
	l->counts.admitted += n;
}

uint64_t limiter_admit(struct limiter *l, struct task_id who,
                       uint64_t settings,
                       const uint32_t rule[SETTING_COUNT], uint64_t now_ns)
{
	struct request q = { task_of(l, who), settings, rule, now_ns };
	uint64_t       when_ns = bucket_when(&l->machine, l->rates.machine,
	                                     count_of(settings), now_ns);

	if (q.task != NULL)
		when_ns = later(when_ns, task_when(l, &q));
	when_ns = later(when_ns, rules_when(l, &q));
	if (when_ns > now_ns) {
		l->counts.refused++;
		return when_ns;
	}
	pay(l, &q);
	return 0;
}

void limiter_forget(struct limiter *l, struct task_id who)
{
	struct limited *t;

	HASH_FIND(hh, l->tasks, &who, sizeof(who), t);
	if (t == NULL)
		return;
	HASH_DEL(l->tasks, t);
	free(t);
}

/* NULL: none was taken of it yet. */
static uint32_t bucket_left(const struct bucket *b, struct limit_rate rate,
                            uint64_t now_ns)
{
	uint64_t gone;

	if (rate.each_ns == 0)
		return UINT32_MAX;
	if (b == NULL || b->full_ns <= now_ns)
		return rate.at_once;
	gone = (b->full_ns - now_ns - 1) / rate.each_ns + 1;
	return gone < rate.at_once ? rate.at_once - (uint32_t)gone : 0;
}

struct limit_left limiter_left(const struct limiter *l, struct task_id who,
                               enum setting setting, uint32_t rule,
                               uint64_t now_ns)
{
	struct limit_left     left = { .stays_ns = 0 };
	const struct limited *t;
	const struct charged *c;

	HASH_FIND(hh, l->tasks, &who, sizeof(who), t);
	HASH_FIND(hh, l->rules, &rule, sizeof(rule), c);
	left.task = bucket_left(t != NULL ? &t->bucket : NULL, l->rates.task,
	                        now_ns);
	left.rule = bucket_left(c != NULL ? &c->bucket : NULL, l->rates.rule,
	                        now_ns);
	left.machine = bucket_left(&l->machine, l->rates.machine, now_ns);
	if (t != NULL && t->set_ns[setting] != 0 &&
	    now_ns < t->set_ns[setting] + l->rates.dwell_ns)
		left.stays_ns = t->set_ns[setting] + l->rates.dwell_ns - now_ns;
	return left;
}

struct limit_counts limiter_counts(const struct limiter *l)
{
	return l->counts;
}
