/* cgroup.c -- where a task is among the control groups.
 *
 * A machine has one unified tree, several old ones, or both; systemd names the
 * same place in whichever it uses, and leaves the others at their roots.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "os/linux/procfs.h"

/* What a line is worth; the better one is believed. */
enum tree_rank { RANK_NONE, RANK_OTHER, RANK_SYSTEMD, RANK_UNIFIED,
                 RANK_BELOW_ROOT };

/* "0::/path", "1:name=systemd:/path", "4:cpu,cpuacct:/path".  Any place but a
 * root says more than a root does. */
static int line_rank(const char *line, char **ret_path)
{
	char *name = strchr(line, ':');
	char *path = name == NULL ? NULL : strchr(name + 1, ':');
	int   rank = RANK_OTHER;

	if (path == NULL || path[1] != '/')
		return RANK_NONE;
	if (path == name + 1)
		rank = RANK_UNIFIED;
	else if (strncmp(name, ":name=systemd:", 14) == 0)
		rank = RANK_SYSTEMD;
	else if (strncmp(name, ":cpu", 4) != 0)
		return RANK_NONE;
	*ret_path = path + 1;
	return path[2] == '\0' ? rank : rank + RANK_BELOW_ROOT;
}

int cgroup_choose(char *text, char *ret_path, size_t size)
{
	char *best = NULL, *path = NULL, *rest = text, *line;
	int   best_rank = RANK_NONE;

	while ((line = strsep(&rest, "\n")) != NULL) {
		int rank = line_rank(line, &path);

		if (rank > best_rank) {
			best_rank = rank;
			best = path;
		}
	}
	if (best == NULL)
		return -ENODATA;
	if (strlen(best) >= size)
		return -ENAMETOOLONG;
	(void)text_copy(ret_path, size, best);
	return 0;
}

/* A name that is nothing but its ending is no unit. */
static bool ends_in(const char *text, size_t n, const char *end)
{
	size_t tail = strlen(end);

	return n > tail && memcmp(text + n - tail, end, tail) == 0;
}

/* A service may have made groups of its own below: they are part of it.  Among
 * units the innermost tells most: an application's scope lies in the service of
 * its user. */
int cgroup_unit(const char *path, char *ret_unit, size_t size)
{
	const char *unit = NULL, *slice = NULL;
	size_t      unit_bytes = 0, slice_bytes = 0;

	for (size_t n; *path != '\0'; path += n) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (ends_in(path, n, ".service") ||
		    ends_in(path, n, ".scope")) {
			unit = path;
			unit_bytes = n;
		} else if (ends_in(path, n, ".slice")) {
			slice = path;
			slice_bytes = n;
		}
	}
	if (unit == NULL) {
		unit = slice;
		unit_bytes = slice_bytes;
	}
	if (unit == NULL)
		return -ENODATA;
	if (unit_bytes >= size)
		return -ENAMETOOLONG;
	(void)text_copy_bytes(ret_unit, size, unit, unit_bytes);
	return 0;
}
