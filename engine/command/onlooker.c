/* onlooker.c -- an engine of a command's own, which judges what runs and turns
 * nothing. */

#include "command/onlooker.h"

#include <stdio.h>
#include <string.h>

#include "command/command.h"

static void on_refused(void *self, const char *why)
{
	(void)self;
	fprintf(stderr, "%s\n", why);
}

static void on_trouble(void *self, const char *sentence)
{
	(void)self;
	fprintf(stderr, "pqs: %s\n", sentence);
}

static void note(void *ctx, const char *sentence)
{
	(void)ctx;
	(void)sentence;         /* about doors that are not used here         */
}

/* Nothing of what it would do is put off. */
static int open_all(struct onlooker *o,
                    void (*changed)(void *ctx, const struct change *c),
                    void *ctx)
{
	struct linux_options  lo = start_linux(&o->start, false);
	struct engine_options eo = start_engine(&o->start);
	int                   r;

	if (start_doors(&lo, &o->os, note, o) != EXIT_OK)
		return EXIT_SYSTEM;
	eo.os = &o->os;
	eo.observe = true;
	eo.limits = (struct limit_rates){ .dwell_ns = 0 };
	eo.ears = (struct engine_ears){ .self = ctx, .refused = on_refused,
	                                .trouble = on_trouble,
	                                .change = changed };
	r = engine_open(&o->engine, &eo);
	if (r < 0)
		fprintf(stderr, "pqs: cannot start the rules worker: %s\n",
		        strerror(-r));
	return r < 0 ? EXIT_SYSTEM : EXIT_OK;
}

int onlooker_open(struct onlooker *o, char **paths, int count,
                  void (*changed)(void *ctx, const struct change *c), void *ctx)
{
	int code = start_config(&o->start);

	if (code == EXIT_OK)
		code = start_worker_user(&o->start);
	if (code == EXIT_OK)
		code = start_sources(&o->start, paths, count);
	return code == EXIT_OK ? open_all(o, changed, ctx) : code;
}

void onlooker_close(struct onlooker *o)
{
	if (o->engine.os != NULL)
		engine_close(&o->engine);
	if (o->os.sensor.name != NULL)
		linux_close(&o->os);
	start_clear(&o->start);
}
