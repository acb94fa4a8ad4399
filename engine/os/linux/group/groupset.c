/* groupset.c -- settings of groups, given and read. */

#include "os/linux/group/groupfs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "model/interned.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/group/groupfile.h"
#include "os/linux/group/groupvalue.h"

#define VALUE_BYTES   CPU_LIST_MAX

int groupfs_controller(enum setting s)
{
	const struct group_row *row = group_row_of(s);

	return row == NULL ? -1 : (int)row->controller;
}

/* Controllers that a kernel may be built or started without. */
static const char *const absent[CONTROLLERS] = {
	[CONTROLLER_CPU]    = "no hierarchy of cgroups has the cpu controller",
	[CONTROLLER_CPUSET] = "no hierarchy of cgroups has the cpuset "
	                      "controller",
	[CONTROLLER_MEMORY] = "no hierarchy of cgroups has the memory "
	                      "controller (cgroup_enable=memory)",
	[CONTROLLER_IO]     = "no hierarchy of cgroups has the io controller",
};

const char *groupfs_lacks(const struct layout *l, enum setting s)
{
	const struct group_row *row = group_row_of(s);
	int               h;

	if (row == NULL)
		return "it is no setting of groups";
	h = l->of[row->controller];
	if (h < 0)
		return absent[row->controller];
	return l->hierarchy[h].unified ? NULL : row->lacks_old;
}

/* What bfq reads counts only on its disks, what io.weight says on others. */
static const struct group_place *place_of(const struct layout *l,
                                    const struct group_row *row, size_t hierarchy,
                                    const char *folder)
{
	bool                unified = l->hierarchy[hierarchy].unified;
	const struct group_place *p = unified ? row->unified : row->old;
	bool                second = p[1].file != NULL &&
	                             groupfile_there(folder, p[1].file);

	if (second && (!groupfile_there(folder, p[0].file) || !groupfs_uses_bfq(l)))
		return &p[1];
	return &p[0];
}

/* Where the setting of that group is: 0 or -errno. */
static int find(const struct layout *l, const char *name, enum setting s,
                char *ret_folder, size_t size, const struct group_place **ret_place)
{
	const struct group_row *row = group_row_of(s);
	char              group[PATH_KEEP];
	int               h, r;

	if (row == NULL || groupfs_lacks(l, s) != NULL)
		return -EOPNOTSUPP;
	h = l->of[row->controller];
	r = groupfs_group(l, (size_t)h, name, group, sizeof group);
	if (r == 0)
		r = layout_path(l, (size_t)h, group, "", ret_folder, size);
	if (r < 0)
		return r;
	*ret_place = place_of(l, row, (size_t)h, ret_folder);
	return 0;
}

static const char *refusal(const struct layout *l, enum setting s, int error)
{
	const struct hierarchy *h = &l->hierarchy[l->of[groupfs_controller(s)]];

	switch (error) {
	case EACCES:
	case EPERM:
		return "needs root, or a delegated group";
	case EROFS:
		return "the control groups are read-only";
	case EBUSY:
		return "processes stand where pqs would make its groups, and "
		       "are not its own";
	case ENOSPC:
	case EAGAIN:
		return "this machine takes no more groups";
	case ENOENT:
		return h->own[0] == '\0' ? h->why : "this kernel has no such "
		       "file in its groups";
	case EINVAL:
	case ERANGE:
	case EDOM:
		return s == SETTING_cpuset ? "none of these CPUs is open to it"
		                           : "the kernel takes no such value";
	default:
		return "the kernel refuses it";
	}
}

static void say_refused(const struct layout *l, enum setting s, int error,
                        struct turned *ret)
{
	bool missing = error == ENOENT || error == EINVAL || error == ERANGE ||
	               error == EDOM;
	int  h = l->of[groupfs_controller(s)];

	if (l->hierarchy[h].own[0] == '\0')
		missing = false;
	*ret = (struct turned){ missing ? EFFECT_UNSUPPORTED : EFFECT_DENIED,
	                        refusal(l, s, error), 0 };
}

/* A weight cannot be written while the group is idle, and the other way round:
 * who wants a weight does not want it idle. */
