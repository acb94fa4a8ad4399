/* cgroup.c -- where a task is among the control groups.
 *
 * A machine has one unified tree, several old ones, or both; systemd names the
 * same place in whichever it uses, and leaves the others at their roots.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "os/linux/sensor/procfs.h"

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
