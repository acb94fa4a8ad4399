/* groupset.c -- what the settings of groups are called in v1 and in v2, and how
 * their values are written there. */

#include "os/linux/groupfs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/interned.h"
#include "os/linux/actuator.h"
#include "os/linux/duty.h"
#include "os/linux/groupfile.h"

#define PERIOD_US     100000            /* of a limit of CPU time             */
#define WEIGHT_USUAL  100
#define SHARES_USUAL  1024              /* what v1 calls the same             */
#define BFQ_WEIGHT_MAX 1000
#define IO_WEIGHT_MAX 10000

#define VALUE_BYTES   CPU_LIST_MAX

/* Where a value goes: one of the two files that a controller may have. */
struct place {
	const char *file;
	int  (*print)(int64_t value, char *out, size_t size);
	int  (*read)(const char *text, int64_t *ret_value);
	const char *unset;              /* NULL: that of the group above      */
};

struct row {
	enum setting    setting;
	enum controller controller;
	struct place    unified[2], old[2];     /* the first that is there    */
	const char     *lacks_old;      /* why v1 has none                    */
};

static int print_number(int64_t value, char *out, size_t size)
{
	return snprintf(out, size, "%lld", (long long)value);
}

static int read_number(const char *text, int64_t *ret_value)
{
	char *rest;

	*ret_value = strtoll(text, &rest, 10);
	return rest == text ? -EBADMSG : 0;
}

static int print_shares(int64_t value, char *out, size_t size)
{
	value = (value * SHARES_USUAL + WEIGHT_USUAL / 2) / WEIGHT_USUAL;
	return print_number(value, out, size);
}

static int read_shares(const char *text, int64_t *ret_value)
{
	int64_t shares;
	int     r = read_number(text, &shares);

	if (r == 0)
		*ret_value = (shares * WEIGHT_USUAL + SHARES_USUAL / 2) /
		             SHARES_USUAL;
	return r;
}

/* Hundredths of a core in each period. */
static int print_quota(int64_t value, char *out, size_t size)
{
	if (value == VALUE_UNLIMITED)
		return snprintf(out, size, "-1");
	return print_number(duties_share(value) * (PERIOD_US / 100), out, size);
}

static int read_quota(const char *text, int64_t *ret_value)
{
	int64_t us;
	int     r = read_number(text, &us);

	if (r == 0)
		*ret_value = us < 0 ? VALUE_UNLIMITED : us / (PERIOD_US / 100);
	return r;
}

static int print_max(int64_t value, char *out, size_t size)
{
	if (value == VALUE_UNLIMITED)
		return snprintf(out, size, "max");
	return print_number(value, out, size);
}

static int read_max(const char *text, int64_t *ret_value)
{
	if (strncmp(text, "max", 3) != 0)
		return read_number(text, ret_value);
	*ret_value = VALUE_UNLIMITED;
	return 0;
}

/* "20000 100000", or "max 100000" */
static int print_cpu_max(int64_t value, char *out, size_t size)
{
	if (value == VALUE_UNLIMITED)
		return snprintf(out, size, "max %d", PERIOD_US);
	return snprintf(out, size, "%lld %d",
	                (long long)duties_share(value) * (PERIOD_US / 100),
	                PERIOD_US);
}

static int read_cpu_max(const char *text, int64_t *ret_value)
{
	char   *rest;
	int64_t us, period;

	if (strncmp(text, "max", 3) == 0)
		return read_max(text, ret_value);
	us = strtoll(text, &rest, 10);
	period = strtoll(rest, NULL, 10);
	if (rest == text || period <= 0)
		return -EBADMSG;
	*ret_value = us * 100 / period;
	return 0;
}

static int print_default(int64_t value, char *out, size_t size)
{
	return snprintf(out, size, "default %lld", (long long)value);
}

static int read_default(const char *text, int64_t *ret_value)
{
	if (strncmp(text, "default ", 8) == 0)
		text += 8;
	return read_number(text, ret_value);
}

/* bfq knows a tenth of the weights above 100, as the kernel counts them. */
static int print_bfq(int64_t value, char *out, size_t size)
{
	if (value > WEIGHT_USUAL)
		value = WEIGHT_USUAL + (value - WEIGHT_USUAL) *
		        (BFQ_WEIGHT_MAX - WEIGHT_USUAL) /
		        (IO_WEIGHT_MAX - WEIGHT_USUAL);
	return print_number(value, out, size);
}

static int read_bfq(const char *text, int64_t *ret_value)
{
	int64_t weight;
	int     r = read_default(text, &weight);

	if (r < 0)
		return r;
	if (weight > WEIGHT_USUAL)
		weight = WEIGHT_USUAL + (weight - WEIGHT_USUAL) *
		         (IO_WEIGHT_MAX - WEIGHT_USUAL) /
		         (BFQ_WEIGHT_MAX - WEIGHT_USUAL);
	*ret_value = weight;
	return 0;
}

