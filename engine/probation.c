/* probation.c -- a new generation's first seconds.
 *
 * What speaks against it must have come with it: so many workers lost, so many
 * rules failing, so many changes, and decisions so much slower than before.
 */

#include <stdio.h>

#include "conduct.h"
#include "reloading.h"

#define FAILURES_MAX   10       /* of its rules; one for each fails once      */
#define JUDGED_LEAST  200       /* before an average says anything            */
#define SLOWER_TIMES   20
#define SLOW_NS   1000000       /* and at least that, for one                 */

static uint64_t average_ns(uint64_t judged, uint64_t deciding_ns)
{
	return judged == 0 ? 0 : deciding_ns / judged;
}

void probation_begin(struct engine *en, uint64_t now_ns)
{
	struct reload        *r = en->reload;
	const struct voice   *v = &en->voice[VOICE_SYSTEM];
	struct probation     *p = &r->probation;

	*p = (struct probation){
		.began_ns = now_ns, .until_ns = now_ns + r->policy.health_ns,
		.lost = worker_counts(v->worker).lost,
		.judged = en->counts.judged,
		.deciding_ns = en->stalls.deciding_ns,
		.before_ns = average_ns(en->counts.judged,
		                        en->stalls.deciding_ns),
	};
	if (r->policy.health_ns == 0)
		reload_passed(en);
}

/* Settings change for many reasons, and several of a task: only far more than
 * tasks were allowed to is too much. */
static bool changes_too_much(struct engine *en)
{
	const struct reload_policy *p = &en->reload->policy;
	int64_t most = p->max_changes;

	if (most == RELOAD_NO_LIMIT)
		return false;
	if (p->share)
		most = (int64_t)table_count(en->table) * most / 10000;
	return en->reload->probation.changes >
	       (uint64_t)(most + 1) * SETTING_COUNT;
}

static bool is_slow(struct engine *en)
{
	const struct probation *p = &en->reload->probation;
	uint64_t judged = en->counts.judged - p->judged;
	uint64_t one_ns = average_ns(judged, en->stalls.deciding_ns -
	                             p->deciding_ns);

	return judged >= JUDGED_LEAST && one_ns >= SLOW_NS &&
	       one_ns > SLOWER_TIMES * p->before_ns && p->before_ns != 0;
}

void probation_failed(struct engine *en)
{
	if (en->reload != NULL)
		en->reload->probation.failures++;
}

/* What goes back was counted as the rules were compared. */
void probation_changed(struct engine *en, uint32_t rule)
{
	const struct voice *v = &en->voice[VOICE_SYSTEM];

	if (en->reload != NULL && v->rules != NULL &&
	    rule_voice(rule) == VOICE_SYSTEM &&
	    rule_index(rule) < ruleset_count(v->rules) &&
	    (v->conduct[rule_index(rule)] & CONDUCT_UNCHANGED) == 0)
		en->reload->probation.changes++;
}

/* One that never answered, in all that time, takes away what there was. */
static const char *silent_rule(struct engine *en)
{
	const struct voice *v = &en->voice[VOICE_SYSTEM];
	char               *fault = en->reload->fault;
	uint32_t            rule = conduct_only_failed(v);

	if (rule == RULE_NONE)
		return NULL;
	snprintf(fault, sizeof en->reload->fault,
	         "rule \"%s\" (%s:%u) failed whenever it was asked",
	         ruleset_name(v->rules, rule), ruleset_file(v->rules, rule),
	         (unsigned)ruleset_rule(v->rules, rule)->line);
	return fault;
}

const char *probation_fault(struct engine *en, uint64_t now_ns)
{
	const struct probation *p = &en->reload->probation;
	const struct voice     *v = &en->voice[VOICE_SYSTEM];

	if (worker_counts(v->worker).lost - p->lost >= en->worker.strikes)
		return "its rules worker was lost again and again";
	if (p->failures >= FAILURES_MAX)
		return "its rules failed again and again";
	if (changes_too_much(en))
		return "it changed far more than reload.max_changes allows";
	if (is_slow(en))
		return "decisions took far longer than before it";
	return now_ns >= p->until_ns ? silent_rule(en) : NULL;
}
