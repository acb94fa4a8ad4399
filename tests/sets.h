/* sets.h -- sets of CPUs and lists of names, anew for each test. */
#ifndef TESTS_SETS_H
#define TESTS_SETS_H

#include <check.h>

#include "model/interned.h"

static struct interned *sets;

static inline void sets_up(void)
{
	sets = interned_new();
	ck_assert_ptr_nonnull(sets);
}

static inline void sets_down(void)
{
	interned_free(sets);
}

static inline int64_t cpus(const char *list)
{
	return interned_read_cpus(sets, list);
}

#endif
