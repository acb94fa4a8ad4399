/* bench_decide.c -- one decision with constants, no /proc read: rules looked up
 * and settled for tasks whose facts are known. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measuring.h"
#include "model/interned.h"
#include "os/sim/sim.h"
#include "policy/arbiter.h"
#include "policy/builder.h"
#include "policy/ruleset.h"

#define TASKS 500
#define TURNS 400

static uint32_t named(struct builder *b, const char *name)
{
	builder_selector_begin(b, SELECT_PROCESS);
	builder_condition(b, CONDITION_FACT, FACT_name);
	builder_text(b, name, strlen(name));
	return builder_selector_end(b);
}

static struct ruleset *make_rules(size_t n, struct interned *sets)
{
	struct builder *b = builder_new();
	struct ruleset *rules = NULL;
	void           *image;
	size_t          bytes;
	char            name[64], why[200];

	for (size_t i = 0; i < n; i++) {
		struct want         want = { 0 };
		struct builder_rule r = builder_rule_empty();

		snprintf(name, sizeof name, "program-%zu", i);
		want_set(&want, SETTING_qos, QOS_UTILITY);
		r.name = name;
		r.file = "bench.lua";
		r.line = 1;
		r.want = &want;
		r.match = named(b, name);
		builder_rule(b, &r, sets);
	}
	if (builder_finish(b, &image, &bytes, why, sizeof why) < 0 ||
	    ruleset_new(image, bytes, 1, sets, &rules) < 0)
		abort();
	free(image);
	builder_free(b);
	return rules;
}

static void decide(struct ruleset *rules, struct subject *about,
                   const struct intents *intents, struct interned *sets)
{
	struct found   f;
	struct claim   claims[CLAIMS_PER_TASK];
	struct verdict v;

	if (ruleset_lookup(rules, about, &f) < 0)
		abort();
	for (size_t i = 0; i < f.rules; i++) {
		claims[i].rule = f.rule[i];
		claims[i].rank = ruleset_rank(rules, f.rule[i]);
		ruleset_want(rules, f.rule[i], &claims[i].want);
	}
	arbiter_settle(intents, sets, claims, f.rules, NULL, 0,
	               VALUE_UNTOUCHED, &v);
}

/* Tasks whose facts are known, and the rules about them. */
struct scene {
	struct interned *sets;
	struct sim      *sim;
	struct os        os;            /* the table keeps its sensor         */
	struct ruleset  *rules;
	struct intents   intents;
	struct table    *table;
	struct task     *task[TASKS];
};

static void scene_open(struct scene *s, size_t rules)
{
	char name[64];

	s->sets = interned_new();
	s->sim = sim_new(1, s->sets);
	s->rules = make_rules(rules, s->sets);
	sim_os(s->sim, &s->os);
	intents_default(&s->intents);
	s->table = table_new(&s->os.sensor);
	for (size_t i = 0; i < TASKS; i++) {
		struct sim_program p = { .name = name };
		struct task_id     id = { 0 };

		/* Half of them match a rule. */
		snprintf(name, sizeof name, "%s-%zu",
		         i % 2 != 0 ? "program" : "nothing", i % rules);
		id.pid = id.tid = sim_exec(s->sim, &p);
		if (table_meet(s->table, id, &s->task[i]) < 0)
			abort();
	}
}

static void scene_close(struct scene *s)
{
	ruleset_free(s->rules);
	table_free(s->table);
	sim_free(s->sim);
	interned_free(s->sets);
}

static void decide_next(struct scene *s, size_t i)
{
	static const struct people people = { 1000, 60000 };
	static const struct host   host;
	struct subject about = { .table = s->table, .task = s->task[i % TASKS],
	                         .host = &host, .people = &people };

	decide(s->rules, &about, &s->intents, s->sets);
}

static double measure(size_t rules)
{
	struct scene s;
	uint64_t     begun, best = UINT64_MAX;

	scene_open(&s, rules);
	for (int turn = 0; turn < TURNS; turn++) {
		begun = clock_ns();
		for (size_t i = 0; i < TASKS; i++)
			decide_next(&s, i);
		if (clock_ns() - begun < best && turn > 0)
			best = clock_ns() - begun;
	}
	scene_close(&s);
	return (double)best / TASKS;
}

/* That many decisions and nothing else, for those who count instructions. */
static int repeat(size_t times)
{
	struct scene s;

	scene_open(&s, 15000);
	for (size_t i = 0; i < times; i++)
		decide_next(&s, i);
	scene_close(&s);
	return 0;
}

int main(int argc, char **argv)
{
	double few, many;

	if (argc == 3 && strcmp(argv[1], "--repeat") == 0)
		return repeat(strtoul(argv[2], NULL, 10));
	print_machine("one decision with constants");
	few = measure(15);
	many = measure(15000);
	printf("  %d tasks, best of %d turns: 15 rules %.0f ns, 15,000 rules "
	       "%.0f ns (%.2fx)\n", TASKS, TURNS - 1, few, many, many / few);
	return 0;
}
