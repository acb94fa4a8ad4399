/* generation.c -- one generation of rules: what is done with it beside the
 * loop. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "conduct.h"
#include "reloading.h"

struct generation *generation_new(struct engine *en)
{
	struct generation *g = calloc(1, sizeof *g);

	if (g != NULL)
		g->engine = en;
	return g;
}

/* The memory of answers is not freed here: it takes a while, and is used on the
 * loop. */
void generation_free(struct generation *g)
{
	const struct workshop *shop;

	if (g == NULL)
		return;
	shop = &g->engine->os->workshop;
	if (g->read.watch != NULL)      /* ended while it was read            */
		shop->unwatch(shop->self, g->read.watch);
	sources_clear(&g->read.sources);
	kept_forget(&g->kept);
	letter_give_back(&g->compiled);
	ruleset_free(g->rules);
	heirs_clear(&g->heirs);
	standing_free(g->standing);
	askers_free(g->askers);
	memo_free(g->memo);
	free(g->before);
	free(g->conduct);
	free(g);
}

/* Much of the memory of one that is left lies between what others need. */
static void room_tidy(const struct engine *en)
{
	const struct workshop *shop = &en->os->workshop;

	if (shop->tidy != NULL)
		shop->tidy(shop->self);
}

void generation_drop(void *generation)
{
	const struct engine *en = ((struct generation *)generation)->engine;

	generation_free(generation);
	room_tidy(en);
}

/* To the byte; in the same order, as the later outranks the earlier. */
static bool sources_same(const struct generation *a, const struct generation *b)
{
	bool same = a->sources == b->sources;

	for (size_t i = 0; same && i < a->sources; i++)
		same = source_same(&a->source[i], &b->source[i]);
	return same;
}

static bool options_same(const struct rule_options *a,
                         const struct rule_options *b)
{
	size_t n = a == NULL ? 0 : a->count, m = b == NULL ? 0 : b->count;
	bool   same = n == m;

	for (size_t i = 0; same && i < n; i++)
		same = strcmp(a->option[i].name, b->option[i].name) == 0 &&
		       strcmp(a->option[i].value, b->option[i].value) == 0;
	return same;
}

static uint64_t sum_add(uint64_t sum, const char *bytes, size_t n)
{
	return sum * 31 + text_sum(bytes, n);
}

static uint64_t said_by(const struct generation *g)
{
	uint64_t sum = g->sources;

	for (size_t i = 0; i < g->sources; i++) {
		const struct rule_source *s = &g->source[i];

		sum = sum_add(sum + (uint64_t)s->layer, s->path,
		              strlen(s->path));
		sum = sum_add(sum, s->text, s->bytes);
	}
	for (size_t i = 0; i < g->options->count; i++) {
		const char *name = g->options->option[i].name;
		const char *value = g->options->option[i].value;

		sum = sum_add(sum, name, strlen(name));
		sum = sum_add(sum, value, strlen(value));
	}
	return sum;
}

void generation_read(void *generation)
{
	struct generation        *g = generation;
	const struct rule_reader *from = &g->engine->reload->reader;

	g->error = from->read(from->self, &g->engine->os->workshop, &g->read);
	if (g->error < 0) {
		text_copy(g->why, sizeof g->why, g->read.why);
		return;
	}
	g->source = g->read.sources.source;
	g->sources = g->read.sources.count;
	g->options = &g->read.options;
	g->said = said_by(g);
	g->same = sources_same(g, g->heir_of) &&
	          options_same(g->options, g->heir_of->options);
}

void generation_try(void *generation)
{
	struct generation        *g = generation;
	const struct rule_reader *from = &g->engine->reload->reader;

	g->error = from->test(from->self, &g->read.sources, g->why,
	                      sizeof g->why);
}

static void list_kept(struct generation *g)
{
	const struct rule_reader *from = &g->engine->reload->reader;

	g->listed = from->kept != NULL;
	if (g->listed)
		g->list_count = from->kept(from->self, g->list);
}

void generation_listed(struct generation *g)
{
	struct reload *r = g->engine->reload;

	if (!g->listed)
		return;
	g->listed = false;
	memcpy(r->kept, g->list, sizeof r->kept);
	r->kept_count = g->list_count;
}

