/* claiming.h -- claims and caps for the arbiter, and its verdict. */
#ifndef TESTS_CLAIMING_H
#define TESTS_CLAIMING_H

#include "small_world.h"

#include "policy/arbiter.h"

static struct intents table_of_classes;
static struct claim     claims[8];
static struct ceiling   caps[8];
static size_t           n_claims, n_caps;
static int64_t          process_nice;

static inline void arbiter_start(void)
{
	world_start();
	intents_default(&table_of_classes);
	n_claims = n_caps = 0;
	process_nice = VALUE_UNTOUCHED;
	memset(claims, 0, sizeof claims);
	memset(caps, 0, sizeof caps);
}

/* The rule of a claim is 10, 11, ...; of a cap 20, 21, ... */
static inline struct want *claim(uint64_t rank)
{
	claims[n_claims].rule = 10 + (uint32_t)n_claims;
	claims[n_claims].rank = rank;
	return &claims[n_claims++].want;
}

static inline void claim_one(uint64_t rank, enum setting s, int64_t value)
{
	want_set(claim(rank), s, value);
}

static inline void cap_one(uint32_t layer, enum setting s, struct bound b)
{
	struct ceiling *c = &caps[n_caps];

	c->rule = 20 + (uint32_t)n_caps++;
	c->layer = layer;
	c->cap.has |= SETTING_BIT(s);
	c->cap.bound[s] = b;
}

static inline void cap_range(uint32_t layer, enum setting s, int64_t low,
                             int64_t high)
{
	cap_one(layer, s, (struct bound){ 0, low, high });
}

static inline struct verdict settle(void)
{
	struct verdict v;

	arbiter_settle(&table_of_classes, sets, claims, n_claims, caps, n_caps,
	               process_nice, &v);
	return v;
}

#define assert_want(v, s, expected) do { \
	ck_assert(want_has(&(v).want, s)); \
	ck_assert_int_eq((v).want.value[s], expected); \
} while (0)

#endif
