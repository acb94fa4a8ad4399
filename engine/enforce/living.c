/* living.c -- all living processes at one moment, with their parents. */

#include "enforce/living.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"

#define LISTED_AT_ONCE 64

static int by_pid(const void *a, const void *b)
{
	pid_t p = ((const struct living *)a)->id.pid;
	pid_t q = ((const struct living *)b)->id.pid;

	return (p > q) - (p < q);
}

static int add(struct living_list *l, const struct living *p)
{
	struct living *grown = list_grow(l->all, l->count, &l->room,
	                                 sizeof *grown, 256);

	if (grown == NULL)
		return -ENOMEM;
	l->all = grown;
	l->all[l->count++] = *p;
	return 0;
}

/* Who left meanwhile, or cannot be looked at, is left out. */
static int look(const struct sensor *door, struct task_id id,
                struct living_list *l)
{
	struct facts  f = { .known = 0 };
	struct living p = { .id = id };
	int           r = door->facts(door->self, id,
	                              FACT_BIT(FACT_ppid) |
	                              FACT_BIT(FACT_start_time), &f);

	if (r == 0 && (f.known & FACT_BIT(FACT_start_time)) != 0) {
		p.id.tid = id.pid;
		p.id.born = f.born;
		p.ppid = f.ppid;
		p.start_ns = (uint64_t)f.start_time_ns;
		r = add(l, &p);
	}
	facts_clear(&f);
	return r == -ENOMEM ? r : 0;
}

int living_read(const struct sensor *door, struct living_list *ret_list)
{
	struct living_list l = { NULL, 0, 0 };
	struct task_id     ids[LISTED_AT_ONCE];
	uint64_t           cursor = 0;
	int                n, r = 0;

	while (r == 0 && (n = door->list(door->self, &cursor, ids,
	                                 LISTED_AT_ONCE)) != 0) {
		r = n < 0 ? n : 0;
		for (int i = 0; i < n && r == 0; i++)
			r = look(door, ids[i], &l);
	}
	if (r < 0) {
		living_clear(&l);
		return r;
	}
	if (l.count != 0)
		qsort(l.all, l.count, sizeof *l.all, by_pid);
	*ret_list = l;
	return 0;
}

void living_clear(struct living_list *l)
{
	free(l->all);
	memset(l, 0, sizeof *l);
}

const struct living *living_find(const struct living_list *l, pid_t pid)
{
	struct living key = { .id.pid = pid };

	return l->count == 0 ? NULL : bsearch(&key, l->all, l->count,
	                                      sizeof *l->all, by_pid);
}

const struct living *living_parent(const struct living_list *l,
                                   const struct living *p)
{
	const struct living *parent = living_find(l, p->ppid);

	return parent == p || (parent != NULL &&
	                       parent->id.born > p->id.born) ? NULL : parent;
}
