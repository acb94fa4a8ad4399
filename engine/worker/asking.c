/* asking.c -- one question at a time, its time, its answer, and its failure.
 *
 * A question ends in exactly one way: answered, lost (its rule is blamed and it
 * is settled as failed), or dropped.  An answer is believed only if it is to
 * the question that is out and does not contradict it.
 */

#include "worker/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "base/text.h"
#include "process/task.h"

/* What waits for it is settled now, or it would wait for ever. */
static void switched_off(struct worker *w, uint32_t rule)
{
	w->counts.switched_off++;
	w->off = rule;
	line_take_off(&w->line, w->packs, &w->lost);
}

static void strike(struct worker *w, uint32_t rule)
{
	if (packs_strike(w->packs, rule))
		switched_off(w, rule);
}

enum worker_news asking_tell_off(struct worker *w)
{
	static const char *const ends[] = {
		[PACK_STRUCK_OUT] = "failed too often",
		[PACK_RAN_DRY]    = "used too much CPU time",
	};

	if (w->off == RULE_NONE)
		return WORKER_NOTHING;
	snprintf(w->why, sizeof w->why, "%s is switched off until the rules "
	         "are loaded again: its functions %s",
	         packs_name(w->packs, w->off),
	         ends[packs_end(w->packs, w->off)]);
	text_clean(w->why);
	w->off = RULE_NONE;
	return WORKER_SWITCHED_OFF;
}

/* One that was dropped is in no line any more, only at the worker. */
static void out_forget(struct worker *w)
{
	if (!w->out_dropped)
		line_leave(&w->line, w->out);
	free(w->out);
	w->out = NULL;
}

/* It is not asked again of the next worker, which it might kill as well. */
void asking_blame(struct worker *w)
{
	struct asked *guilty = w->out;

	w->guilty = guilty != NULL ? guilty->rule : RULE_NONE;
	if (guilty == NULL)
		return;
	strike(w, guilty->rule);
	if (w->out_dropped) {
		out_forget(w);
		return;
	}
	w->out = NULL;
	DL_PREPEND(w->lost, guilty);    /* before those switched off with it  */
}

static bool names_tasks_sent(const struct asked *asked, const struct deeds *d)
{
	for (size_t i = 0; d != NULL && i < d->count; i++)
		if (d->action[i].task >= asked->tasks)
			return false;
	return true;
}

/* A rule that was sent all it reads needs nothing, and one that was not has
 * nothing to say yet: so asking again comes to an end. */
static bool is_plausible(const struct asked *asked, const struct answer *a)
{
	switch (a->outcome) {
	case OUTCOME_WANT:
	case OUTCOME_NOTHING:
		return reads_within(a->read, asked->sent);
	case OUTCOME_NEEDS:
		return !reads_within(a->read, asked->sent);
	default:
		return true;
	}
}

static uint64_t cpu_now_ns(struct worker *w)
{
	uint64_t ns;

	return w->wire->cpu_ns(w->wire->self, &ns) < 0 ? 0 : ns;
}

static uint64_t cpu_used_ns(struct worker *w)
{
	uint64_t ns = cpu_now_ns(w);

	return ns < w->out_cpu_ns ? 0 : ns - w->out_cpu_ns;
}

/* What was used up to here is known for the next question, too. */
static void charge(struct worker *w, uint32_t rule)
{
	uint64_t used_ns = cpu_used_ns(w);

	w->out_cpu_ns += used_ns;
	w->answer.cpu_ns = used_ns;
	if (packs_charge(w->packs, rule, used_ns, w->now_ns))
		switched_off(w, rule);
}

/* A rule that spends all it may costs everyone's time each time; one that
 * merely fails costs nothing, and may well work for the next task. */
static enum worker_news settle(struct worker *w)
{
	struct asked *a = w->out;

	w->state = STATE_READY;
	w->due_ns = UINT64_MAX;
	w->counts.answered++;
	if (w->answer.answer.outcome == OUTCOME_SPENT ||
	    w->answer.answer.outcome == OUTCOME_NOMEM)
		strike(w, a->rule);
	charge(w, a->rule);
	if (w->out_dropped) {
		out_forget(w);
		return WORKER_NOTHING;
	}
	line_leave(&w->line, a);
	w->out = NULL;
	w->settled = a;
	w->answer.passing = false;
	w->answer.handled = a->is_handler;
	w->answer.rule = a->rule;
	w->answer.key = a->key;
	w->answer.key_bytes = a->key_bytes;
	return WORKER_ANSWER;
}

