/* reload.c -- who asks for other rules, and how it ends. */

#include "reload.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "judge.h"
#include "reloading.h"

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
}

const char *reload_end_name(enum reload_end e)
{
	static const char *const names[RELOAD_ENDS] = {
		[RELOAD_IN_FORCE]   = "in force",
		[RELOAD_SAME]       = "unchanged",
		[RELOAD_COMPARED]   = "compared",
		[RELOAD_REFUSED]    = "refused",
		[RELOAD_TAKEN_BACK] = "taken back",
		[RELOAD_OVERTAKEN]  = "overtaken",
	};

	return (unsigned)e < RELOAD_ENDS ? names[e] : "?";
}

const char *reload_stage_name(enum reload_stage s)
{
	static const char *const names[RELOAD_STAGES] = {
		[RELOAD_IDLE]     = "idle",
		[RELOAD_WAITS]    = "waiting for files to come to rest",
		[RELOAD_READS]    = "reading",
		[RELOAD_TRIES]    = "testing",
		[RELOAD_COMPILES] = "compiling",
		[RELOAD_BUILDS]   = "building",
		[RELOAD_COMPARES] = "comparing",
	};

	return (unsigned)s < RELOAD_STAGES ? names[s] : "?";
}

struct voice *reload_voice(struct engine *en)
{
	return en->reload != NULL && en->reload->compare.active
	       ? &en->reload->voice : NULL;
}

static void tell_end(struct engine *en, const struct reload_result *result)
{
	const struct reload_ears *ears = &en->reload->ears;

	if (ears->reloaded != NULL)
		ears->reloaded(ears->self, result);
}

/* A dry run that is refused was never to be in force. */
static void end_count(struct engine *en, enum reload_end end, const char *why)
{
	struct reload *r = en->reload;

	if (end == RELOAD_REFUSED && r->request.dry_run)
		return;
	r->reloads += end == RELOAD_IN_FORCE;
	r->taken_back += end == RELOAD_TAKEN_BACK;
	r->overtaken += end == RELOAD_OVERTAKEN;
	r->refused += end == RELOAD_REFUSED;
	if (end != RELOAD_REFUSED && end != RELOAD_TAKEN_BACK)
		return;
	text_copy(r->last_refusal, sizeof r->last_refusal, why);
	r->refused_at_ns = now_of(en);
}

static struct reload_result result_of(struct engine *en, enum reload_end end,
                                      const char *why)
{
	struct reload           *r = en->reload;
	const struct generation *g = r->next;
	const struct voice      *v = &en->voice[VOICE_SYSTEM];

	return (struct reload_result){
		.token = r->request.token, .end = end,
		.dry_run = r->request.dry_run,
		.generation = ruleset_generation(v->rules),
		.tried = g != NULL ? g->number : ruleset_generation(v->rules),
		.rules = g != NULL && g->rules != NULL
		         ? ruleset_count(g->rules)
		         : end == RELOAD_IN_FORCE ? ruleset_count(v->rules) : 0,
		.compared = r->compare.compared,
		.undecided = r->compare.undecided, .differ = r->compare.differ,
		.aside_ns = r->ready_ns > r->asked_ns
		            ? r->ready_ns - r->asked_ns : 0,
		.why = why,
	};
}

/* Of what is under way; what waits behind it begins. */
void reload_end(struct engine *en, enum reload_end end, const char *why)
{
	struct reload       *r = en->reload;
	struct reload_result result = result_of(en, end, why);
	struct generation   *g = r->next;

	end_count(en, end, why);
	if (r->compare.active)
		compare_end(en);
	tell_end(en, &result);
	r->next = NULL;
	r->stage = RELOAD_IDLE;
	r->due_ns = UINT64_MAX;
	r->request.token = 0;
	r->overtaken_in_a_row = end == RELOAD_OVERTAKEN
	                        ? r->overtaken_in_a_row + 1 : 0;
	generation_leave(en, g);
	if (r->again && r->next_by_files && r->files_again) {
		r->again = r->files_again = false;
		r->stage = RELOAD_WAITS;
		r->due_ns = now_of(en) + RESTLESS_NS;
	}
	if (r->again)
		reload_start(en);
}

void reload_refuse(struct engine *en, const char *format, ...)
{
	char    why[REFUSAL_BYTES_MAX];
	va_list list;

	va_start(list, format);
	vsnprintf(why, sizeof why, format, list);
	va_end(list);
	reload_end(en, RELOAD_REFUSED, why);
}

static bool has_chore(const struct chores *c, const struct generation *g)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->chore[(c->first + i) % CHORES_MAX].generation == g)
			return true;
	return false;
}

/* Overtaken while its chore is done: that goes on, for nobody. */
void reload_forget(struct engine *en)
{
	struct reload *r = en->reload;
	struct reload_result result = result_of(en, RELOAD_OVERTAKEN, "");

	if (!has_chore(en->chores, r->next)) {
		reload_end(en, RELOAD_OVERTAKEN, "");
		return;
	}
	end_count(en, RELOAD_OVERTAKEN, "");
	tell_end(en, &result);
	reload_part(en, r->next->worker, &r->next->wire, r->next->line);
	r->next->worker = NULL;
	r->next = NULL;
	r->stage = RELOAD_IDLE;
	r->overtaken_in_a_row++;
	reload_start(en);
}