void generation_recall(void *generation)
{
	struct generation        *g = generation;
	const struct rule_reader *from = &g->engine->reload->reader;

	g->error = from->recall(from->self, g->number, &g->kept);
	if (g->error < 0)
		snprintf(g->why, sizeof g->why, "generation %u: %s",
		         (unsigned)g->number, g->error == -ENOENT
		         ? "it is not kept" : g->error == -EBADMSG
		         ? "what was kept of it is damaged"
		         : strerror(-g->error));
	if (g->error < 0)
		list_kept(g);
	g->source = g->kept.sources.source;
	g->sources = g->kept.sources.count;
	g->options = &g->kept.options;
}

static int keep(const struct generation *g, const struct rule_reader *to)
{
	struct kept k = { .number = g->number };

	k.sources.source = (struct rule_source *)(uintptr_t)g->source;
	k.sources.count = g->sources;
	if (g->options != NULL)
		k.options = *g->options;
	k.image = ruleset_image(g->lent, &k.bytes);
	return to->keep(to->self, &k);
}

/* It was kept before, and went back to: it is the last good one again.  The
 * image is the one in force; what was kept of it may be another version's. */
static int keep_again(const struct generation *g, const struct rule_reader *to)
{
	struct kept k = { .number = 0 };
	int         e = to->recall(to->self, g->number, &k);

	k.image = ruleset_image(g->lent, &k.bytes);
	if (e == 0)
		e = to->keep(to->self, &k);
	kept_forget(&k);
	return e;
}

static bool is_forgotten(const struct generation *g)
{
	for (size_t i = 0; i < g->sources; i++)
		if (g->source[i].text == NULL)
			return true;
	return false;
}

/* What a worker would be given again, were one of the rules a function. */
static void texts_forget(struct generation *g)
{
	const struct rule_reader *from = &g->engine->reload->reader;

	if (g->source == g->read.sources.source)
		for (size_t i = 0; i < g->read.sources.count; i++)
			source_forget(&g->read.sources.source[i]);
	else if (g->source != g->kept.sources.source &&
	         from->let_go != NULL)
		from->let_go(from->self);
}

void generation_keep(void *generation)
{
	struct generation        *g = generation;
	const struct rule_reader *to = &g->engine->reload->reader;

	g->error = is_forgotten(g) ? keep_again(g, to) : keep(g, to);
	list_kept(g);
	if (g->error == 0 && !g->asks && to->recall != NULL)
		texts_forget(g);
	room_tidy(g->engine);
}

static const struct rule_source *source_of(const struct generation *g,
                                           enum layer layer, const char *path)
{
	for (size_t i = 0; i < g->sources; i++)
		if (g->source[i].layer == layer &&
		    strcmp(g->source[i].path, path) == 0)
			return &g->source[i];
	return NULL;
}

/* The functions of a file know nothing but its text and the options. */
static bool file_same(const struct generation *g, const void *image,
                      const struct image_rule *rule)
{
	const char *path = image_text_of(image, rule->file);
	const struct rule_source *new, *old;

	new = source_of(g, (enum layer)rule->layer, path);
	old = source_of(g->heir_of, (enum layer)rule->layer, path);
	return new != NULL && old != NULL && source_same(new, old);
}

/* Rules of one file follow each other, so most are like the one before. */
static void answers_find(struct generation *g, const void *image)
{
	bool same_options = options_same(g->options, g->heir_of->options);
	bool same = false;
	uint32_t before;
	const struct image_rule *last = NULL;

	for (uint32_t i = 0; i < g->heirs.new_rules; i++) {
		const struct image_rule *rule =
			IMAGE_AT(image, IMAGE_RULES, image_rule, i);

		if (last == NULL || last->file.at != rule->file.at)
			same = same_options && file_same(g, image, rule);
		last = rule;
		before = same ? heirs_before(&g->heirs, i) : RULE_NONE;
		if (before != RULE_NONE)
			g->conduct[i] |= CONDUCT_UNCHANGED;
		g->before[i] = rule->is_function ? before : RULE_NONE;
	}
}