static void end_idling(const char *folder, const struct group_place *p)
{
	char text[32];

	if (strncmp(p->file, "cpu.", 4) == 0 &&
	    groupfile_read(folder, "cpu.idle", text, sizeof text) > 0 &&
	    text[0] != '0')
		(void)groupfile_write(folder, "cpu.idle", "0");
}

static bool same_cpus(const char *a, const char *b)
{
	uint8_t bits[2][CPUS_MAX / 8];

	return interned_list_bits(a, bits[0]) == 0 &&
	       interned_list_bits(b, bits[1]) == 0 &&
	       memcmp(bits[0], bits[1], sizeof bits[0]) == 0;
}

/* What counts of a set of CPUs is what came of it: one that names none of those
 * of the group above is taken, and has no effect. */
static int write_cpus(const char *folder, const char *cpus, struct turned *ret)
{
	static const char *const effective[] = { "cpuset.cpus.effective",
	                                         "cpuset.effective_cpus" };
	char text[VALUE_BYTES];
	bool had = groupfile_read(folder, "cpuset.cpus", text,
	                          sizeof text) > 0 && same_cpus(text, cpus);
	int  r = groupfile_write(folder, "cpuset.cpus", cpus);

	for (size_t i = 0; r == 0 && i < 2; i++)
		if (groupfile_there(folder, effective[i]))
			r = groupfile_read(folder, effective[i], text,
			                   sizeof text);
	if (r < 0)
		return r;
	*ret = (struct turned){ had ? EFFECT_ALREADY : EFFECT_APPLIED, "",
	                        ret->now };
	if (r > 0 && !same_cpus(text, cpus))
		ret->why = "not all of these CPUs are open to it";
	return 0;
}

static int read_back(const struct group_place *p, const char *folder, char *out,
                     size_t size, int64_t *ret_value)
{
	int r = groupfile_read(folder, p->file, out, size);

	return r < 0 ? r : p->read(out, ret_value);
}

/* What reads as it was written is the value that was asked for, though the
 * kernel's own unit be a coarser one. */
static int write_number(const struct group_place *p, const char *folder,
                        int64_t value, struct turned *ret)
{
	char    wanted[64], text[256];
	int64_t before = 0, now = 0;
	bool    had = read_back(p, folder, text, sizeof text, &before) == 0;
	int     r;

	(void)p->print(value, wanted, sizeof wanted);
	end_idling(folder, p);
	r = groupfile_write(folder, p->file, wanted);
	if (r == 0)
		r = read_back(p, folder, text, sizeof text, &now);
	if (r < 0)
		return r;
	if (strcmp(text, wanted) == 0)
		now = value;
	*ret = (struct turned){ had && before == now ? EFFECT_ALREADY
	                                             : EFFECT_APPLIED,
	                        now == value ? "" :
	                        "the kernel kept it within bounds", now };
	return 0;
}

bool groupfs_has(const struct layout *l, const char *name, enum setting s)
{
	const struct group_place *p;
	char                folder[PATH_KEEP * 2];

	return find(l, name, s, folder, sizeof folder, &p) == 0 &&
	       groupfile_there(folder, p->file);
}

/* What a new group has there, as it is read. */
static int read_unset(const struct group_place *p, const char *folder, char *out,
                      size_t size)
{
	char above[PATH_KEEP * 2 + 8];
	int  r;

	if (p->unset != NULL) {
		text_copy(out, size, p->unset);
		return 0;
	}
	snprintf(above, sizeof above, "%s/..", folder);
	r = groupfile_read(above, p->file, out, size);
	return r < 0 ? r : 0;
}

static int write_unset(const struct group_place *p, const char *folder)
{
	char text[VALUE_BYTES];
	int  r = read_unset(p, folder, text, sizeof text);

	/* A write of no bytes would be none. */
	return r < 0 ? r : groupfile_write(folder, p->file,
	                                   text[0] != '\0' ? text : "\n");
}