/* Who waited behind what is under way, waits no longer. */
static void next_overtake(struct engine *en)
{
	struct reload_result result = result_of(en, RELOAD_OVERTAKEN, "");

	if (!en->reload->again || en->reload->next_by_files)
		return;
	result.token = en->reload->next_request.token;
	end_count(en, RELOAD_OVERTAKEN, "");
	tell_end(en, &result);
}

/* From here on it is the one to be dealt with next. */
void reload_demand(struct engine *en, const struct reload_request *q,
                   bool files, bool back, uint32_t back_to)
{
	struct reload *r = en->reload;

	next_overtake(en);
	r->next_request = *q;
	r->next_by_files = files;
	r->next_back = back;
	r->next_back_to = back_to;
	r->again = true;
	if (r->stage == RELOAD_IDLE || r->stage == RELOAD_WAITS)
		reload_start(en);
	else if (r->overtaken_in_a_row < RELOADS_OVERTAKEN_MAX)
		reload_forget(en);
}

int reload_ask(struct engine *en, const struct reload_request *q)
{
	if (en->reload == NULL || !en->reload->begun)
		return -EOPNOTSUPP;
	reload_demand(en, q, false, false, 0);
	if (!q->dry_run)
		voices_renew(en);
	return 0;
}

static uint32_t kept_before(const struct reload *r)
{
	for (size_t i = 0; i < r->kept_count; i++)
		if (r->kept[i] < r->now->number)
			return r->kept[i];
	return 0;
}

static bool is_kept(const struct reload *r, uint32_t number)
{
	for (size_t i = 0; i < r->kept_count; i++)
		if (r->kept[i] == number)
			return true;
	return false;
}

/* What is compared with the one in force begins anew. */
static void next_again(struct engine *en)
{
	struct reload *r = en->reload;

	if (r->next == NULL)
		return;
	if (!r->again) {
		r->next_request = r->request;
		r->next_by_files = r->by_files;
		r->next_back = r->back;
		r->next_back_to = r->back_to;
		r->again = true;
		r->request.token = 0;   /* it ends with the next              */
	}
	reload_forget(en);
}

/* Without building anything: the one before is still there. */
void reload_go_back(struct engine *en, enum reload_end end, const char *why,
                    uint64_t token)
{
	struct reload       *r = en->reload;
	struct reload_result result = {
		.token = token, .end = end, .tried = r->now->number,
		.generation = r->before->number,
		.rules = ruleset_count(r->before->rules), .why = why,
	};

	next_again(en);
	swap_back(en);
	end_count(en, end, why);
	tell_end(en, &result);
}

int reload_rollback(struct engine *en, uint32_t generation, uint64_t token)
{
	const struct reload_request q = { .token = token };
	struct reload              *r = en->reload;

	if (r == NULL || !r->begun)
		return -EOPNOTSUPP;
	if (r->before != NULL &&
	    (generation == 0 || generation == r->before->number)) {
		reload_go_back(en, RELOAD_IN_FORCE, "", token);
		return 0;
	}
	if (generation == 0)
		generation = kept_before(r);
	if (r->reader.recall == NULL || !is_kept(r, generation))
		return -ENOENT;
	reload_demand(en, &q, false, true, generation);
	return 0;
}

/* A thousand files that are written in a second are one change. */
static void files_changed(struct engine *en)
{
	static const struct reload_request nobody;
	struct reload *r = en->reload;
	uint64_t       now_ns = now_of(en);

	if (!r->policy.watch)
		return;
	if (r->stage == RELOAD_IDLE) {
		r->stage = RELOAD_WAITS;
		r->due_ns = now_ns + RESTLESS_NS;
	}
	r->rest_ns = now_ns + REST_NS;
	if (r->stage == RELOAD_WAITS || r->again)
		return;
	r->next_request = nobody;
	r->next_by_files = r->again = true;
	r->next_back = false;
	r->files_again = true;
}

void reload_event(struct engine *en, const struct event *e)
{
	static const struct reload_request nobody;

	if (e->kind == EVENT_MADE)
		chore_done(en);
	else if (e->u.reload.wire != VOICE_SYSTEM)
		voice_stirred(en, e->u.reload.wire);
	if (e->kind == EVENT_MADE || e->u.reload.wire != VOICE_SYSTEM ||
	    en->reload == NULL || !en->reload->begun)
		return;
	if (e->u.reload.files)
		files_changed(en);
	else
		reload_ask(en, &nobody);
}

void reload_status(struct engine *en, struct reload_status *ret)
{
	const struct reload *r = en->reload;
	const struct voice  *v = &en->voice[VOICE_SYSTEM];

	*ret = (struct reload_status){ .last_refusal = "", .files = "not watched" };
	if (v->rules != NULL) {
		ret->generation = ruleset_generation(v->rules);
		ret->rules = (uint32_t)ruleset_count(v->rules);
	}
	if (r == NULL)
		return;
	ret->since_ns = r->since_ns;
	ret->stage = r->stage;
	ret->on_probation = r->probation.until_ns != 0;
	ret->reloads = r->reloads;
	ret->refused = r->refused;
	ret->taken_back = r->taken_back;
	ret->overtaken = r->overtaken;
	ret->last_refusal = r->last_refusal;
	ret->refused_at_ns = r->refused_at_ns;
	memcpy(ret->kept, r->kept, sizeof ret->kept);
	ret->kept_count = r->kept_count;
	if (r->watched)
		ret->files = "watched";
}