/* What a user's worker read is not known here, but what it says of it. */
static bool knows_same(const void *image, const struct image_rule *new,
                       const void *old_image, const struct image_rule *old)
{
	uint64_t knows = image_terms_of(image, new)->knows;

	return new->is_function && old->is_function && knows != 0 &&
	       knows == image_terms_of(old_image, old)->knows &&
	       strcmp(image_text_of(image, new->file),
	              image_text_of(old_image, old->file)) == 0;
}

static void own_answers_find(struct generation *g, const void *image)
{
	size_t      bytes;
	const void *old = ruleset_image(g->lent, &bytes);

	for (uint32_t i = 0; i < g->heirs.new_rules; i++) {
		uint32_t before = heirs_before(&g->heirs, i);

		g->before[i] = before != RULE_NONE &&
		    knows_same(image, IMAGE_AT(image, IMAGE_RULES, image_rule, i),
		               old, IMAGE_AT(old, IMAGE_RULES, image_rule, before))
		    ? before : RULE_NONE;
	}
}

/* The first ones of a user are nobody's heirs. */
static int heirs_make(struct generation *g, const void *image, size_t bytes)
{
	size_t      old_bytes;
	const void *old;

	if (g->lent == NULL)
		return 0;
	old = ruleset_image(g->lent, &old_bytes);
	g->same = old_bytes == bytes && memcmp(old, image, bytes) == 0 &&
	          g->voice != VOICE_SYSTEM;
	return heirs_find(old, image, &g->heirs);
}

static int parts_make(struct generation *g, const void *image, size_t bytes)
{
	size_t n;
	int    r = ruleset_new(image, bytes, g->number, NULL, &g->rules);

	if (r == 0)
		r = heirs_make(g, image, bytes);
	if (r < 0)
		return r;
	n = ruleset_count(g->rules);
	g->memo = memo_new(n, g->voice == VOICE_SYSTEM ? MEMO_MAX
	                                               : MEMO_OF_USER_MAX);
	g->conduct = calloc(n + 1, 1);
	g->standing = standing_new();
	g->askers = askers_new();
	g->before = calloc(n + 1, sizeof *g->before);
	if (g->memo == NULL || g->conduct == NULL || g->standing == NULL ||
	    g->askers == NULL || g->before == NULL)
		return -ENOMEM;
	g->sum = text_sum(image, bytes);
	if (g->heir_of != NULL)
		answers_find(g, image);
	else if (g->lent != NULL)
		own_answers_find(g, image);
	return 0;
}

/* Once more where the one in force became another meanwhile. */
static void parts_forget(struct generation *g)
{
	ruleset_free(g->rules);
	heirs_clear(&g->heirs);
	standing_free(g->standing);
	askers_free(g->askers);
	memo_free(g->memo);
	free(g->before);
	free(g->conduct);
	g->rules = NULL;
	g->standing = NULL;
	g->askers = NULL;
	g->memo = NULL;
	g->before = NULL;
	g->conduct = NULL;
}

/* What it claims to be decides who wins. */
static bool layers_are(const void *image, enum layer layer)
{
	for (uint32_t i = 0; i < image_count(image, IMAGE_RULES); i++)
		if (IMAGE_AT(image, IMAGE_RULES, image_rule, i)->layer !=
		    (uint32_t)layer)
			return false;
	return true;
}

/* Nothing of an image is believed before it was checked. */
void generation_build(void *generation)
{
	struct generation *g = generation;
	const void        *image = g->compiled.bytes;
	size_t             bytes = g->compiled.size;
	char               why[200];

	if (image == NULL) {
		image = g->kept.image;
		bytes = g->kept.bytes;
	}
	parts_forget(g);
	g->error = image_check(image, bytes, why, sizeof why);
	if (g->error == -EINVAL)
		snprintf(g->why, sizeof g->why, "%s a broken image: %s",
		         g->recalled ? "there was kept"
		                     : "the rules worker sent", why);
	if (g->error == 0 && g->voice != VOICE_SYSTEM &&
	    !layers_are(image, LAYER_USER)) {
		text_copy(g->why, sizeof g->why, "the rules worker sent rules "
		          "of another layer than the user's");
		g->error = -EINVAL;
	}
	if (g->error == 0)
		g->error = parts_make(g, image, bytes);
	if (g->error == -ENOMEM)
		text_copy(g->why, sizeof g->why, "no memory for the compiled "
		          "rules");
}
