/* reading.c -- rule files and pqs.yaml, read again while rules are in force.
 *
 * All of it runs on the workshop's thread, and touches nothing that the loop
 * has: what a key of pqs.yaml was at the start is kept here once more.
 */

#include "command/reading.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "command/testing.h"
#include "config/schema.h"
#include "model/interned.h"

#define PAUSE_NS 30000000L              /* for whoever writes to finish       */
#define PATHS_MAX (LAYERS * CONFIG_FOLDERS_MAX + 2)

struct reading_again {
	const struct start *start;
	struct config       first;      /* as pqs.yaml was at the start       */
	const char         *path;       /* of pqs.yaml; NULL: there was none  */
	enum layer          layer;      /* of the rules that were named       */
	char                kept[CONFIG_PATH_MAX + 16]; /* folder             */
};

static struct reload_policy policy_of(const struct config *c)
{
	return (struct reload_policy){
		.run_tests = c->reload.run_tests, .watch = c->reload.watch,
		.max_changes = c->reload.max_changes.most,
		.share = c->reload.max_changes.share,
		.health_ns = (uint64_t)c->reload.health_ns,
	};
}

/* Sets of CPUs get numbers as they come, so both times they are counted from
 * the first on. */
static int config_again(const struct reading_again *a, struct config *ret,
                        char *why, size_t size)
{
	struct interned *sets = interned_new();
	int              r = 0;

	if (sets == NULL)
		return -ENOMEM;
	config_defaults(ret, geteuid() == 0);
	if (a->path != NULL)
		r = config_read(a->path, sets, ret, why, size);
	interned_free(sets);
	return r;
}

struct reading_again *reading_again_new(const struct start *s)
{
	struct reading_again *a = calloc(1, sizeof *a);
	char                  why[512];

	if (a == NULL)
		return NULL;
	a->start = s;
	a->path = s->config_file[0] != '\0' ? s->config_file : NULL;
	a->layer = geteuid() == 0 ? LAYER_ADMIN : LAYER_USER;
	reading_kept_folder(s, a->kept, sizeof a->kept);
	if (config_again(a, &a->first, why, sizeof why) < 0)
		a->first = s->config;
	return a;
}

void reading_again_free(struct reading_again *a)
{
	free(a);
}

static size_t paths_of(const struct reading_again *a, const char **ret_paths)
{
	const struct start *s = a->start;
	size_t              n = 0;

	for (int i = 0; i < s->rest_count && n < PATHS_MAX - 1; i++)
		ret_paths[n++] = s->rest[i];
	for (int layer = 0; layer < LAYERS && s->rest_count == 0; layer++)
		for (size_t i = 0; i < s->config.rules[layer].count; i++)
			ret_paths[n++] = s->config.rules[layer].path[i];
	if (a->path != NULL)
		ret_paths[n++] = a->path;
	return n;
}

/* A key that a reload does not change. */
static bool is_for_the_start(const char *key)
{
	return strncmp(key, "reload.", 7) != 0 && strcmp(key, "options") != 0;
}

static void note_others(const struct reading_again *a, const struct config *now,
                        struct reading *ret)
{
	size_t used = 0;

	for (size_t i = 0; i < config_keys_count; i++) {
		const struct key *k = &config_keys[i];

		if (!is_for_the_start(k->path) || used >= sizeof ret->note ||
		    memcmp((const char *)&a->first + k->at,
		           (const char *)now + k->at, k->size) == 0)
			continue;
		used += (size_t)snprintf(ret->note + used,
		                         sizeof ret->note - used, "%s%s",
		                         used == 0 ? "changed in pqs.yaml, but "
		                         "read only at the start: " : ", ",
		                         k->path);
	}
}

static int read_config(const struct reading_again *a, struct reading *ret)
{
	struct config *now = malloc(sizeof *now);
	int            r = -ENOMEM;

	if (now != NULL)
		r = config_again(a, now, ret->why, sizeof ret->why);
	if (r == 0) {
		note_others(a, now, ret);
		ret->options = now->options;
		ret->options.partial = a->start->rest_count > 0;
		ret->policy = policy_of(now);
	} else if (ret->why[0] == '\0') {
		text_copy(ret->why, sizeof ret->why, strerror(-r));
	}
	free(now);
	return r;
}

