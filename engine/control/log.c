/* log.c -- the verb "log": what was decided, what was kept of
 * it, and what comes. */

#include <errno.h>
#include <string.h>

#include "control/decisions.h"
#include "control/verb.h"

static struct decisions *decisions_of(const struct session *s)
{
	return s->control->decisions;
}

static bool is_of_task(const struct session *s, const struct decision *d)
{
	int64_t pid = json_find_number(&s->ask, "pid", 0);
	int64_t tid = json_find_number(&s->ask, "tid", 0);

	return (pid == 0 || d->whom.pid == pid) &&
	       (tid == 0 || task_id_known(d->whom).tid == tid);
}

static bool is_of_rule(const struct session *s, const struct decision *d)
{
	const char *rule = json_find_text(&s->ask, "rule");

	return rule == NULL || (d->whom.pid != 0 && d->rule != RULE_NONE &&
	                        strcmp(d->rule_name, rule) == 0);
}

static bool is_recent(const struct session *s, const struct decision *d,
                      uint64_t now_ns)
{
	int64_t since_ns = json_find_number(&s->ask, "since_ns", 0);

	return since_ns <= 0 || d->at_ns + (uint64_t)since_ns >= now_ns;
}

/* Notes may name anybody's tasks. */
static bool may_see(const struct session *s, struct decision *d)
{
	if (s->commands)
		return true;
	return d->whom.pid != 0 &&
	       decision_uid(d, s->control->engine) == s->peer.uid;
}

/* Rules of earlier generations are told of as long as anything is. */
static bool is_remembered(struct session *s)
{
	struct decisions *d = decisions_of(s);

	for (uint64_t n = decisions_first(d); n < d->next; n++) {
		struct decision *one = decision_at(d, n);

		if (is_of_rule(s, one) && may_see(s, one))
			return true;
	}
	return false;
}

/* Nothing would ever be told of a name that was mistyped. */
static int check_rule(struct session *s)
{
	const char *rule = json_find_text(&s->ask, "rule");

	if (rule == NULL || rule_names_has(s, rules_may_hear, rule) ||
	    is_remembered(s))
		return 0;
	if (verb_ready(s) < 0)
		return -EINVAL;
	return rule_names_refuse(s, rules_may_hear, "those in force", rule);
}

int log_begin(struct session *s)
{
	struct decisions *d = decisions_of(s);

	s->at = decisions_first(d);
	s->until = json_find_number(&s->ask, "follow", 0) ? UINT64_MAX
	                                                  : d->next;
	return check_rule(s);
}

/* Who follows and does not keep up is told how much it missed. */
static bool tell_missed(struct session *s, struct json *row)
{
	uint64_t first = decisions_first(decisions_of(s));

	if (s->at >= first)
		return false;
	json_text(row, "row", "missed");
	json_number(row, "count", (int64_t)(first - s->at));
	s->at = first;
	return true;
}

int log_row(struct session *s, struct json *row)
{
	struct decisions *d = decisions_of(s);
	uint64_t          now_ns = control_now_ns(s->control);

	if (tell_missed(s, row))
		return 1;
	while (s->at < d->next && s->at < s->until) {
		uint64_t         n = s->at++;
		struct decision *one = decision_at(d, n);

		if (!is_recent(s, one, now_ns) || !is_of_task(s, one) ||
		    !is_of_rule(s, one) || !may_see(s, one))
			continue;
		decision_write(one, s->control->engine, n, now_ns, row);
		return 1;
	}
	return s->until == UINT64_MAX ? -EAGAIN : 0;
}
