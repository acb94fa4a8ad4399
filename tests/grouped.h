/* grouped.h -- what the kernel says of control groups,
 * whichever kind it has. */
#ifndef TESTS_GROUPED_H
#define TESTS_GROUPED_H

#include "children.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/text.h"
#include "model/group.h"
#include "os/linux/group/groupfile.h"
#include "os/linux/group/layout.h"

/* As the actuator has it: where things are, not what is in them. */
static inline const struct layout *layout(void)
{
	return linux_actuator_layout(&door);
}

static inline bool has_unified(enum controller c)
{
	int h = layout()->of[c];

	ck_assert_int_ge(h, 0);
	return layout()->hierarchy[h].unified;
}

/* Of the hierarchy that has the controller, or of the unified one (-1). */
static inline const struct hierarchy *hierarchy_of(int controller)
{
	int h = controller < 0 ? layout()->unified : layout()->of[controller];

	ck_assert_int_ge(h, 0);
	return &layout()->hierarchy[h];
}

static inline void folder_of(int controller, const char *group, char *path,
                             size_t size)
{
	snprintf(path, size, "%s%s", hierarchy_of(controller)->mount, group);
}

/* A file of a group of ours. */
static inline const char *file_of(int controller, const char *name,
                                  const char *file)
{
	static char text[CPU_LIST_MAX];
	char        group[PATH_KEEP], folder[PATH_KEEP * 2];

	snprintf(group, sizeof group, "%s/pool-%s",
	         hierarchy_of(controller)->own, name);
	folder_of(controller, group, folder, sizeof folder);
	if (groupfile_read(folder, file, text, sizeof text) < 0)
		return "(none)";
	return text;
}

static inline void write_to(int controller, const char *group,
                            const char *file, const char *text)
{
	char folder[PATH_KEEP * 2];

	folder_of(controller, group, folder, sizeof folder);
	ck_assert_msg(groupfile_write(folder, file, text) == 0,
	              "%s/%s = %s: %s", folder, file, text, strerror(errno));
}

/* What the kernel says, not pqs: where it is in one hierarchy. */
static inline const char *kernel_group(pid_t pid, int controller)
{
	static char             text[4096];
	const struct hierarchy *h = hierarchy_of(controller);
	char                    begins[80], *line, *rest = text;

	text_of(pid, "cgroup", text, sizeof text);
	snprintf(begins, sizeof begins, ":%s:", h->name);
	while ((line = strsep(&rest, "\n")) != NULL)
		if (strchr(line, ':') != NULL &&
		    strncmp(strchr(line, ':'), begins, strlen(begins)) == 0)
			return strchr(line, ':') + strlen(begins);
	ck_abort_msg("no such hierarchy");
}

static inline bool is_in_pool(pid_t pid, int controller, const char *name)
{
	char expected[PATH_KEEP];

	snprintf(expected, sizeof expected, "%s/pool-%s",
	         hierarchy_of(controller)->own, name);
	return strcmp(kernel_group(pid, controller), expected) == 0;
}

static inline int64_t group_called(const char *text)
{
	int64_t group = group_read(sets, text);

	ck_assert_int_ge(group, 0);
	return group;
}

static inline struct turned give(const char *group, enum setting s,
                                 const char *text)
{
	struct turned t;

	door.group_set(door.self, group_called(group), s, value_of(s, text),
	               &t);
	return t;
}

static inline struct turned put(struct task_id whom, int64_t group)
{
	struct turned t;

	ck_assert_int_eq(door.grip(door.self, whom), 0);
	door.apply(door.self, whom, SETTING_pool, group, &t);
	return t;
}

static inline int64_t place_of(struct task_id whom)
{
	int64_t value;

	ck_assert_int_eq(door.read(door.self, whom, SETTING_pool, &value), 0);
	return value;
}

static inline const char *place_text(struct task_id whom)
{
	static char text[GROUP_TEXT_MAX];

	return group_text(sets, place_of(whom), text, sizeof text);
}

static inline int drop(const char *group)
{
	return door.group_drop(door.self, group_called(group));
}

#endif
