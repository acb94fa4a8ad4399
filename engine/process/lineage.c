/* lineage.c -- who was born of whom, also when the parent is gone. */

#include "process/rows.h"

static bool descends_from(const struct row *row, const struct row *ancestor)
{
	while (row != NULL && row != ancestor)
		row = row->parent;
	return row != NULL;
}

void lineage_link(struct row *child, struct row *parent)
{
	if (child->parent != NULL || parent == NULL ||
	    descends_from(parent, child))
		return;
	child->parent = parent;
	child->task.parent_slot = parent->task.slot;
	parent->task.children++;
	DL_APPEND(parent->children, child);
}

static void unlink_from_parent(struct row *child)
{
	struct row *parent = child->parent;

	if (parent == NULL)
		return;
	DL_DELETE(parent->children, child);
	parent->task.children--;
	child->parent = NULL;
	child->task.parent_slot = SLOT_NONE;
}

static void free_upwards(struct table *t, struct row *row)
{
	while (row != NULL && !row->task.alive && row->children == NULL) {
		struct row *parent = row->parent;

		unlink_from_parent(row);
		if (t->forgotten != NULL)
			t->forgotten(t->forgotten_ctx, row->task.id);
		row_free(t, row);
		t->dead--;
		row = parent;
	}
}

/* Its children stand at the top from now on, which frees it. */
static void cut_below(struct table *t, struct row *row)
{
	while (row->children != NULL)
		unlink_from_parent(row->children);
	t->cut++;
	free_upwards(t, row);
}

void lineage_bury(struct table *t, struct row *row)
{
	t->dead++;
	children_forget_ppid(row);
	if (row->children != NULL && t->dead > PROCESSES_MAX)
		cut_below(t, row);
	else
		free_upwards(t, row);
}

/* Whatever forks and leaves, again and again, draws a chain of dead rows
 * with one child each behind it.  No one else can see its far end. */
void lineage_trim(struct table *t, const struct row *youngest)
{
	struct row *row = youngest == NULL ? NULL : youngest->parent;

	for (int i = 0; i < LINEAGE_MAX && row != NULL; i++) {
		if (row->task.alive || row->task.children != 1)
			return;
		row = row->parent;
	}
	if (row != NULL && !row->task.alive && row->task.children == 1)
		cut_below(t, row);
}

/* Parents come before their children. */
static struct row *next_below(const struct row *top, struct row *row)
{
	if (row->children != NULL)
		return row->children;
	while (row != top && row->next == NULL)
		row = row->parent;
	return row == top ? NULL : row->next;
}

bool table_each_below(struct table *t, const struct task *p, size_t most,
                      void (*f)(void *ctx, struct task *who), void *ctx)
{
	struct row *top = row_of(t, p->slot), *row = next_below(top, top);

	for (size_t n = 0; row != NULL && n < most; n++) {
		if (row->task.alive)
			f(ctx, &row->task);
		row = next_below(top, row);
	}
	return row == NULL;
}
