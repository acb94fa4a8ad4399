/* voice_rules.c -- a user's rules: built beside the loop, and read again.
 *
 * Those in force go on deciding, with the worker that made them, until others
 * are ready; another worker of that user's reads what is there by then.  It
 * stays when its rules are refused, as that is where their files are watched
 * best, and reads again when they change.
 *
 *      made    what the voice's own worker compiled, in the workshop: the
 *              first rules, or the same after that worker was lost
 *      next    others, with a worker of their own: coming, or refused
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/interned.h"
#include "judge.h"
#include "reloading.h"

#define OWN_CHORES_MAX 3                /* of one user at a time              */
#define VALUES_A_STEP 64                /* interned in a round                */
#define REREAD_NS     UINT64_C(2000000000)      /* between two readings of one
                                                   user's files               */

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
}

void voice_refuse(struct engine *en, struct voice *v, const char *why)
{
	char   sentence[sizeof v->why + 80], now[sizeof v->why];
	size_t n = v->rules != NULL ? ruleset_count(v->rules) : 0;

	v->refused = true;
	text_copy(now, sizeof now, why);
	if (strcmp(now, v->why) == 0)
		return;                 /* touched, and as wrong as before    */
	text_copy(v->why, sizeof v->why, now);
	snprintf(sentence, sizeof sentence, "%s%s", n == 0 ? "" :
	         "the new rules are refused, the old ones stay: ", v->why);
	voice_trouble(en, v, sentence);
}

/* One whose worker is in use elsewhere takes that along. */
static void refuse(struct engine *en, struct voice *v, struct generation *g,
                   const char *why)
{
	letter_give_back(&g->compiled);
	g->built = false;
	voice_refuse(en, v, why);
	if (g == v->next) {
		worker_dismiss(g->worker);
		return;
	}
	worker_dismiss(v->worker);
	v->made = NULL;
	generation_leave_own(en, g);
	voice_ask_all(en, v);
}

static void build(struct engine *en, struct voice *v, struct generation *g);

static void was_built(struct engine *en, struct generation *g)
{
	struct voice *v = &en->voice[g->voice];

	v->chores--;
	g->building = false;
	if (g != v->made && g != v->next)
		generation_leave_own(en, g);
	else if (g->error < 0)
		refuse(en, v, g, g->why);
	else
		g->built = true;
}

static void build(struct engine *en, struct voice *v, struct generation *g)
{
	g->lent = v->rules;
	g->number = v->rules != NULL ? ruleset_generation(v->rules) + 1 : 1;
	g->built = false;
	g->building = v->chores < OWN_CHORES_MAX &&
	              chore_add(en, generation_build, was_built, g);
	v->chores += g->building;
	if (!g->building)
		refuse(en, v, g, "too much is being done already");
}

static struct generation *own_new(struct engine *en, const struct voice *v)
{
	struct generation *g = generation_new(en);

	if (g != NULL)
		g->voice = v->number;
	return g;
}

/* What was made of an image before, of a worker that was lost since, is for
 * nobody. */
void voice_compiled(struct engine *en, struct voice *v)
{
	struct letter_kept compiled = worker_compiled(v->worker);
	struct generation *g = own_new(en, v);

	if (v->made != NULL && !v->made->building)
		generation_leave_own(en, v->made);
	v->made = g;
	if (g == NULL) {
		letter_give_back(&compiled);
		worker_dismiss(v->worker);
		voice_refuse(en, v, "no memory for the compiled rules");
		return;
	}
	g->compiled = compiled;
	build(en, v, g);
}

static void tell_in_force(struct engine *en, const struct voice *v)
{
	char   sentence[80];
	size_t n = ruleset_count(v->rules);

	snprintf(sentence, sizeof sentence, "%zu rule%s in force", n,
	         n == 1 ? "" : "s");
	voice_tell(en, v, sentence);
}

/* The very rules that are in force, and no function that may be another. */
static bool is_nothing_new(const struct voice *v, const struct generation *g)
{
	return g == v->next && g->same && !ruleset_needs(g->rules).functions;
}

static void stay(struct engine *en, struct voice *v)
{
	letter_give_back(&v->next->compiled);
	worker_dismiss(v->next->worker);
	if (v->refused)
		tell_in_force(en, v);
	v->refused = false;
	v->why[0] = '\0';
}

