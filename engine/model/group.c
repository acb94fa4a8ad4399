/* group.c -- where a task is: the values of the setting 'pool'. */

#include "model/group.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

#define OF_ONE    (INT64_C(1) << 62)
#define PID_BITS  22                    /* of the greatest pid                */
#define PID_MASK  ((INT64_C(1) << PID_BITS) - 1)
#define BORN_MASK ((INT64_C(1) << (62 - PID_BITS)) - 1)

int64_t group_of_one(struct task_id process)
{
	return OF_ONE | ((int64_t)process.born & BORN_MASK) << PID_BITS |
	       ((int64_t)process.pid & PID_MASK);
}

bool group_is_of_one(int64_t group)
{
	return group >= OF_ONE;
}

bool group_is_ours(const struct interned *sets, int64_t group)
{
	const char *text = interned_text(sets, group);

	return group_is_of_one(group) ||
	       (text[0] != '\0' && strchr(text, '/') == NULL);
}

const char *group_text(const struct interned *sets, int64_t group, char *out,
                       size_t size)
{
	if (group_is_of_one(group))
		snprintf(out, size, "@%" PRId64 ".%" PRId64, group & PID_MASK,
		         (group & ~OF_ONE) >> PID_BITS);
	else
		text_copy(out, size, interned_text(sets, group));
	return out;
}

/* Written by group_text() and no otherwise: two texts of one group would be two
 * groups to the system. */
static int64_t of_one_read(const char *text)
{
	struct task_id process = { 0, 0, 0 };
	char           again[48], *rest;
	int64_t        group;

	if (text[0] != '@')
		return -EINVAL;
	process.pid = (pid_t)strtol(text + 1, &rest, 10);
	if (*rest != '.')
		return -EINVAL;
	process.born = strtoull(rest + 1, NULL, 10);
	group = group_of_one(process);
	group_text(NULL, group, again, sizeof again);
	return strcmp(again, text) == 0 ? group : -EINVAL;
}

int64_t group_read(struct interned *sets, const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n >= GROUP_TEXT_MAX)
		return n == 0 ? -EINVAL : -ERANGE;
	if (text[0] == '@')
		return of_one_read(text);
	if (strpbrk(text, "@/") != NULL)
		return interned_add(sets, INTERNED_PLACES, text, n);
	return strchr(text, ',') != NULL ? -EINVAL
	                                 : interned_read_names(sets, text);
}

int64_t group_pool(struct interned *sets, int64_t group)
{
	char  name[INTERNED_NAME_MAX + 1];
	char *at;

	if (group_is_of_one(group) || !group_is_ours(sets, group))
		return -ENOENT;
	text_copy(name, sizeof name, interned_text(sets, group));
	at = strchr(name, '@');
	if (at != NULL)
		*at = '\0';
	return interned_read_names(sets, name);
}
