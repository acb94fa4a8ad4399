/* recorded_host.h -- what is told of a recorded machine. */
#ifndef TESTS_RECORDED_HOST_H
#define TESTS_RECORDED_HOST_H

#include "recorded.h"

#define MS_NS     UINT64_C(1000000)
#define SECOND_NS UINT64_C(1000000000)
#define DAY_S     INT64_C(86400)

static struct host_bounds bounds[HOST_COUNT];

static inline void watch(uint64_t facts)
{
	struct interest what = { .host = facts, .bounds = bounds };

	ck_assert_int_eq(os.sensor.watch(os.sensor.self, &what), 0);
}

static inline int host(enum host_fact f, int64_t *ret_value)
{
	return os.sensor.host(os.sensor.self, f, ret_value);
}

static inline int64_t value_of(enum host_fact f)
{
	int64_t value = -7;

	ck_assert_int_eq(host(f, &value), 0);
	return value;
}

static inline void expect_told(enum host_fact f, int64_t value)
{
	struct event e;

	ck_assert_int_eq(os.sensor.next(os.sensor.self, 0, &e, 1), 1);
	ck_assert_int_eq(e.kind, EVENT_HOST);
	ck_assert_int_eq(e.u.host.fact, f);
	ck_assert(!e.u.host.unreadable);
	ck_assert_int_eq(e.u.host.value, value);
	ck_assert_int_eq(value_of(f), value);
}

static inline void expect_quiet(void)
{
	struct event e;

	ck_assert_int_eq(os.sensor.next(os.sensor.self, 0, &e, 1), 0);
}

#endif