static int worker_begin(struct voice *v, const struct generation *g)
{
	struct worker *w = g->worker != NULL ? g->worker : v->worker;
	size_t         bytes;
	const void    *image = ruleset_image(g->rules, &bytes);

	worker_drop(w);                 /* what is in line has other numbers  */
	if (ruleset_needs(g->rules).functions)
		return worker_believe(w, image, bytes, g->sum);
	worker_dismiss(w);
	return 0;
}

/* The first rules of a user that has none are not worth a word. */
static int put_in_force(struct engine *en, struct voice *v,
                        struct generation *g)
{
	bool had = v->rules != NULL && ruleset_count(v->rules) > 0;
	int  r = worker_begin(v, g);

	letter_give_back(&g->compiled);
	if (r == 0)
		r = swap_own(en, v, g);
	if (r < 0)
		return r;
	if (g == v->next)
		v->next = NULL;
	else
		v->made = NULL;
	generation_free(g);
	v->refused = false;
	v->why[0] = '\0';
	voice_heard(en, v);
	if (had || ruleset_count(v->rules) > 0)
		tell_in_force(en, v);
	return 0;
}

/* Sets of CPUs are kept for good, so that they must not be a user's to invent
 * without end. */
static int intern(struct engine *en, struct generation *g)
{
	size_t before = interned_count(en->sets);
	int    r = ruleset_intern(g->rules, en->sets, VALUES_A_STEP);

	en->sets_of_users += interned_count(en->sets) - before;
	return r >= 0 && en->sets_of_users > SETS_OF_USERS_MAX &&
	       interned_count(en->sets) > before ? -ENOSPC : r;
}

static void finish(struct engine *en, struct voice *v, struct generation *g)
{
	int r;

	if (g == NULL || !g->built)
		return;
	if (g->lent != v->rules) {
		build(en, v, g);        /* it would replace others by now     */
		return;
	}
	if (is_nothing_new(v, g)) {
		g->built = false;
		stay(en, v);
		return;
	}
	r = intern(en, g);
	if (r == 0)
		r = put_in_force(en, v, g);
	if (r < 0)
		refuse(en, v, g, r == -ENOSPC ? "users' rules name too many "
		       "different sets of CPUs" : "no memory for the compiled "
		       "rules");
}

static void next_news(struct engine *en, struct voice *v, enum worker_news news)
{
	struct generation *g = v->next;

	switch (news) {
	case WORKER_COMPILED:
		g->compiled = worker_compiled(g->worker);
		build(en, v, g);
		break;
	case WORKER_REFUSED:
		voice_refuse(en, v, worker_why(g->worker));
		break;
	case WORKER_LOST:
		voice_trouble(en, v, worker_why(g->worker));
		break;
	default:
		break;
	}
}

void voice_hear_next(struct engine *en, struct voice *v, const struct event *e)
{
	enum worker_news news;

	while (v->next != NULL &&
	       (news = worker_hear(v->next->worker, e, now_of(en))) !=
	       WORKER_NOTHING) {
		next_news(en, v, news);
		e = NULL;
	}
}

/* By the wire that the voice does not use. */
static int next_begin(struct engine *en, struct voice *v)
{
	const struct wire *door = &en->os->wire;
	struct generation *g = own_new(en, v);
	int                r = g == NULL ? -ENOMEM : 0;

	if (r == 0) {
		g->line = v->line == v->number ? wire_second(v->number)
		                               : v->number;
		r = door->own(door->self, g->line, v->uid, &g->wire);
	}
	if (r == 0)
		g->worker = worker_new_own(&g->wire, en->sets, &en->worker);
	if (r == 0 && g->worker == NULL)
		r = -ENOMEM;
	if (r == 0)
		r = worker_start(g->worker, now_of(en));
	if (r < 0)
		generation_leave_own(en, g);
	else
		v->next = g;
	return r;
}

/* What is in the workshop is seen through first. */
static void read_again(struct engine *en, struct voice *v)
{
	int r = 0;

	if (v->made != NULL || (v->next != NULL && (v->next->building ||
	                                            v->next->built))) {
		v->look_ns = v->rest_ns = now_of(en) + REST_NS;
		v->stirred = true;
		return;
	}
	v->look_ns = 0;
	v->stirred = false;
	v->last_read_ns = now_of(en);
	if (v->rules == NULL) {
		v->refused = false;
		worker_renew(v->worker, now_of(en));
	} else if (v->next != NULL) {
		worker_renew(v->next->worker, now_of(en));
	} else {
		r = next_begin(en, v);
	}
	if (r < 0)
		voice_refuse(en, v, strerror(-r));
}

