/* reload_step.c -- what a reload does in one round of the loop: little. */

#include <stdio.h>
#include <string.h>

#include "judge.h"
#include "reloading.h"

#define VALUES_A_STEP 1024

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
}

static void next_news(struct engine *en, enum worker_news news)
{
	struct reload     *r = en->reload;
	struct generation *g = r->next;

	switch (news) {
	case WORKER_COMPILED:
		g->compiled = worker_compiled(g->worker);
		reload_build(en);
		break;
	case WORKER_REFUSED:
		reload_refuse(en, "%s", worker_why(g->worker));
		break;
	case WORKER_ANSWER:
		if (r->compare.active)
			judge_news(en, &r->voice, news);
		break;
	case WORKER_SWITCHED_OFF:
		voice_trouble(en, &r->voice, worker_why(g->worker));
		break;
	default:
		break;
	}
}

static void next_hear(struct engine *en, const struct event *e)
{
	struct reload     *r = en->reload;
	struct generation *g = r->next;
	enum worker_news   news;

	while (r->next == g && g != NULL && g->worker != NULL &&
	       (news = worker_hear(g->worker, e, now_of(en))) !=
	       WORKER_NOTHING) {
		next_news(en, news);
		e = NULL;
		if (engine_is_long(en)) {
			en->unheard = true;
			break;
		}
	}
}

/* What a worker says that is asked nothing; NULL is fine. */
static void hear_out(struct engine *en, struct worker *w,
                     const struct event *e)
{
	while (w != NULL && worker_hear(w, e, now_of(en)) != WORKER_NOTHING)
		e = NULL;
}

void reload_worker(struct engine *en, const struct event *e)
{
	struct reload *r = en->reload;
	uint32_t       line = e->u.worker.wire;

	if (r == NULL)
		return;
	if (r->next != NULL && r->next->worker != NULL &&
	    r->next->line == line) {
		next_hear(en, e);
		return;
	}
	for (int i = 0; i < PARTINGS_MAX; i++)
		if (r->parting[i].line == line)
			hear_out(en, r->parting[i].worker, e);
	if (r->before != NULL && r->before->line == line)
		hear_out(en, r->before->worker, e);
}

static bool is_too_much(const struct reload *r, const struct generation *g,
                        size_t alive)
{
	const struct reload_policy *p = &g->read.policy;
	int64_t most = p->max_changes;

	if (most == RELOAD_NO_LIMIT || g->recalled)
		return false;
	if (p->share)
		most = (int64_t)alive * most / 10000;
	return (int64_t)r->compare.differ > most;
}

/* What its rules would do is known: so much for trying. */
static void decide(struct engine *en)
{
	struct reload     *r = en->reload;
	struct generation *g = r->next;
	char               why[160];

	if (r->request.dry_run) {
		reload_end(en, RELOAD_COMPARED, "");
		return;
	}
	if (!is_too_much(r, g, r->compare.compared)) {
		swap_generations(en);
		reload_end(en, RELOAD_IN_FORCE, "");
		return;
	}
	snprintf(why, sizeof why, "it would change %zu of %zu processes and "
	         "threads, more than reload.max_changes allows",
	         r->compare.differ, r->compare.compared);
	reload_refuse(en, "%s", why);
}

static void was_kept(struct engine *en, struct generation *g)
{
	char sentence[160];

	generation_listed(g);
	if (g->error == 0)
		return;
	snprintf(sentence, sizeof sentence, "generation %u cannot be kept: %s",
	         (unsigned)g->number, strerror(-g->error));
	judge_tell(en, sentence);
}

/* What was good is kept, and the one before it is not needed any more. */
void reload_passed(struct engine *en)
{
	struct reload *r = en->reload;

	r->probation.until_ns = 0;
	if (r->before != NULL)
		memo_follow(en->voice[VOICE_SYSTEM].memo, NULL, 0, 0, NULL);
	generation_leave(en, r->before);
	r->before = NULL;
	r->now->lent = en->voice[VOICE_SYSTEM].rules;
	r->now->asks = ruleset_needs(r->now->lent).functions;
	if (r->reader.keep != NULL && r->now->sources > 0)
		chore_add(en, generation_keep, was_kept, r->now);
}

