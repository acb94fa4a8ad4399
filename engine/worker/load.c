/* load.c -- handing the rules to a worker, and what it makes of them.
 *
 * The first worker's image is checked and told; every later one must make the
 * same image, since rules are known by their index in it.
 */

#include "worker/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policy/image.h"

/* A message is one piece, so the text is copied once more for its sake. */
static int send_source(struct worker *w, const struct rule_source *s)
{
	size_t path_bytes = strlen(s->path);
	size_t size = sizeof(struct message_file) + path_bytes + 1 + s->bytes;
	struct message_file *file = calloc(1, size);
	char  *text;
	int    r;

	if (file == NULL)
		return -ENOMEM;
	file->head.kind = MESSAGE_FILE;
	file->layer = (uint32_t)s->layer;
	file->path_bytes = (uint32_t)path_bytes;
	text = (char *)(file + 1);
	memcpy(text, s->path, path_bytes + 1);
	memcpy(text + path_bytes + 1, s->text, s->bytes);
	r = w->wire->send(w->wire->self, file, size);
	free(file);
	return r;
}

/* Nothing is sent where nothing is set. */
static int send_options(struct worker *w)
{
	const struct rule_options *o = w->options;
	struct message head = { .kind = MESSAGE_OPTIONS };
	char  *bytes, *at;
	int    r;

	if (o == NULL || o->count == 0 || w->options_sent)
		return 0;
	bytes = malloc(sizeof head + sizeof o->option);
	if (bytes == NULL)
		return -ENOMEM;
	head.id = o->partial;
	memcpy(bytes, &head, sizeof head);
	at = bytes + sizeof head;
	for (size_t i = 0; i < o->count; i++) {
		at = stpcpy(at, o->option[i].name) + 1;
		at = stpcpy(at, o->option[i].value) + 1;
	}
	r = w->wire->send(w->wire->self, bytes, (size_t)(at - bytes));
	free(bytes);
	w->options_sent = r == 0;
	return r;
}

/* As much as the wire takes now; when it is full, more after a moment. */
static enum worker_news send_sources(struct worker *w)
{
	struct message compile = { .kind = MESSAGE_COMPILE };
	size_t         sent = 0;
	int            r = 0;

	while (w->sources_sent < w->source_count && r == 0) {
		const struct rule_source *one = &w->sources[w->sources_sent];

		if (sent > WORKER_SEND_BYTES) {
			w->due_ns = w->now_ns;
			return WORKER_NOTHING;  /* after the rest of us       */
		}
		r = send_source(w, one);
		if (r == 0)
			w->sources_sent++;
		sent += one->bytes;
	}
	if (r == 0)
		r = send_options(w);
	if (r == 0)
		r = w->wire->send(w->wire->self, &compile, sizeof compile);
	w->compiling = r == 0;
	w->due_ns = w->limit_ns;
	if (r == -EAGAIN)
		w->due_ns = sooner(w->due_ns,
		                   later(w->now_ns, WORKER_RETRY_NS));
	else if (r < 0 && r != -EPIPE)
		return worker_lose(w, "the rules cannot be handed to the "
		                   "rules worker: %s", strerror(-r));
	return WORKER_NOTHING;
}

enum worker_news load_begin(struct worker *w, const struct letter *letter)
{
	(void)letter;
	w->there = true;
	w->state = STATE_LOADING;
	w->limit_ns = later(w->now_ns, w->limits.load_wall_ns);
	return send_sources(w);
}

/* To ask again would bring the same answer: the machine is off, not paused. */
enum worker_news worker_refuse(struct worker *w, char *refusal)
{
	free(w->refusal);
	w->refusal = refusal;
	text_copy(w->why, sizeof w->why, "the rules are wrong");
	worker_kill(w);
	w->state = STATE_OFF;
	w->due_ns = UINT64_MAX;
	return WORKER_REFUSED;
}

/* A file over which worker after worker is lost is as wrong as one with a
 * mistake in it; once may be an accident. */
static enum worker_news lose_reading(struct worker *w, const char *how)
{
	const char *path = w->reading < w->source_count
	                   ? w->sources[w->reading].path : NULL;
	char       *refusal;

	if (path == NULL)
		return worker_lose(w, "the rules worker %s reading the rules",
		                   how);
	if (w->reading != w->suspect)
		w->suspicions = 0;
	w->suspect = w->reading;
	w->suspicions++;
	if (w->suspicions < w->limits.strikes || w->compiled ||
	    asprintf(&refusal, "%s: the rules worker %s reading it, %u times",
	             path, how, w->suspicions) < 0)
		return worker_lose(w, "the rules worker %s reading %s", how,
		                   path);
	text_clean(refusal);
	w->counts.lost++;
	return worker_refuse(w, refusal);
}

enum worker_news load_died(struct worker *w, const struct letter *letter)
{
	(void)letter;
	w->there = false;
	return lose_reading(w, "died");
}

/* Woken because the wire was full, or because it is enough. */
enum worker_news load_go_on(struct worker *w, const struct letter *letter)
{
	char spent[32], how[64];

	(void)letter;
	if (w->now_ns < w->limit_ns)
		return send_sources(w);
	text_print_duration((int64_t)w->limits.load_wall_ns, spent,
	                    sizeof spent);
	snprintf(how, sizeof how, "took longer than %s", spent);
	return lose_reading(w, how);
}

