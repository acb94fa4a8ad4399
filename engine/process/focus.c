/* focus.c -- what the user works with now, and who belongs to it. */

#include "process/rows.h"

#include <errno.h>
#include <string.h>

/* Whether its unit is the one.  -ENODATA: cannot be told. */
static int is_in_unit(struct table *t, struct row *row, const char *unit)
{
	struct value v;
	int          r = table_fact(t, &row->task, FACT_unit, &v);

	if (r == 1)
		return strcmp(v.text, unit) == 0;
	return r == 0 ? -ENODATA : r == -ENODATA ? 0 : r;
}

int row_focused(struct table *t, struct row *row)
{
	const struct focus *focus = &t->focus;

	if (focus->on.pid == 0)
		return 0;
	if (focus->unit[0] != '\0')
		return is_in_unit(t, row, focus->unit);
	for (int i = 0; i < LINEAGE_MAX && row != NULL; i++, row = row->parent)
		if (task_id_equal(row->task.id, focus->on))
			return 1;
	return 0;
}

/* The unit of a login, or of a user's services, holds all that the user runs:
 * being in it says nothing. */
static bool is_own_unit(const char *unit)
{
	size_t n = strlen(unit);

	if (n > 6 && strcmp(unit + n - 6, ".slice") == 0)
		return false;
	return strncmp(unit, "session-", 8) != 0 &&
	       strncmp(unit, "user@", 5) != 0 &&
	       strcmp(unit, "init.scope") != 0;
}

struct task_id table_focus_on(const struct table *t)
{
	return t->focus.on;
}

/* Its birth is read first: whoever has the pid later is another. */
int table_focus(struct table *t, struct task_id on)
{
	struct row  *row = on.pid == 0 ? NULL : row_find(t, on);
	struct focus focus = { .on = { 0, 0, 0 } };
	struct value v;

	if (on.pid != 0 && row == NULL)
		return -ESRCH;
	if (row != NULL) {
		if (table_fact(t, &row->task, FACT_start_time, &v) == -ESRCH)
			return -ESRCH;
		focus.on = row->task.id;
		if (table_fact(t, &row->task, FACT_unit, &v) == 1 &&
		    is_own_unit(v.text))
			memcpy(focus.unit, v.text, v.bytes + 1);
	}
	t->focus = focus;
	return 0;
}
