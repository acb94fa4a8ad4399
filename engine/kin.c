/* kin.c -- the threads of one process, judged one by one, some in each step. */

#include "kin.h"

#include <errno.h>

#include "judge.h"

static struct kin_walk *walk_of(struct kin_walks *k, struct task_id process)
{
	for (size_t i = 0; i < k->count; i++)
		if (task_id_equal(k->walk[i].process, process))
			return &k->walk[i];
	return NULL;
}

/* How many more are named; 0: that was all of them, -errno. */
static int name_more(struct engine *en, struct kin_walk *w)
{
	const struct sensor *sensor = &en->os->sensor;
	int                  n = sensor->threads(sensor->self, w->process.pid,
	                                         &w->cursor, w->tid,
	                                         KIN_AT_ONCE);

	w->at = 0;
	w->count = n > 0 ? n : 0;
	return n;
}

/* Who has left meanwhile has none. */
static int judge_one(struct engine *en, struct task *process, pid_t tid)
{
	struct task *thread;

	return table_meet_thread(en->table, process, tid, &thread) < 0
	       ? 0 : engine_judge(en, thread);
}

/* Who asked for it again meanwhile asked for all of them. */
static void walk_over(struct engine *en, struct kin_walk *w, int error)
{
	struct task *process = table_find(en->table, w->process);

	if (process != NULL && w->again) {
		*w = (struct kin_walk){ .process = w->process };
		return;
	}
	*w = en->kin.walk[--en->kin.count];
	if (process != NULL && error < 0 && error != -ESRCH)
		judge_put_off(en, process);
}

/* One at least, lest it never ends. */
static int walk_some(struct engine *en, struct kin_walk *w)
{
	int r = 0;

	do {
		struct task *process = table_find(en->table, w->process);
		int          named = process == NULL ? -ESRCH : 1;

		if (named == 1 && w->at == w->count)
			named = name_more(en, w);
		if (named <= 0) {
			walk_over(en, w, named);
			return r;
		}
		r = judge_one(en, process, w->tid[w->at++]);
	} while (r >= 0 && !engine_is_long(en));
	return r;
}

int kin_judge(struct engine *en, struct task *process)
{
	struct kin_walks *k = &en->kin;
	struct kin_walk *w = walk_of(k, process->id);

	if (w != NULL) {
		w->again = true;
		return 0;
	}
	if (k->count == KIN_MAX) {
		judge_put_off(en, process);
		return 0;
	}
	w = &k->walk[k->count++];
	*w = (struct kin_walk){ .process = process->id };
	return engine_is_long(en) ? 0 : walk_some(en, w);
}

int kin_go_on(struct engine *en)
{
	struct kin_walks *k = &en->kin;

	return k->count == 0 ? 0 : walk_some(en, &k->walk[k->turn++ % k->count]);
}

bool kin_is_under_way(const struct engine *en)
{
	return en->kin.count > 0;
}