/* Each in its turn, so there is an end to them. */
enum worker_news load_reading(struct worker *w, const struct letter *letter)
{
	struct message head;

	memcpy(&head, letter->bytes, sizeof head);
	if (!w->compiling || head.id != w->reading + 1 ||
	    head.id > w->source_count)
		return worker_lose(w, "the rules worker reads what it was not "
		                   "given");
	w->reading = head.id;
	return WORKER_NOTHING;
}

/* Enough against accidents; a worker that means harm gains nothing, as this
 * image is thrown away. */
static struct image_print print_of(const struct letter *image)
{
	return (struct image_print){
		.bytes = image->size,
		.sum = text_sum(image->bytes, image->size),
	};
}

static bool same_print(struct image_print a, struct image_print b)
{
	return a.bytes == b.bytes && a.sum == b.sum;
}

/* A successor is of use only if its rules bear the same numbers. */
static enum worker_news compare_image(struct worker *w,
                                      const struct letter *image)
{
	if (!same_print(w->print, print_of(image)))
		return worker_lose(w, "a replacement compiled the same rules "
		                   "differently");
	return worker_ready(w, WORKER_NOTHING);
}

/* The pages that it came in go along. */
static enum worker_news hand_image_on(struct worker *w,
                                      const struct letter *image)
{
	struct letter_kept l;

	if (w->own && image->size > USER_MESSAGE_BYTES_MAX)
		return worker_lose(w, "the rules worker sent too large an "
		                   "image");
	if (w->wire->keep(w->wire->self, &l) < 0)
		return worker_lose(w, "the rules worker spoke out of turn");
	w->compiled_as = l;
	w->state = STATE_CHECKING;
	w->due_ns = UINT64_MAX;
	return WORKER_COMPILED;
}

struct letter_kept worker_compiled(struct worker *w)
{
	struct letter_kept l = w->compiled_as;

	w->compiled_as = (struct letter_kept){ .bytes = NULL };
	l.bytes = (const char *)l.bytes + sizeof(struct message);
	l.size -= sizeof(struct message);
	return l;
}

/* One that was lost meanwhile is replaced like any other. */
int worker_believe(struct worker *w, const void *image, size_t bytes,
                   uint64_t sum)
{
	struct packs *packs = packs_new(image, w->limits.strikes);

	if (packs == NULL)
		return -ENOMEM;
	packs_free(w->packs);
	w->packs = packs;
	w->print = (struct image_print){ bytes, sum };
	w->rules = image_count(image, IMAGE_RULES);
	w->compiled = true;
	if (w->state == STATE_CHECKING && w->there)
		worker_ready(w, WORKER_NOTHING);
	else if (w->state == STATE_CHECKING)
		worker_lose(w, "the rules worker died with nothing to do");
	return 0;
}

enum worker_news worker_disbelieve(struct worker *w, const char *why)
{
	return worker_lose(w, "%s", why);
}

/* Copied before it is checked, and checked before any of it is believed. */
static enum worker_news keep_image(struct worker *w, const struct letter *image)
{
	char why[200];

	w->image = malloc(image->size + 1);
	if (w->image == NULL)
		return worker_lose(w, "no memory for the compiled rules");
	memcpy(w->image, image->bytes, image->size);
	w->image_bytes = image->size;
	if (image_check(w->image, w->image_bytes, why, sizeof why) < 0) {
		free(w->image);
		w->image = NULL;
		return worker_lose(w, "the rules worker sent a broken image: "
		                   "%s", why);
	}
	packs_free(w->packs);
	w->packs = packs_new(w->image, w->limits.strikes);
	if (w->packs == NULL)
		return worker_lose(w, "no memory for the compiled rules");
	w->print = print_of(image);
	w->rules = image_count(w->image, IMAGE_RULES);
	w->compiled = true;
	return worker_ready(w, WORKER_IMAGE);
}

static void note_watched(struct worker *w, const struct letter *letter)
{
	struct message head;

	memcpy(&head, letter->bytes, sizeof head);
	w->unwatched = w->own && head.id != 0;
}

/* One that has not been given everything cannot have compiled it. */
enum worker_news load_image(struct worker *w, const struct letter *letter)
{
	struct letter image = { letter->bytes + sizeof(struct message),
	                        letter->size - sizeof(struct message) };

	if (!w->compiling || image.size > IMAGE_BYTES_MAX)
		return worker_lose(w, "the rules worker sent an image that "
		                   "nobody asked for");
	if (w->compiled && !w->own)
		return compare_image(w, &image);
	note_watched(w, letter);
	return w->aside ? hand_image_on(w, &image) : keep_image(w, &image);
}

/* What a worker writes may reach a terminal. */
static void clean_lines(char *text)
{
	for (char *line = text; line != NULL; ) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end = '\0';
		text_clean(line);
		if (end != NULL)
			*end++ = '\n';
		line = end;
	}
}

enum worker_news load_refusal(struct worker *w, const struct letter *letter)
{
	char  *refusal;
	size_t bytes = letter->size - sizeof(struct message);

	if (w->compiled && !w->own)     /* these very rules were good before */
		return worker_lose(w, "a replacement refused the same rules");
	note_watched(w, letter);
	if (bytes > ANSWER_BYTES_MAX)
		bytes = ANSWER_BYTES_MAX;
	refusal = strndup(letter->bytes + sizeof(struct message), bytes);
	if (refusal != NULL)
		clean_lines(refusal);
	return worker_refuse(w, refusal);
}
