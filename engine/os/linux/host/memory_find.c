/* memory_find.c -- the control groups whose memory matters to us.
 *
 * A limit anywhere above a group holds for it too, so all groups up to the
 * topmost are watched; most of them have none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/host/memory.h"

#define FILE_BYTES 4096

/* The tree that memory is limited in. */
struct tree {
	char mount[PATH_KEEP];          /* with the root of a copy before it  */
	char top[PATH_KEEP];            /* the group that is mounted there    */
	bool unified;
};

/* A word of a list with commas or spaces between. */
static bool has_word(const char *list, const char *word)
{
	size_t n;

	for (; *list != '\0'; list += n + (list[n] != '\0')) {
		n = strcspn(list, ", \n");
		if (n == strlen(word) && strncmp(list, word, n) == 0)
			return true;
	}
	return false;
}

static bool unified_has_memory(const char *mount)
{
	char path[PATH_KEEP + 32], text[256];

	snprintf(path, sizeof path, "%s/cgroup.controllers", mount);
	return path_read(path, text, sizeof text) >= 0 &&
	       has_word(text, "memory");
}

/* "35 31 0:32 /top /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory" */
static bool tree_read(const char *line, const char *root, struct tree *ret_tree)
{
	char        top[PATH_KEEP], mount[PATH_KEEP], type[16], options[256];
	const char *rest = strstr(line, " - cgroup");
	int         n;

	if (rest == NULL ||
	    sscanf(line, "%*s %*s %*s %511s %511s", top, mount) != 2 ||
	    sscanf(rest, " - %15s %*s %255s", type, options) != 2)
		return false;
	n = snprintf(ret_tree->mount, sizeof ret_tree->mount, "%s%s", root,
	             mount);
	if (n < 0 || (size_t)n >= sizeof ret_tree->mount)
		return false;
	(void)text_copy(ret_tree->top, sizeof ret_tree->top,
	                strcmp(top, "/") == 0 ? "" : top);
	ret_tree->unified = strcmp(type, "cgroup2") == 0;
	return ret_tree->unified ? unified_has_memory(ret_tree->mount)
	                         : has_word(options, "memory");
}

static bool tree_find(const char *root, struct tree *ret_tree)
{
	char   path[PATH_KEEP], *line = NULL;
	size_t size = 0;
	bool   found = false;
	FILE  *mounts;

	snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
	mounts = fopen(path, "re");
	while (mounts != NULL && !found && getline(&line, &size, mounts) > 0)
		found = tree_read(line, root, ret_tree);
	free(line);
	if (mounts != NULL)
		fclose(mounts);
	return found;
}

/* "4:memory:/group", or "0::/group" of the unified tree. */
static char *group_in(const struct tree *t, char *line)
{
	char *controllers = strchr(line, ':');
	char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');

	if (group == NULL)
		return NULL;
	*group++ = '\0';
	if (t->unified ? controllers[1] != '\0' || line[0] != '0'
	               : !has_word(controllers + 1, "memory"))
		return NULL;
	return group[0] == '/' ? group : NULL;
}

static bool own_group(const char *root, const struct tree *t, char *ret_group,
                      size_t size)
{
	char path[PATH_KEEP], text[FILE_BYTES], *rest = text, *line, *group;

	snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
	if (path_read(path, text, sizeof text) < 0)
		return false;
	while ((line = strsep(&rest, "\n")) != NULL) {
		group = group_in(t, line);
		if (group == NULL || strlen(group) >= size)
			continue;
		(void)text_copy(ret_group, size, group);
		return true;
	}
	return false;
}

/* False: it is not there, or there is no place for it. */
static bool add_group(struct memory *m, const struct tree *t,
                      const char *group)
{
	char   path[2 * PATH_KEEP];
	size_t top = strlen(t->top);

	/* What is above our mount cannot be seen from here. */
	if (strncmp(group, t->top, top) != 0 ||
	    (group[top] != '/' && group[top] != '\0'))
		return false;
	group += top;
	snprintf(path, sizeof path, "%s%s", t->mount,
	         strcmp(group, "/") == 0 ? "" : group);
	return memory_add(m, path, t->unified) == 0 && access(path, F_OK) == 0;
}

static void add_with_those_above(struct memory *m, const struct tree *t,
                                 char *group)
{
	while (strcmp(group, "/") != 0) {
		char *last = strrchr(group, '/');

		(void)add_group(m, t, group);
		last[last == group] = '\0';
	}
	/* The topmost of a container is not that of the machine. */
	(void)add_group(m, t, group);
}

void memory_find(struct memory *m, const char *root, const char *const *named,
                 size_t count, bool *ret_there)
{
	struct tree t;
	bool        has = tree_find(root, &t);
	char        group[PATH_KEEP];

	for (size_t i = 0; i < count; i++)
		ret_there[i] = has && add_group(m, &t, named[i]);
	if (has && own_group(root, &t, group, sizeof group))
		add_with_those_above(m, &t, group);
}
