/* reload_build.c -- from files to a generation that could decide: read, tried,
 * compiled, built. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"
#include "reloading.h"

#define WRITERS_NS UINT64_C(60000000000)        /* they are waited for so long */

static void built(struct engine *en, struct generation *g);

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
}

/* Given up meanwhile: its chore was the last that knew of it. */
static bool is_stale(struct engine *en, struct generation *g)
{
	if (g == en->reload->next)
		return false;
	generation_leave(en, g);
	return true;
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

/* 0: all are in use until a worker has ended. */
uint32_t reload_free_line(struct engine *en)
{
	struct reload *r = en->reload;

	for (uint32_t line = VOICES_MAX; line < WIRES_OF_USERS; line++) {
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
	uint32_t           line = reload_free_line(en);
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
void reload_compile(struct engine *en)
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

static void tried(struct engine *en, struct generation *g)
{
	if (is_stale(en, g))
		return;
	if (g->error < 0)
		reload_refuse(en, "%s", g->why);
	else
		reload_compile(en);
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

/* Nobody asked for them, so nobody waits for the answer; but people should be
 * told some time that what they changed is not in force. */
static bool is_waited_for(struct reload *r, uint64_t now_ns)
{
	if (r->restless_ns == 0)
		r->restless_ns = now_ns;
	return now_ns - r->restless_ns < WRITERS_NS;
}

/* What was gone back from stays away until somebody changes it, or asks. */
static bool is_news(struct reload *r, const struct generation *g)
{
	if (r->request.dry_run)
		return true;
	if (r->by_files && g->said == r->left_said)
		return false;
	r->left_said = 0;
	if (g->same)
		r->files_said = g->said;
	return !(g->same && r->by_files);
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
	    is_waited_for(r, now_of(en))) {
		wait_on(en);
		return;
	}
	r->restless_ns = 0;
	if (g->error < 0) {
		reload_refuse(en, "%s", g->why);
		return;
	}
	/* Not what rules decide, but how they are read:
	 * whichever are in force. */
	if (!r->request.dry_run)
		r->policy = g->read.policy;
	if (!is_news(r, g)) {
		reload_end(en, RELOAD_SAME, "");
		return;
	}
	g->number = ++r->last_number;
	r->stage = RELOAD_TRIES;
	if (!g->read.policy.run_tests || r->reader.test == NULL)
		reload_compile(en);
	else if (!chore_add(en, generation_try, tried, g))
		reload_refuse(en, "too much is being done already");
}

void reload_build(struct engine *en)
{
	struct reload *r = en->reload;

	r->stage = RELOAD_BUILDS;
	r->next->heir_of = r->now;
	r->next->lent = en->voice[VOICE_SYSTEM].rules;
	if (!chore_add(en, generation_build, built, r->next))
		reload_refuse(en, "too much is being done already");
}

/* Of rules with functions it runs; of constants it is only there, as a voice
 * has one.  What was kept is good without one that runs. */
static void worker_begin(struct engine *en, struct generation *g)
{
	size_t      bytes;
	const void *image = ruleset_image(g->rules, &bytes);
	bool        asks = ruleset_needs(g->rules).functions;
	bool        fresh = g->worker == NULL;
	int         e = fresh ? worker_make(en, g) : 0;

	if (e == 0 && asks)
		e = worker_believe(g->worker, image, bytes, g->sum);
	if (e == 0 && asks && fresh)
		e = worker_start(g->worker, now_of(en));
	if (g->worker != NULL && (e == -EAGAIN || g->recalled))
		e = 0;
	if (e < 0)
		snprintf(g->why, sizeof g->why, "a rules worker for them "
		         "cannot be started: %s", strerror(-e));
	g->error = e;
	if (!asks && g->worker != NULL)
		worker_dismiss(g->worker);
}

static void built(struct engine *en, struct generation *g)
{
	struct reload *r = en->reload;

	if (is_stale(en, g))
		return;
	if (g->error == 0 && g->heir_of != r->now) {
		reload_build(en);        /* it would replace another by now    */
		return;
	}
	if (g->error == -EINVAL && g->kept.image != NULL && g->sources > 0) {
		g->kept.image = NULL;   /* its sources are still there        */
		reload_compile(en);
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
	generation_listed(g);
	if (is_stale(en, g))
		return;
	if (g->error < 0)
		reload_refuse(en, "%s", g->why);
	else if (g->kept.image != NULL)
		reload_build(en);
	else
		reload_compile(en);
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
void reload_start(struct engine *en)
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
