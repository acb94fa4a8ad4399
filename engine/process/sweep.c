/* sweep.c -- going over all tasks in small parts, so that no step is long. */

#include "process/sweep.h"

#include <errno.h>

#include "os/os.h"

void sweep_list(struct sweep *s)
{
	if (s->listing)
		s->relist = true;
	s->listing = true;
}

void sweep_walk(struct sweep *s, uint64_t host, bool all)
{
	/* A wider wish must reach the rows that were already passed. */
	if (!s->walking || (host & ~s->host) != 0 || (all && !s->all))
		s->slot = 0;
	s->walking = true;
	s->host |= host;
	s->all |= all;
}

bool sweep_active(const struct sweep *s)
{
	return s->listing || s->walking;
}

static int fetch(struct sweep *s, struct table *t, const struct sensor *sensor)
{
	int n;

	if (s->cursor == 0)
		table_listing_begin(t);
	n = sensor->list(sensor->self, &s->cursor, s->found, SWEEP_PER_STEP);
	s->found_at = 0;
	s->found_count = n > 0 ? (size_t)n : 0;
	return n;
}

static void listing_over(struct sweep *s)
{
	s->cursor = 0;
	s->listing = s->relist;
	s->relist = false;
}

static int next_listed(struct sweep *s, struct table *t,
                       const struct sensor *sensor, struct task **ret_task,
                       void (*gone)(void *ctx, struct task_id id), void *ctx)
{
	while (s->listing) {
		int n;

		if (s->found_at < s->found_count) {
			struct task_id id = s->found[s->found_at++];

			if (table_meet(t, id, ret_task) >= 0)
				return 1;
			continue;       /* left meanwhile, or past the bound  */
		}
		n = fetch(s, t, sensor);
		if (n > 0)
			continue;
		if (n == 0)
			table_listing_end(t, gone, ctx);
		listing_over(s);
		if (n < 0)
			return n;
	}
	return 0;
}

static int next_known(struct sweep *s, struct table *t, struct task **ret_task)
{
	struct task *p;

	while ((p = table_next(t, &s->slot)) != NULL) {
		if (!s->all && (p->host_reads & s->host) == 0)
			continue;
		*ret_task = p;
		return 1;
	}
	s->walking = s->all = false;
	s->host = 0;
	s->slot = 0;
	return 0;
}

int sweep_next(struct sweep *s, struct table *t, const struct sensor *sensor,
               struct task **ret_task,
               void (*gone)(void *ctx, struct task_id id), void *ctx)
{
	int r = 0;

	if (s->listing)
		r = next_listed(s, t, sensor, ret_task, gone, ctx);
	if (r == 0 && s->walking)
		r = next_known(s, t, ret_task);
	return r;
}
