/* lasting.h -- rules that hold after a while, and what they look at. */
#ifndef TESTS_LASTING_H
#define TESTS_LASTING_H

#include "rehearsing.h"

static inline void act_never(struct asking *q)
{
	(void)q;
	ck_abort_msg("no function should have been asked");
}

static inline void begin_named(const char *name)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_text(building, name, strlen(name));
}

static inline uint32_t select_lasting(const char *name, uint64_t ns)
{
	begin_named(name);
	builder_lasting(building, ns);
	return builder_selector_end(building);
}

static inline uint32_t select_busy(const char *name, int64_t low, uint64_t ns)
{
	begin_named(name);
	builder_condition(building, CONDITION_FACT, FACT_cpu);
	builder_range(building, low, INT64_MAX);
	builder_lasting(building, ns);
	return builder_selector_end(building);
}

/* The one rule there is wants nice 7. */
static inline void play(uint32_t match, uint32_t when)
{
	rule_wants(match, when, SETTING_nice, 7);
	rules_end(act_never);
	curtain_up(1, NULL);
}

static inline bool timers_run(void)
{
	return stage->engine.due.count != 0;
}

static inline void cpu(pid_t pid, int64_t percent)
{
	ck_assert_int_eq(sim_fact(stage->sim, pid, FACT_cpu, percent), 0);
}

/* In so many ns it has that nice value, and not one earlier. */
static inline void assert_turns(pid_t pid, uint64_t ns, int before, int after)
{
	pass(ns - 1);
	ck_assert_int_eq(nice_of(pid), before);
	pass(1);
	ck_assert_int_eq(nice_of(pid), after);
}

#endif
