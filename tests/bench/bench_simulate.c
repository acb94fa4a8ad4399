/* bench_simulate.c -- how many events of processes the engine takes a second on
 * the simulated machine: the machine's part and the engine's together. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measuring.h"
#include "model/interned.h"
#include "policy/builder.h"
#include "rehearsal.h"

#define ALIVE        500                /* at any time                        */
#define PROGRAMS_RUN 100000
#define AT_ONCE      50                 /* between two looks of the engine    */
#define RUNS         5                  /* of these the median counts         */

static struct rehearsal *stage;
static void             *image;
static size_t            image_bytes;

static uint32_t named(struct builder *b, const char *name)
{
	builder_selector_begin(b, SELECT_PROCESS);
	builder_condition(b, CONDITION_FACT, FACT_name);
	builder_text(b, name, strlen(name));
	return builder_selector_end(b);
}

/* Every other program is named by one. */
static void rules_make(size_t rules)
{
	struct builder  *b = builder_new();
	struct interned *sets = interned_new();
	char             name[32], why[200];

	for (size_t i = 0; i < rules; i++) {
		struct builder_rule r = builder_rule_empty();
		struct want         w = { 0 };

		snprintf(name, sizeof name, "program-%zu", 2 * i);
		want_set(&w, SETTING_nice, (int64_t)(i % 19 + 1));
		r.match = named(b, name);
		r.want = &w;
		r.name = name;
		r.file = "bench.lua";
		r.layer = LAYER_ADMIN;
		if (builder_rule(b, &r, sets) < 0)
			abort();
	}
	if (builder_finish(b, &image, &image_bytes, why, sizeof why) < 0)
		abort();
	builder_free(b);
	interned_free(sets);
}

static const void *lend_image(void *self, size_t *ret_bytes,
                                const char **ret_why)
{
	(void)self;
	(void)ret_why;
	*ret_bytes = image_bytes;
	return image;
}

static void settle(void)
{
	if (rehearsal_settle(stage) != 0)
		abort();
}

static void stage_open(size_t rules)
{
	const struct rehearsal_options o = {
		.seed = 1, .worker = { .image = lend_image } };

	rules_make(rules);
	stage = rehearsal_new(&o);
	if (stage == NULL)
		abort();
	settle();
}

static void stage_close(void)
{
	rehearsal_free(stage);
	free(image);
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static pid_t start(size_t i, size_t rules)
{
	char               name[32];
	struct sim_program p = { .name = name };
	pid_t              pid;

	snprintf(name, sizeof name, "program-%zu", i % (2 * rules));
	pid = sim_exec(stage->sim, &p);
	if (pid < 0)
		abort();
	return pid;
}

/* Each is born, runs a program, and ends when ALIVE others were started. */
static double events_a_second(size_t rules)
{
	static pid_t alive[ALIVE];
	double       begun;
	uint64_t     before;

	stage_open(rules);
	for (size_t i = 0; i < ALIVE; i++)
		alive[i] = start(i, rules);
	settle();
	before = stage->engine.counts.events;
	begun = cpu_seconds();
	for (size_t i = 0; i < PROGRAMS_RUN; i++) {
		sim_exit(stage->sim, alive[i % ALIVE]);
		alive[i % ALIVE] = start(i, rules);
		if (i % AT_ONCE == AT_ONCE - 1)
			settle();
	}
	settle();
	begun = cpu_seconds() - begun;
	before = stage->engine.counts.events - before;
	stage_close();
	return (double)before / begun;
}

static void report(size_t rules)
{
	struct samples all = { 0 };

	for (int i = 0; i < RUNS; i++)
		samples_add(&all, events_a_second(rules));
	printf("  %zu rules, half of the programs named by one: %.0f events a "
	       "second of CPU time (median of %d runs of %d programs)\n",
	       rules, samples_at(&all, .5), RUNS, PROGRAMS_RUN);
	samples_clear(&all);
	fflush(stdout);
}

int main(void)
{
	print_machine("the simulated machine");
	report(15);
	report(1000);
	return 0;
}