static void compare_some(struct engine *en, uint64_t now_ns)
{
	struct reload *r = en->reload;
	int            more = 0;

	if (!r->compare.active) {
		more = ruleset_intern(r->next->rules, en->sets, VALUES_A_STEP);
		if (more == 0) {
			r->ready_ns = now_ns;
			more = compare_begin(en);
		}
		if (more < 0)
			reload_refuse(en, "no memory for the compiled rules");
		return;
	}
	if (compare_step(en, now_ns) == 0)
		decide(en);
}

static void compare_go_on(struct engine *en, uint64_t now_ns)
{
	if (now_ns < pace_due_ns(&en->pace))
		return;
	engine_enter(en, PHASE_COMPARING);
	compare_some(en, now_ns);
	engine_enter(en, PHASE_RELOADING);
	pace_spend(&en->pace, table_count(en->table), now_ns, now_of(en));
}

static void probation_go_on(struct engine *en, uint64_t now_ns)
{
	struct reload *r = en->reload;
	const char    *fault;

	if (r->probation.until_ns == 0)
		return;
	fault = probation_fault(en, now_ns);
	if (fault != NULL && r->before != NULL)
		reload_go_back(en, RELOAD_TAKEN_BACK, fault, 0);
	else if (now_ns >= r->probation.until_ns)
		reload_passed(en);
}

static void stage_go_on(struct engine *en, uint64_t now_ns)
{
	struct reload *r = en->reload;

	switch (r->stage) {
	case RELOAD_WAITS:
		if (now_ns >= r->rest_ns || now_ns >= r->due_ns) {
			r->next_request = (struct reload_request){ .token = 0 };
			r->next_by_files = true;
			r->next_back = false;
			reload_start(en);
		}
		break;
	case RELOAD_COMPILES:
		if (r->next->worker == NULL && reload_free_line(en) != 0)
			reload_compile(en);
		else if (now_ns >= r->due_ns)
			reload_refuse(en, "the rules worker does not come to "
			              "an end with them");
		break;
	case RELOAD_COMPARES:
		compare_go_on(en, now_ns);
		break;
	default:
		break;
	}
}

/* Files that changed during a reload are read once they rest. */
static void overtake_by_files(struct engine *en, uint64_t now_ns)
{
	struct reload *r = en->reload;

	if (!r->files_again || now_ns < r->rest_ns)
		return;
	r->files_again = false;
	if (r->again && r->next_by_files && r->stage != RELOAD_IDLE &&
	    r->overtaken_in_a_row < RELOADS_OVERTAKEN_MAX)
		reload_forget(en);
}

void reload_step(struct engine *en, uint64_t now_ns)
{
	struct reload *r = en->reload;

	chores_go_on(en);
	if (r == NULL || !r->begun)
		return;
	next_hear(en, NULL);
	partings_end(r);
	overtake_by_files(en, now_ns);
	stage_go_on(en, now_ns);
	probation_go_on(en, now_ns);
	memos_fade(r);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static bool is_fading(const struct reload *r)
{
	for (int i = 0; i < FADING_MAX; i++)
		if (r->fading[i] != NULL)
			return true;
	return false;
}

uint64_t reload_wake_ns(struct engine *en)
{
	struct reload *r = en->reload;
	uint64_t       first = UINT64_MAX;

	if (r == NULL || !r->begun)
		return first;
	if (is_fading(r))
		return 0;
	if (r->stage == RELOAD_COMPARES)
		first = most(compare_wake_ns(en), pace_due_ns(&en->pace));
	if (r->stage == RELOAD_WAITS)
		first = least(r->rest_ns, r->due_ns);
	if (r->stage == RELOAD_COMPILES)
		first = r->due_ns;
	if (r->files_again)
		first = least(first, r->rest_ns);
	if (r->probation.until_ns != 0)
		first = least(first, r->probation.until_ns);
	if (r->next != NULL && r->next->worker != NULL)
		first = least(first, worker_wake_ns(r->next->worker));
	return first;
}
