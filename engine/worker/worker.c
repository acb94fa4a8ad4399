/* worker.c -- the core's side of the rules worker: load, ask, time, replace.
 *
 * What is heard goes into the table of state.c; here is what holds whatever the
 * state: who is told what, what is lent, and in which order things are seen to.
 */

#include "worker/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "process/task.h"
#include "worker/state.h"

struct worker *worker_new(const struct wire *wire, struct interned *sets,
                          const struct rule_source *sources, size_t n,
                          const struct rule_options *options,
                          const struct worker_limits *limits)
{
	struct worker *w = calloc(1, sizeof *w);

	if (w != NULL)
		w->deeds = calloc(1, sizeof *w->deeds);
	if (w == NULL || w->deeds == NULL) {
		free(w);
		return NULL;
	}
	w->wire = wire;
	w->sets = sets;
	w->sources = sources;
	w->source_count = n;
	w->options = options;
	w->limits = *limits;
	w->limits.strikes += limits->strikes == 0;      /* one is the least   */
	w->pause_ns = limits->back_off_ns;
	w->due_ns = UINT64_MAX;
	w->guilty = w->off = RULE_NONE;
	return w;
}

struct worker *worker_new_own(const struct wire *wire, struct interned *sets,
                              const struct worker_limits *limits)
{
	struct worker *w = worker_new(wire, sets, NULL, 0, NULL, limits);

	if (w != NULL)
		w->own = w->aside = true;
	return w;
}

void worker_check_aside(struct worker *w)
{
	w->aside = true;
}

void worker_rewire(struct worker *w, const struct wire *wire)
{
	w->wire = wire;
}

bool worker_misses_files(const struct worker *w)
{
	return w->unwatched;
}

bool worker_lives(const struct worker *w)
{
	return w->there || w->state == STATE_STARTING;
}

/* Takes back what was lent with the last news. */
static void take_back(struct worker *w)
{
	letter_give_back(&w->compiled_as);
	free(w->image);
	free(w->settled);
	w->image = NULL;
	w->settled = NULL;
}

/* They are known by their key until someone was told. */
static void forget_lost(struct worker *w)
{
	struct asked *a, *next;

	DL_FOREACH_SAFE(w->lost, a, next) {
		DL_DELETE(w->lost, a);
		line_leave(&w->line, a);
		free(a);
	}
}

/* The one that is out cannot be called back; its answer will be for nobody. */
void worker_drop(struct worker *w)
{
	line_clear(&w->line);
	forget_lost(w);
	if (w->out != NULL && !w->out_dropped) {
		line_leave(&w->line, w->out);
		w->out_dropped = true;
	}
}

void worker_dismiss(struct worker *w)
{
	worker_drop(w);
	free(w->out);
	w->out = NULL;
	worker_kill(w);
	w->state = STATE_DISMISSED;
	w->due_ns = UINT64_MAX;
}

void worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	worker_dismiss(w);
	take_back(w);
	packs_free(w->packs);
	free(w->refusal);
	free(w->deeds);
	free(w);
}

int worker_start(struct worker *w, uint64_t now_ns)
{
	if (w->state != STATE_OFF || w->there)
		return -EALREADY;
	w->now_ns = now_ns;
	return worker_launch(w);
}

void worker_start_later(struct worker *w, uint64_t now_ns)
{
	w->state = STATE_PAUSED;
	w->due_ns = later(now_ns, w->limits.back_off_ns);
}

void worker_renew(struct worker *w, uint64_t now_ns)
{
	worker_dismiss(w);
	free(w->refusal);
	w->refusal = NULL;
	w->suspicions = 0;
	w->pause_ns = w->limits.back_off_ns;
	w->state = STATE_PAUSED;        /* until the old one is gone          */
	w->due_ns = now_ns;
}

