/* reload.c -- from being asked to another generation in force, step by step. */

#include "reload.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge.h"
#include "reloading.h"

#define MS UINT64_C(1000000)

#define REST_NS     (250 * MS)          /* since the last file changed        */
#define RESTLESS_NS (2000 * MS)         /* since the first, at most           */
#define RESTLESS_MAX 10                 /* looks at files that never rest     */
#define VALUES_A_STEP  1024
#define ANSWERS_A_STEP 256

static void reload_start(struct engine *en);
static void compile_begin(struct engine *en);

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

/* Begins the first chore in line, if the workshop is free. */
static void chores_go_on(struct engine *en)
{
	struct reload         *r = en->reload;
	const struct workshop *shop = &en->os->workshop;
	struct chore          *c = &r->chore[r->first];

	if (!r->doing && r->count > 0)
		r->doing = shop->begin(shop->self, c->work,
		                       c->generation) == 0;
}

bool chore_add(struct engine *en, void (*work)(void *generation),
               void (*then)(struct engine *en, struct generation *g),
               struct generation *g)
{
	struct reload *r = en->reload;

	if (r->count == CHORES_MAX)
		return false;
	r->chore[(r->first + r->count++) % CHORES_MAX] =
		(struct chore){ work, then, g };
	chores_go_on(en);
	return true;
}

static void chore_done(struct engine *en)
{
	struct reload *r = en->reload;
	struct chore   c = r->chore[r->first];

	if (!r->doing)
		return;
	r->doing = false;
	r->first = (r->first + 1) % CHORES_MAX;
	r->count--;
	if (c.then != NULL)
		c.then(en, c.generation);
	chores_go_on(en);
}

void reload_fade(struct engine *en, struct memo *m)
{
	struct reload *r = en->reload;

	if (m == NULL)
		return;
	for (int i = 0; i < FADING_MAX; i++)
		if (r->fading[i] == NULL) {
			r->fading[i] = m;
			return;
		}
	memo_free(m);
}

static void memos_fade(struct reload *r)
{
	for (int i = 0; i < FADING_MAX; i++)
		if (r->fading[i] != NULL &&
		    memo_shrink(r->fading[i], ANSWERS_A_STEP) == 0) {
			memo_free(r->fading[i]);
			r->fading[i] = NULL;
		}
}

/* Its worker is let go, and seen off when the wire says that it is gone. */
void reload_part(struct engine *en, struct worker *w, const struct wire *wire,
                 uint32_t line)
{
	struct reload *r = en->reload;
	struct parting *p = NULL;

	for (int i = 0; i < PARTINGS_MAX && p == NULL; i++)
		if (r->parting[i].worker == NULL)
			p = &r->parting[i];
	if (w == NULL)
		return;
	if (p == NULL) {
		worker_free(w);         /* it is killed, and not waited for   */
		if (wire->close != NULL)
			wire->close(wire->self);
		return;
	}
	*p = (struct parting){ .worker = w, .wire = *wire, .line = line };
	if (wire->name != NULL)
		worker_rewire(w, &p->wire);
	worker_dismiss(w);
}

static void partings_end(struct reload *r)
{
	for (int i = 0; i < PARTINGS_MAX; i++) {
		struct parting *p = &r->parting[i];

		if (p->worker == NULL || worker_lives(p->worker))
			continue;
		worker_free(p->worker);
		if (p->wire.close != NULL)
			p->wire.close(p->wire.self);
		*p = (struct parting){ .worker = NULL };
	}
}

void generation_leave(struct engine *en, struct generation *g)
{
	if (g == NULL)
		return;
	reload_part(en, g->worker, &g->wire, g->line);
	g->worker = NULL;
	reload_fade(en, g->memo);
	g->memo = NULL;
	if (!chore_add(en, generation_drop, NULL, g))
		generation_free(g);
}

static void tell_end(struct engine *en, const struct reload_result *result)
{
	const struct reload_ears *ears = &en->reload->ears;

	if (ears->reloaded != NULL)
		ears->reloaded(ears->self, result);
}