enum worker_news asking_answer(struct worker *w, const struct letter *letter)
{
	struct answer *answer = &w->answer.answer;
	struct deeds  *deeds = w->out->is_handler ? w->deeds : NULL;
	uint32_t       id, generation, rule;

	w->answer.deeds = deeds;
	if (letter->size > ANSWER_BYTES_MAX ||
	    answer_read(letter->bytes, letter->size, w->sets, &id, &generation,
	                &rule, answer, deeds) < 0)
		return worker_lose(w, "the rules worker sent a garbled answer");
	if (id != w->out->id || generation != w->out->generation ||
	    rule != w->out->rule)
		return worker_lose(w, "the rules worker answered what it was "
		                   "not asked");
	if (!is_plausible(w->out, answer) || !names_tasks_sent(w->out, deeds))
		return worker_lose(w, "the rules worker's answer contradicts "
		                   "its question");
	return settle(w);
}

/* CPU time passes no faster than the clock on the wall, so the next look need
 * not come before what is left could be used up. */
static void look_again(struct worker *w, uint64_t left_ns)
{
	if (left_ns < WORKER_GLANCE_NS)
		left_ns = WORKER_GLANCE_NS;
	w->due_ns = sooner(w->limit_ns, later(w->now_ns, left_ns));
}

enum worker_news asking_time(struct worker *w, const struct letter *letter)
{
	uint64_t budget_ns = w->limits.question_cpu_ns;
	uint64_t used_ns;
	char     spent[32];

	(void)letter;
	if (w->now_ns >= w->limit_ns) {
		text_print_duration((int64_t)w->limits.question_wall_ns, spent,
		                    sizeof spent);
		return worker_lose(w, "a question took longer than %s", spent);
	}
	used_ns = cpu_used_ns(w);
	if (used_ns >= budget_ns) {
		text_print_duration((int64_t)budget_ns, spent, sizeof spent);
		return worker_lose(w, "a question used up its %s of CPU time",
		                   spent);
	}
	look_again(w, budget_ns - used_ns);
	return WORKER_NOTHING;
}

/* It is tried again for as long as an answer might take. */
static void stuck(struct worker *w)
{
	if (!w->stuck)
		w->limit_ns = later(w->now_ns, w->limits.question_wall_ns);
	w->stuck = true;
	w->due_ns = sooner(w->limit_ns, later(w->now_ns, WORKER_RETRY_NS));
}

/* The clock starts here: there is nothing else a worker could be doing. */
void asking_pump(struct worker *w)
{
	struct asked *a = w->line.first;
	int           r;

	if (w->state != STATE_READY || a == NULL)
		return;
	if (!w->cpu_known)
		w->out_cpu_ns = cpu_now_ns(w);
	w->cpu_known = true;
	r = w->wire->send(w->wire->self, a->question, a->bytes);
	if (r == -EPIPE) {              /* its end is on its way to us        */
		w->due_ns = UINT64_MAX;
		return;
	}
	if (r < 0) {
		stuck(w);
		return;
	}
	w->stuck = false;
	line_take(&w->line, a);
	w->out = a;
	w->out_dropped = false;
	w->counts.asked++;
	w->state = STATE_BUSY;
	w->limit_ns = later(w->now_ns, w->limits.question_wall_ns);
	look_again(w, w->limits.question_cpu_ns);
}

enum worker_news asking_settle_lost(struct worker *w)
{
	struct asked *a = w->lost;

	if (a == NULL)
		return WORKER_NOTHING;
	DL_DELETE(w->lost, a);
	line_leave(&w->line, a);
	w->settled = a;
	w->answer = (struct worker_answer){
		.rule = a->rule, .key = a->key, .key_bytes = a->key_bytes,
		.answer.outcome = OUTCOME_ERROR,
		.passing = a->sent.task == 0 && a->sent.host == 0 &&
		           a->sent.state == 0,
		.handled = a->is_handler,
	};
	text_copy(w->answer.answer.text, sizeof w->answer.answer.text,
	          packs_off(w->packs, a->rule)
	          ? "its file is switched off"
	          : "the rules worker was lost over this question");
	return WORKER_ANSWER;
}
