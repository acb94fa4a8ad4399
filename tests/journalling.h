/* journalling.h -- a journal in memory, and what is begun in it. */
#ifndef TESTS_JOURNALLING_H
#define TESTS_JOURNALLING_H

#include <check.h>
#include <errno.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"
#include "journal/journal.h"
#include "journal/record.h"
#include "memory_store.h"
#include "model/group.h"
#include "suite.h"

#define BOOT "5d0c2a0e-1111-2222-3333-444455556666"

static struct memory_store memory;
static struct store        door;
static struct interned    *sets;
static struct journal     *journal;

static inline struct task_id process(pid_t pid)
{
	return (struct task_id){ pid, pid, (uint64_t)pid * 10 };
}

static inline int begin(struct task_id whom, enum setting s, int64_t origin,
                        int64_t wanted)
{
	struct hold h = { .whom = whom, .through = whom, .setting = s,
	                  .origin = origin, .applied = origin,
	                  .wanted = wanted, .since_ns = 77 };

	return journal_begin(journal, &h);
}

static inline int open_as(const char *boot)
{
	journal_close(journal);
	journal = NULL;
	return journal_open(&door, boot, sets, &journal);
}

static inline void reopen(void)
{
	ck_assert_int_eq(open_as(BOOT), 0);
}

static inline void set_up(void)
{
	memset(&memory, 0, sizeof memory);
	door = memory_door(&memory);
	sets = interned_new();
	journal = NULL;
	reopen();
}

static inline void tear_down(void)
{
	journal_close(journal);
	interned_free(sets);
	memory_free(&memory);
}

static inline void check_hold(struct task_id whom, enum setting s,
                              int64_t origin, int64_t now, bool settled)
{
	const struct hold *h = journal_find(journal, whom, s);

	ck_assert_ptr_nonnull(h);
	ck_assert_int_eq(h->origin, origin);
	ck_assert_int_eq(settled ? h->applied : h->wanted, now);
	ck_assert_int_eq(h->settled, settled);
	ck_assert_uint_eq(h->since_ns, 77);
}

static inline TCase *case_new(void)
{
	TCase *c = tcase_create("journal");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 120);
	return c;
}

#endif