static void end_count(struct engine *en, enum reload_end end, const char *why)
{
	struct reload *r = en->reload;

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

/* Given up meanwhile: its chore was the last that knew of it. */
static bool is_stale(struct engine *en, struct generation *g)
{
	if (g == en->reload->next)
		return false;
	generation_leave(en, g);
	return true;
}

static bool has_chore(const struct reload *r, const struct generation *g)
{
	for (unsigned i = 0; i < r->count; i++)
		if (r->chore[(r->first + i) % CHORES_MAX].generation == g)
			return true;
	return false;
}

/* Overtaken while its chore is done: that goes on, for nobody. */
static void next_forget(struct engine *en)
{
	struct reload *r = en->reload;
	struct reload_result result = result_of(en, RELOAD_OVERTAKEN, "");

	if (!has_chore(r, r->next)) {
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

static void heed(struct engine *en, struct generation *g)
{
	const struct workshop *shop = &en->os->workshop;
	struct reload         *r = en->reload;

	if (g->read.watch == NULL)
		return;
	shop->heed(shop->self, g->read.watch);
	g->read.watch = NULL;
	r->watched = true;
}

static void tried(struct engine *en, struct generation *g)
{
	if (is_stale(en, g))
		return;
	if (g->error < 0)
		reload_refuse(en, "%s", g->why);
	else
		compile_begin(en);
}

/* Whoever writes has not finished. */
static void wait_on(struct engine *en)
{
	struct reload     *r = en->reload;
	struct generation *g = r->next;

	r->next = NULL;
	generation_leave(en, g);
	r->stage = RELOAD_IDLE;
	if (r->again && !r->next_by_files) {
		reload_start(en);
		return;
	}
	r->again = r->files_again = false;
	r->stage = RELOAD_WAITS;
	r->rest_ns = now_of(en) + REST_NS;
	r->due_ns = now_of(en) + RESTLESS_NS;
}

static void was_read(struct engine *en, struct generation *g)
{
	struct reload *r = en->reload;

	heed(en, g);
	if (is_stale(en, g))
		return;
	if (g->read.note[0] != '\0')
		judge_tell(en, g->read.note);
	if (g->error == -EAGAIN && r->by_files &&
	    ++r->restless < RESTLESS_MAX) {
		wait_on(en);
		return;
	}
	r->restless = 0;
	if (g->error < 0) {
		reload_refuse(en, "%s", g->why);
		return;
	}
	if (g->same && r->by_files && !r->request.dry_run) {
		reload_end(en, RELOAD_SAME, "");
		return;
	}
	g->number = ++r->last_number;
	r->stage = RELOAD_TRIES;
	if (!g->read.policy.run_tests || r->reader.test == NULL)
		compile_begin(en);
	else if (!chore_add(en, generation_try, tried, g))
		reload_refuse(en, "too much is being done already");
}

static void built(struct engine *en, struct generation *g);

static void build_begin(struct engine *en)
{
	struct reload *r = en->reload;

	r->stage = RELOAD_BUILDS;
	r->next->heir_of = r->now;
	r->next->lent = en->voice[VOICE_SYSTEM].rules;
	if (!chore_add(en, generation_build, built, r->next))
		reload_refuse(en, "too much is being done already");
}

/* 0: all are in use until a worker has ended. */
static uint32_t free_line(struct engine *en)
{
	struct reload *r = en->reload;

	for (uint32_t line = VOICES_MAX; line < WIRES_MAX; line++) {
		bool used = en->voice[VOICE_SYSTEM].line == line ||
		            (r->before != NULL && r->before->line == line) ||
		            (r->next != NULL && r->next->line == line);

		for (int i = 0; i < PARTINGS_MAX; i++)
			used |= r->parting[i].worker != NULL &&
			        r->parting[i].line == line;
		if (!used)
			return line;
	}
	return 0;
}

/* 0, -EAGAIN while there is no line to it, -errno. */
static int worker_make(struct engine *en, struct generation *g)
{
	const struct wire *door = &en->os->wire;
	uint32_t           line = free_line(en);
	int                r;

	if (line == 0)
		return -EAGAIN;
	r = door->beside == NULL ? -EOPNOTSUPP
	                         : door->beside(door->self, line, &g->wire);
	if (r < 0)
		return r;
	g->line = line;
	g->worker = worker_new(&g->wire, en->sets, g->source, g->sources,
	                       g->options, &en->worker);
	if (g->worker != NULL)
		return 0;
	g->wire.close(g->wire.self);
	g->wire = (struct wire){ .name = NULL };
	return -ENOMEM;
}

/* Tried again when a worker before it has ended. */
static void compile_begin(struct engine *en)
{
	struct reload     *r = en->reload;
	struct generation *g = r->next;
	int                e = worker_make(en, g);

	r->stage = RELOAD_COMPILES;
	r->due_ns = now_of(en) + 3 * en->worker.load_wall_ns;
	if (e == -EAGAIN)
		return;
	if (e == 0) {
		worker_check_aside(g->worker);
		e = worker_start(g->worker, now_of(en));
	}
	if (e < 0)
		reload_refuse(en, "a rules worker for them cannot be started: "
		              "%s", strerror(-e));
}

/* Of rules with functions; constants do not need it. */
static void worker_begin(struct engine *en, struct generation *g)
{
	size_t      bytes;
	const void *image = ruleset_image(g->rules, &bytes);
	bool        asks = ruleset_needs(g->rules).functions;
	bool        fresh = g->worker == NULL;
	int         e = 0;

	if (fresh && asks)
		e = worker_make(en, g);
	if (e == 0 && asks)
		e = worker_believe(g->worker, image, bytes, g->sum);
	if (e == 0 && asks && fresh)
		e = worker_start(g->worker, now_of(en));
	if (e < 0 && !g->recalled)
		snprintf(g->why, sizeof g->why, "a rules worker for them "
		         "cannot be started: %s", strerror(-e));
	g->error = e == -EAGAIN || g->recalled ? 0 : e;
	if (!asks && g->worker != NULL)
		worker_dismiss(g->worker);
}

static void built(struct engine *en, struct generation *g)
{
	struct reload *r = en->reload;

	if (is_stale(en, g))
		return;
	if (g->error == 0 && g->heir_of != r->now) {
		build_begin(en);        /* it would replace another by now    */
		return;
	}
	if (g->error == 0)
		worker_begin(en, g);
	letter_give_back(&g->compiled);
	if (g->error < 0) {
		reload_refuse(en, "%s", g->why);
		return;
	}
	r->stage = RELOAD_COMPARES;
	r->due_ns = 0;
}

static void was_recalled(struct engine *en, struct generation *g)
{
	if (is_stale(en, g))
		return;
	if (g->error < 0)
		reload_refuse(en, "%s", g->why);
	else if (g->kept.image != NULL)
		build_begin(en);
	else
		compile_begin(en);
}

static void recall_begin(struct engine *en, uint32_t number)
{
	struct generation *g = en->reload->next;

	g->recalled = true;
	g->number = number;
	en->reload->stage = RELOAD_READS;
	if (!chore_add(en, generation_recall, was_recalled, g))
		reload_refuse(en, "too much is being done already");
}

static void files_begin(struct engine *en)
{
	struct generation *g = en->reload->next;

	en->reload->stage = RELOAD_READS;
	if (!chore_add(en, generation_read, was_read, g))
		reload_refuse(en, "too much is being done already");
}

/* What was asked for last. */
static void reload_start(struct engine *en)
{
	struct reload *r = en->reload;

	r->request = r->next_request;
	r->by_files = r->next_by_files;
	r->back = r->next_back;
	r->back_to = r->next_back_to;
	r->again = false;
	r->asked_ns = now_of(en);
	r->ready_ns = 0;
	r->compare.compared = r->compare.undecided = r->compare.differ = 0;
	r->next = generation_new(en);
	if (r->next == NULL) {
		reload_refuse(en, "no memory for another generation");
		return;
	}
	r->next->heir_of = r->now;
	if (r->back)
		recall_begin(en, r->back_to);
	else
		files_begin(en);
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
static void ask(struct engine *en, const struct reload_request *q, bool files,
                bool back, uint32_t back_to)
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
		next_forget(en);
}

int reload_ask(struct engine *en, const struct reload_request *q)
{
	if (en->reload == NULL || !en->reload->begun)
		return -EOPNOTSUPP;
	ask(en, q, false, false, 0);
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
	next_forget(en);
}

/* Without building anything: the one before is still there. */
static void go_back(struct engine *en, enum reload_end end, const char *why,
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
		go_back(en, RELOAD_IN_FORCE, "", token);
		return 0;
	}
	if (generation == 0)
		generation = kept_before(r);
	if (r->reader.recall == NULL || !is_kept(r, generation))
		return -ENOENT;
	ask(en, &q, false, true, generation);
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

	if (en->reload == NULL || !en->reload->begun)
		return;
	if (e->kind == EVENT_MADE)
		chore_done(en);
	else if (e->u.reload.files)
		files_changed(en);
	else
		reload_ask(en, &nobody);
}

static void next_news(struct engine *en, enum worker_news news)
{
	struct reload     *r = en->reload;
	struct generation *g = r->next;

	switch (news) {
	case WORKER_COMPILED:
		g->compiled = worker_compiled(g->worker);
		build_begin(en);
		break;
	case WORKER_REFUSED:
		reload_refuse(en, "%s", worker_why(g->worker));
		break;
	case WORKER_ANSWER:
		if (r->compare.active)
			judge_news(en, &r->voice, news);
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
	const struct reload_policy *p = g->recalled ? &r->policy
	                                            : &g->read.policy;
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
	if (r->reader.keep != NULL)
		chore_add(en, generation_keep, was_kept, r->now);
}

static void compare_go_on(struct engine *en, uint64_t now_ns)
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

static void probation_go_on(struct engine *en, uint64_t now_ns)
{
	struct reload *r = en->reload;
	const char    *fault;

	if (r->probation.until_ns == 0)
		return;
	fault = probation_fault(en, now_ns);
	if (fault != NULL && r->before != NULL)
		go_back(en, RELOAD_TAKEN_BACK, fault, 0);
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
		if (r->next->worker == NULL && free_line(en) != 0)
			compile_begin(en);
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
		next_forget(en);
}

void reload_step(struct engine *en, uint64_t now_ns)
{
	struct reload *r = en->reload;

	if (r == NULL || !r->begun)
		return;
	next_hear(en, NULL);
	partings_end(r);
	chores_go_on(en);
	overtake_by_files(en, now_ns);
	stage_go_on(en, now_ns);
	probation_go_on(en, now_ns);
	memos_fade(r);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
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
		first = compare_wake_ns(en);
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

/* The first generation is lent its files for life. */
static struct generation *first_new(struct engine *en,
                                    const struct engine_options *o)
{
	struct generation *g = generation_new(en);

	if (g == NULL)
		return NULL;
	g->source = o->sources;
	g->sources = o->source_count;
	g->options = o->options;
	return g;
}

int reload_open(struct engine *en, const struct engine_options *o)
{
	struct reload *r;

	if (o->reader.read == NULL || o->os->workshop.begin == NULL)
		return 0;
	r = calloc(1, sizeof *r);
	en->reload = r;
	if (r == NULL)
		return -ENOMEM;
	r->reader = o->reader;
	r->policy = o->reload;
	r->ears = o->reload_ears;
	r->due_ns = UINT64_MAX;
	r->now = first_new(en, o);
	return r->now == NULL ? -ENOMEM : 0;
}

/* What changed since the files were read is found by reading them again, now
 * that they are watched. */
void reload_begun(struct engine *en)
{
	static const struct reload_request nobody;
	struct reload *r = en->reload;

	if (r == NULL || r->begun)
		return;
	r->begun = true;
	r->now->rules = NULL;
	r->now->number = ruleset_generation(en->voice[VOICE_SYSTEM].rules);
	if (r->last_number < r->now->number)
		r->last_number = r->now->number;
	r->since_ns = now_of(en);
	if (r->policy.watch)
		ask(en, &nobody, true, false, 0);
	probation_begin(en, now_of(en));
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

static void parting_close(struct parting *p)
{
	worker_free(p->worker);
	if (p->wire.close != NULL)
		p->wire.close(p->wire.self);
}

static void generation_close(struct generation *g)
{
	if (g == NULL)
		return;
	worker_free(g->worker);
	if (g->wire.close != NULL)
		g->wire.close(g->wire.self);
	generation_free(g);
}

/* A chore that was given up is the last that knows of its generation. */
static void chores_close(struct reload *r)
{
	for (; r->count > 0; r->count--) {
		struct chore      *c = &r->chore[r->first];
		struct generation *g = c->generation;

		r->first = (r->first + 1) % CHORES_MAX;
		if (g == r->next || g == r->now || g == r->before ||
		    (r->doing && c->work == generation_drop)) {
			r->doing = false;
			continue;
		}
		r->doing = false;
		generation_free(g);
	}
}

void reload_close(struct engine *en)
{
	struct reload *r = en->reload;

	if (r == NULL)
		return;
	if (r->doing)
		en->os->workshop.finish(en->os->workshop.self);
	chores_close(r);
	if (r->compare.active)
		compare_end(en);
	for (int i = 0; i < PARTINGS_MAX; i++)
		parting_close(&r->parting[i]);
	for (int i = 0; i < FADING_MAX; i++)
		memo_free(r->fading[i]);
	generation_close(r->next);
	generation_close(r->before);
	if (r->now != NULL && !r->begun)
		r->now->rules = NULL;
	generation_free(r->now);
	free(r);
	en->reload = NULL;
}