void groupfs_set(const struct layout *l, const char *name, enum setting s,
                 int64_t value, const char *cpus, struct turned *ret)
{
	const struct group_place *p;
	char                folder[PATH_KEEP * 2];
	const char         *why = groupfs_lacks(l, s);
	int                 c = groupfs_controller(s), r;

	*ret = (struct turned){ EFFECT_UNSUPPORTED, why, 0 };
	if (why != NULL)
		return;
	*ret = (struct turned){ EFFECT_APPLIED, "", value };
	if (value == VALUE_UNTOUCHED && !groupfs_has(l, name, s))
		return;
	r = groupfs_enable(l, (size_t)l->of[c], (enum controller)c);
	if (r == 0)
		r = groupfs_make(l, (size_t)l->of[c], name);
	if (r == 0)
		r = find(l, name, s, folder, sizeof folder, &p);
	if (r == 0)
		r = value == VALUE_UNTOUCHED ? write_unset(p, folder)
		    : p->print == NULL ? write_cpus(folder, cpus, ret)
		    : write_number(p, folder, value, ret);
	if (r < 0)
		say_refused(l, s, -r, ret);
}

int groupfs_get(const struct layout *l, const char *name, enum setting s,
                int64_t *ret_value, char *ret_cpus, size_t size)
{
	const struct group_place *p;
	char                folder[PATH_KEEP * 2], unset[VALUE_BYTES];
	int64_t             value = 0, usual = 1;
	int                 r = find(l, name, s, folder, sizeof folder, &p);

	if (r == 0)
		r = groupfile_read(folder, p->file, ret_cpus, size);
	if (r >= 0)
		r = read_unset(p, folder, unset, sizeof unset);
	if (r == -ENOENT && groupfs_is(l, name))
		return -ENODATA;        /* in another hierarchy               */
	if (r < 0)
		return r;
	if (p->read == NULL)
		return strcmp(ret_cpus, unset) == 0 ? -ENODATA : 0;
	r = p->read(ret_cpus, &value);
	if (r == 0)
		r = p->read(unset, &usual);
	if (r < 0)
		return r;
	if (value == usual)
		return -ENODATA;
	*ret_value = value;
	return 0;
}

/* Of a set of CPUs it is what came of it. */
static int read_effective(const char *folder, const char *cpus_file,
                          char *out, size_t size)
{
	int r = groupfile_read(folder, "cpuset.cpus.effective", out, size);

	return r > 0 ? 0 : groupfile_read(folder, cpus_file, out, size);
}

int groupfs_value_of(const struct layout *l, const char *group, enum setting s,
                     int64_t *ret_value, char *ret_text, size_t size)
{
	const struct group_row   *row = group_row_of(s);
	const struct group_place *p;
	char                folder[PATH_KEEP * 2], above[PATH_KEEP * 2 + 8];
	int                 h, r;

	if (row == NULL || groupfs_lacks(l, s) != NULL)
		return -EOPNOTSUPP;
	h = l->of[row->controller];
	r = layout_path(l, (size_t)h, group, "", folder, sizeof folder);
	if (r < 0)
		return r;
	p = place_of(l, row, (size_t)h, folder);
	snprintf(above, sizeof above, "%s/..", folder);
	if (p->read == NULL) {
		r = read_effective(folder, p->file, ret_text, size);
		return r >= 0 ? 0 : read_effective(above, p->file, ret_text,
		                                   size) < 0 ? r : 0;
	}
	r = groupfile_read(folder, p->file, ret_text, size);
	if (r == -ENOENT && access(folder, F_OK) < 0)
		return r;
	if (r == -ENOENT)
		r = read_unset(p, folder, ret_text, size);
	return r < 0 ? r : p->read(ret_text, ret_value);
}

bool groupfs_is_usual(const struct layout *l, const char *group, enum setting s,
                      int64_t value, const char *cpus)
{
	const struct group_row *row = group_row_of(s);
	int               h = l->of[row->controller];
	char              folder[PATH_KEEP * 2], text[VALUE_BYTES];
	int64_t           usual;

	if (layout_path(l, (size_t)h, group, group[0] != '\0' ? ".." : "",
	                folder, sizeof folder) < 0)
		return false;
	if (row->unified[0].read == NULL)
		return read_effective(folder, "cpuset.cpus", text,
		                      sizeof text) >= 0 &&
		       same_cpus(text, cpus);
	return row->unified[0].read(row->unified[0].unset, &usual) == 0 &&
	       value == usual;
}
