/* imaging.h -- an image of rules of every kind. */
#ifndef TESTS_IMAGING_H
#define TESTS_IMAGING_H

#include "damages.h"

static void *good;                      /* a bit of everything                */
static size_t good_bytes;

static inline struct want some_want(void)
{
	struct want w = { .has = 0 };

	want_set(&w, SETTING_qos, QOS_UTILITY);
	want_set(&w, SETTING_nice, 5);
	want_set(&w, SETTING_sched, sched_value(SCHED_CLASS_FIFO, 10));
	want_set(&w, SETTING_affinity, interned_read_cpus(sets, "0-3"));
	return w;
}

static inline struct cap some_cap(void)
{
	struct cap c = { .has = SETTING_BIT(SETTING_nice) |
	                        SETTING_BIT(SETTING_sched) |
	                        SETTING_BIT(SETTING_affinity) };

	c.bound[SETTING_nice] = (struct bound){ 0, 0, 19 };
	c.bound[SETTING_sched].allowed = 1u << SCHED_CLASS_OTHER;
	c.bound[SETTING_affinity].low = interned_read_cpus(sets, "0-1");
	return c;
}

static inline void say_much(void)
{
	struct want         w = some_want();
	struct cap          c = some_cap();
	struct inside       in = { .of = 0 };
	struct builder_rule r;

	r = rule_for("compiler", pick(SELECT_PROCESS, "name=cc1|~clang* "
	                              "uid=people args=-O2"));
	r.tag = "build";
	r.want = &w;
	r.when = pick(SELECT_HOST, "memory_pressure=1..2");
	rule_add(r);
	in.under = 1 + pick(SELECT_PROCESS, "tag=build");
	in.parent = 1 + pick(SELECT_PROCESS, "exe=/usr/bin/make");
	r = rule_for("child", pick_with(SELECT_PROCESS, "name=sh", in));
	r.cap = &c;
	rule_add(r);
	in = (struct inside){ .of = 1 + pick(SELECT_PROCESS, "name=jackd") };
	r = rule_for("thread", pick_with(SELECT_THREAD, "name=~*loop*", in));
	r.except = pick(SELECT_PROCESS, "uid=0..999");
	r.is_function = true;
	rule_add(r);
}

static inline void image_start(void)
{
	world_start();
	say_much();
	good = image_finish(&good_bytes);
}

static inline void image_stop(void)
{
	free(good);
	world_stop();
}

static inline void tagged(const char *name, const char *said, const char *tag)
{
	struct builder_rule r = rule_for(name, pick(SELECT_PROCESS, said));

	r.tag = tag;
	rule_add(r);
}

#endif