int worker_ask(struct worker *w, const void *question, size_t bytes,
               uint64_t now_ns)
{
	struct message_question head;
	int                     r;

	if (w->state == STATE_OFF || w->state == STATE_DISMISSED)
		return -EPIPE;
	if (bytes < sizeof head)
		return -EINVAL;
	memcpy(&head, question, sizeof head);
	if (head.rule >= w->rules)
		return -EINVAL;
	if (packs_off(w->packs, head.rule))
		return -EPIPE;
	r = line_join(&w->line, question, bytes);
	if (r == -ENOBUFS)
		w->counts.full++;
	w->now_ns = now_ns;
	asking_pump(w);                 /* at once if nobody is before it     */
	return r;
}

bool worker_has_room(const struct worker *w)
{
	return HASH_COUNT(w->line.by_key) <= QUESTIONS_MAX / 2;
}

/* The core's own kinds come from no worker: nonsense, like any other number. */
static enum heard kind_of(const struct letter *letter)
{
	struct message head;

	if (letter->size < sizeof head)
		return HEARD_NONSENSE;
	memcpy(&head, letter->bytes, sizeof head);
	switch (head.kind) {
	case MESSAGE_READING:
		return letter->size == sizeof head ? HEARD_READING
		                                   : HEARD_NONSENSE;
	case MESSAGE_IMAGE:
		return HEARD_IMAGE;
	case MESSAGE_REFUSED:
		return HEARD_REFUSED;
	case MESSAGE_ANSWER:
		return HEARD_ANSWER;
	default:
		return HEARD_NONSENSE;
	}
}

/* A few at most: a worker that talks on and on is heard again next time, after
 * the rest of the machine was. */
static enum worker_news hear_messages(struct worker *w)
{
	enum worker_news news = WORKER_NOTHING;

	for (int i = 0; i < 16 && news == WORKER_NOTHING; i++) {
		const void   *bytes;
		int64_t       n = w->wire->take(w->wire->self, &bytes);
		struct letter letter;

		if (n <= 0)
			break;
		letter = (struct letter){ bytes, (size_t)n };
		news = worker_move(w, kind_of(&letter), &letter);
	}
	return news;
}

/* Coming and going first, then what was said, then the clock: an answer that is
 * there is not late, however long we took to look. */
enum worker_news worker_hear(struct worker *w, const struct event *e,
                             uint64_t now_ns)
{
	enum worker_news news = WORKER_NOTHING;

	take_back(w);
	w->now_ns = now_ns;
	if (e != NULL && e->kind == EVENT_WORKER)
		news = worker_move(w, e->u.worker.alive ? HEARD_HERE
		                                        : HEARD_GONE, NULL);
	if (news == WORKER_NOTHING)
		news = asking_tell_off(w);
	if (news == WORKER_NOTHING)
		news = hear_messages(w);
	if (news == WORKER_NOTHING && now_ns >= w->due_ns)
		news = worker_move(w, HEARD_TIME, NULL);
	if (news == WORKER_NOTHING)
		news = asking_settle_lost(w);
	if (news == WORKER_NOTHING)
		asking_pump(w);
	return news;
}

const void *worker_image(const struct worker *w, size_t *ret_bytes)
{
	*ret_bytes = w->image != NULL ? w->image_bytes : 0;
	return w->image;
}

const struct worker_answer *worker_answer(const struct worker *w)
{
	return w->settled != NULL ? &w->answer : NULL;
}

const char *worker_why(const struct worker *w)
{
	return w->refusal != NULL ? w->refusal : w->why;
}

bool worker_asks(const struct worker *w, uint32_t rule)
{
	return !packs_off(w->packs, rule);
}

uint32_t worker_guilty(const struct worker *w)
{
	return w->guilty;
}

struct worker_counts worker_counts(const struct worker *w)
{
	return w->counts;
}

/* A pause is not over before the old worker is gone, and that is an event. */
uint64_t worker_wake_ns(const struct worker *w)
{
	if (w->lost != NULL || w->off != RULE_NONE)
		return 0;
	if (w->state == STATE_PAUSED && w->there)
		return UINT64_MAX;
	return w->due_ns;
}
