/* sweep.c -- going over all tasks in small parts, so that no step is long. */

#include "process/sweep.h"

#include <errno.h>

#include "os/os.h"

/* A listing that is under way may have passed by what is asked for now. */
void sweep_list(struct sweep *s)
{
	if (s->listing)
		s->relist = true;
	s->listing = true;
}

void sweep_walk(struct sweep *s, uint64_t host, bool all)
{
	/* What was judged on the way was judged before this was so. */
	if (s->walking && s->slot != 0) {
		s->host_again |= host;
		s->all_again |= all;
	}
	s->walking = true;
	s->host |= host;
	s->all |= all;
}

bool sweep_active(const struct sweep *s)
{
	return s->listing || s->walking;
}

/* The first part of a listing begins the round by which the absent are told. */
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

/* One task a call, whatever the number of names that a folder gives at once. */
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

/* Once more for what was asked for on the way, or not at all. */
static void walk_over(struct sweep *s)
{
	s->host = s->host_again;
	s->all = s->all_again;
	s->walking = s->host != 0 || s->all;
	s->host_again = 0;
	s->all_again = false;
	s->slot = 0;
}

static int next_known(struct sweep *s, struct table *t, struct task **ret_task)
{
	struct task *p;

	while (s->walking) {
		while ((p = table_next(t, &s->slot)) != NULL) {
			if (!s->all && (p->host_reads & s->host) == 0)
				continue;
			*ret_task = p;
			return 1;
		}
		walk_over(s);
	}
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