void voice_stirred(struct engine *en, uint32_t line)
{
	struct voice *v = voice_on_line(en, line);

	if (v == NULL || v->worker == NULL || v->look_ns != 0 ||
	    (en->reload != NULL && !en->reload->policy.watch))
		return;
	v->look_ns = now_of(en) + REST_NS;
	v->rest_ns = now_of(en) + RESTLESS_NS;
}

const char *voice_files(const struct engine *en, const struct voice *v)
{
	const struct wire   *w = v->next != NULL ? &v->next->wire : &v->wire;
	const struct worker *worker = v->next != NULL ? v->next->worker
	                                              : v->worker;

	if ((en->reload != NULL && !en->reload->policy.watch) ||
	    w->watched == NULL || !w->watched(w->self))
		return "not watched";
	return worker_misses_files(worker) ? "not all watched" : "watched";
}

static bool wire_stirs(const struct wire *w)
{
	return w->stirred != NULL && w->stirred(w->self);
}

/* Both are asked, as each tells once. */
static bool still_stirs(const struct voice *v)
{
	bool stirs = wire_stirs(&v->wire);

	if (v->next != NULL)
		stirs |= wire_stirs(&v->next->wire);
	return stirs;
}

/* They are read when nothing was told at the last look, and not too often. */
static void look(struct engine *en, struct voice *v, uint64_t now_ns)
{
	bool     stirs = still_stirs(v);
	uint64_t soonest_ns = v->last_read_ns + REREAD_NS;

	v->stirred |= stirs;
	if (!v->stirred)
		v->look_ns = 0;
	else if (stirs && now_ns < v->rest_ns)
		v->look_ns = now_ns + REST_NS;
	else if (now_ns < soonest_ns)
		v->look_ns = soonest_ns;
	else
		read_again(en, v);
}

void voices_renew(struct engine *en)
{
	for (uint32_t i = VOICE_SYSTEM + 1; i < VOICES_MAX; i++)
		if (en->voice[i].worker != NULL)
			read_again(en, &en->voice[i]);
}

/* One look in a round, as each takes a while. */
static void look_at_next(struct engine *en, uint64_t now_ns)
{
	for (uint32_t i = VOICE_SYSTEM + 1; i < VOICES_MAX; i++) {
		struct voice *v = &en->voice[i];

		if (v->worker != NULL && v->look_ns != 0 &&
		    v->look_ns <= now_ns) {
			look(en, v, now_ns);
			return;
		}
	}
}

void voices_read_due(struct engine *en, uint64_t now_ns)
{
	for (uint32_t i = VOICE_SYSTEM + 1; i < VOICES_MAX; i++) {
		struct voice *v = &en->voice[i];

		finish(en, v, v->made);
		finish(en, v, v->next);
	}
	look_at_next(en, now_ns);
}

uint64_t voice_rules_wake_ns(const struct voice *v)
{
	uint64_t first = v->look_ns != 0 ? v->look_ns : UINT64_MAX;

	if ((v->made != NULL && v->made->built) ||
	    (v->next != NULL && v->next->built))
		return 0;
	if (v->next != NULL && worker_wake_ns(v->next->worker) < first)
		first = worker_wake_ns(v->next->worker);
	return first;
}

void voice_rules_end(struct engine *en, struct voice *v)
{
	struct generation *g = own_new(en, v);

	generation_leave_own(en, v->made);
	generation_leave_own(en, v->next);
	v->made = v->next = NULL;
	if (g == NULL)
		return;
	g->rules = v->rules;
	v->rules = NULL;
	generation_leave_own(en, g);
}

void voice_rules_close(struct voice *v)
{
	struct generation *all[] = { v->made, v->next };

	for (size_t i = 0; i < 2; i++) {
		if (all[i] == NULL)
			continue;
		worker_free(all[i]->worker);
		if (all[i]->wire.close != NULL)
			all[i]->wire.close(all[i]->wire.self);
		memo_free(all[i]->memo);
		all[i]->memo = NULL;
		generation_free(all[i]);
	}
}