static int read_configured(const struct start *s, struct reading *ret)
{
	int r = 0;

	for (int layer = 0; layer < LAYERS; layer++) {
		const struct config_folders *f = &s->config.rules[layer];

		for (size_t i = 0; i < f->count && r == 0; i++)
			if (access(f->path[i], F_OK) == 0)
				r = sources_add(&ret->sources,
				                (enum layer)layer, f->path[i],
				                ret->why, sizeof ret->why);
	}
	return r;
}

static int read_rules(const struct reading_again *a, struct reading *ret)
{
	const struct start *s = a->start;
	int                 r = 0;

	ret->why[0] = '\0';
	for (int i = 0; i < s->rest_count && r == 0; i++)
		r = sources_add(&ret->sources, a->layer, s->rest[i], ret->why,
		                sizeof ret->why);
	if (s->rest_count == 0)
		r = read_configured(s, ret);
	if (r == 0 && ret->sources.count == 0) {
		text_copy(ret->why, sizeof ret->why, "there are no rules left");
		r = -ENOENT;
	}
	if (r < 0)
		sources_clear(&ret->sources);
	return r;
}

static void wait_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = PAUSE_NS };

	nanosleep(&moment, NULL);
}

/* One that vanishes or changes meanwhile is read once more; all files, since
 * they may belong together. */
static int read_whole(const struct reading_again *a, struct reading *ret)
{
	const char *path;
	int         r = 0;

	for (int i = 0; i < REREADS_MAX; i++) {
		if (i > 0)
			wait_a_moment();
		sources_clear(&ret->sources);
		r = read_rules(a, ret);
		path = r < 0 ? NULL : sources_unsettled(&ret->sources);
		if (r == 0 && path == NULL)
			return 0;
		if (r == 0)
			snprintf(ret->why, sizeof ret->why, "%s: it changes "
			         "while it is read", path);
	}
	sources_clear(&ret->sources);
	return r < 0 ? r : -EAGAIN;
}

/* Watched first, so that no change falls between. */
static int read_again(void *self, const struct workshop *shop,
                      struct reading *ret)
{
	struct reading_again *a = self;
	const char           *paths[PATHS_MAX];
	size_t                n = paths_of(a, paths), missing;
	int                   r;

	if (a->start->config.reload.watch) {
		ret->watch = shop->watch(shop->self, paths, n, &missing);
		if (ret->watch == NULL || missing > 0)
			snprintf(ret->note, sizeof ret->note, "not all rule "
			         "files are watched (%s); send SIGHUP after "
			         "changing them", ret->watch == NULL
			         ? strerror(errno) : "too many folders");
	}
	r = read_config(a, ret);
	return r < 0 ? r : read_whole(a, ret);
}

static int keep(void *self, const struct kept *k)
{
	return kept_write(((struct reading_again *)self)->kept, k);
}

static size_t list(void *self, uint32_t ret_numbers[GENERATIONS_KEPT])
{
	return kept_sound(((struct reading_again *)self)->kept, ret_numbers);
}

static int recall(void *self, uint32_t number, struct kept *ret)
{
	return kept_read(((struct reading_again *)self)->kept, number, ret);
}

/* Rules that were named are somebody's trial, and not for the next start. */
void reading_kept_folder(const struct start *s, char *out, size_t size)
{
	snprintf(out, size, "%s/generations", s->rest_count > 0
	         ? s->config.journal : s->config.state);
}

/* Whoever starts with one that was kept has all of it in one piece. */
static void let_go(void *self)
{
	struct reading_again *a = self;

	for (size_t i = 0; i < a->start->sources.count; i++)
		source_forget(&a->start->sources.source[i]);
}

static int test(void *self, const struct sources *s, char *why, size_t size)
{
	return testing_run(((struct reading_again *)self)->start, s, why, size);
}

void reading_again_offer(struct reading_again *a, struct engine_options *o)
{
	o->reader = (struct rule_reader){ .self = a, .read = read_again,
	                                  .test = test, .kept = list,
	                                  .recall = recall, .let_go = let_go };
	if (!a->start->observe)
		o->reader.keep = keep;
	o->last_generation = kept_highest(a->kept);
	o->reload = policy_of(&a->start->config);
}