static const struct row rows[] = {
	{ SETTING_weight, CONTROLLER_CPU,
	  { { "cpu.weight", print_number, read_number, "100" } },
	  { { "cpu.shares", print_shares, read_shares, "1024" } }, NULL },
	{ SETTING_cpu_limit, CONTROLLER_CPU,
	  { { "cpu.max", print_cpu_max, read_cpu_max, "max" } },
	  { { "cpu.cfs_quota_us", print_quota, read_quota, "-1" } }, NULL },
	{ SETTING_cpuset, CONTROLLER_CPUSET,
	  { { "cpuset.cpus", NULL, NULL, "" } },
	  { { "cpuset.cpus", NULL, NULL, NULL } }, NULL },
	{ SETTING_memory_low, CONTROLLER_MEMORY,
	  { { "memory.low", print_max, read_max, "0" } },
	  { { NULL, NULL, NULL, NULL } },
	  "cgroup v1 keeps no memory from being reclaimed" },
	{ SETTING_memory_high, CONTROLLER_MEMORY,
	  { { "memory.high", print_max, read_max, "max" } },
	  { { NULL, NULL, NULL, NULL } },
	  "cgroup v1 has no limit that slows down: its only one kills" },
	{ SETTING_swap, CONTROLLER_MEMORY,
	  { { "memory.swap.max", print_max, read_max, "max" } },
	  { { NULL, NULL, NULL, NULL } },
	  "cgroup v1 limits swap only together with memory" },
	{ SETTING_io_weight, CONTROLLER_IO,
	  { { "io.bfq.weight", print_bfq, read_bfq, "100" },
	    { "io.weight", print_default, read_default, "default 100" } },
	  { { "blkio.bfq.weight", print_bfq, read_bfq, "100" } }, NULL },
};

static const struct row *row_of(enum setting s)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].setting == s)
			return &rows[i];
	return NULL;
}

int groupfs_controller(enum setting s)
{
	const struct row *row = row_of(s);

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
	const struct row *row = row_of(s);
	int               h;

	if (row == NULL)
		return "it is no setting of groups";
	h = l->of[row->controller];
	if (h < 0)
		return absent[row->controller];
	return l->hierarchy[h].unified ? NULL : row->lacks_old;
}

/* What bfq reads counts only on its disks, what io.weight says on others. */
static const struct place *place_of(const struct layout *l,
                                    const struct row *row, size_t hierarchy,
                                    const char *folder)
{
	bool                unified = l->hierarchy[hierarchy].unified;
	const struct place *p = unified ? row->unified : row->old;
	bool                second = p[1].file != NULL &&
	                             groupfile_there(folder, p[1].file);

	if (second && (!groupfile_there(folder, p[0].file) || !groupfs_uses_bfq(l)))
		return &p[1];
	return &p[0];
}

/* Where the setting of that group is: 0 or -errno. */
static int find(const struct layout *l, const char *name, enum setting s,
                char *ret_folder, size_t size, const struct place **ret_place)
{
	const struct row *row = row_of(s);
	char              group[PATH_KEEP];
	int               h, r;

	if (row == NULL || groupfs_lacks(l, s) != NULL)
		return -EOPNOTSUPP;
	h = l->of[row->controller];
	r = groupfs_group(l, (size_t)h, name, group, sizeof group);
	if (r == 0)
		r = layout_path(l, (size_t)h, group, "", ret_folder, size);
	if (r == 0)
		*ret_place = place_of(l, row, (size_t)h, ret_folder);
	return r;
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
static void end_idling(const char *folder, const struct place *p)
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

static int read_back(const struct place *p, const char *folder, char *out,
                     size_t size, int64_t *ret_value)
{
	int r = groupfile_read(folder, p->file, out, size);

	return r < 0 ? r : p->read(out, ret_value);
}

/* What reads as it was written is the value that was asked for, though the
 * kernel's own unit be a coarser one. */
static int write_number(const struct place *p, const char *folder,
                        int64_t value, struct turned *ret)
{
	char    wanted[64], text[256];
	int64_t before = 0, now;
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
	const struct place *p;
	char                folder[PATH_KEEP * 2];

	return find(l, name, s, folder, sizeof folder, &p) == 0 &&
	       groupfile_there(folder, p->file);
}

/* What a new group has there, as it is read. */
static int read_unset(const struct place *p, const char *folder, char *out,
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

static int write_unset(const struct place *p, const char *folder)
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
	const struct place *p;
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
	const struct place *p;
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
