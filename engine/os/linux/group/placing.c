/* placing.c -- a process on its way from one place among the control groups to
 * another. */

#include "os/linux/group/placing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/group/freezer.h"
#include "os/linux/group/groupfile.h"
#include "os/linux/group/groupfs.h"

/* One process on its way. */
struct trip {
	const struct layout *l;
	struct task_id whom;
	int            pidfd;
	char           from[HIERARCHIES_MAX][GROUP_KEEP];
	unsigned       moved;           /* in which, a bit each               */
	const char    *why;
};

static bool is_proven(const struct trip *t)
{
	uint64_t born;

	if (t->pidfd >= 0)
		return pidfd_lives(t->pidfd);
	return task_born(t->whom.pid, t->whom.pid, &born) == 0 &&
	       born == t->whom.born;
}

/* Also of a stranger that has the pid by now, for want of better knowledge. */
static void take_back(struct trip *t)
{
	for (size_t i = t->l->hierarchies; i-- > 0; )
		if (t->moved & 1u << i)
			(void)groupfs_move(t->l, i, t->from[i], t->whom.pid);
}

static const char *refusal(const struct hierarchy *h, int error)
{
	switch (error) {
	case EINVAL:
		return !h->unified && h->has & CONTROLLER_BIT(CONTROLLER_CPU)
		       ? "its real-time threads would have no budget there "
		         "(cpu.rt_runtime_us)" : "it cannot leave its group";
	case EPERM:
	case EACCES:
		return "needs root, or a delegated group";
	case EROFS:
		return "the control groups are read-only";
	case EBUSY:
		return "a deadline task keeps its CPUs";
	case EOPNOTSUPP:
		return "its group is one of single threads (cgroup.type)";
	default:
		return "the kernel refuses it";
	}
}

/* A frozen process that leaves its freezer would run; so it is stopped as those
 * are that have none, before it does. */
static int step(struct trip *t, size_t i, const char *group)
{
	int r;

	if (strcmp(t->from[i], group) == 0)
		return 0;
	r = freezer_hand_over(t->l, i, t->from[i], t->pidfd);
	if (r == 0)
		r = groupfs_move(t->l, i, group, t->whom.pid);
	if (r < 0 && freezer_is(t->l, i, t->from[i]))
		(void)pidfd_signal(t->pidfd, SIGCONT);
	if (r == 0)
		t->moved |= 1u << i;
	else if (r != -ENOENT && r != -ESRCH)
		t->why = refusal(&t->l->hierarchy[i], -r);
	return r;
}

static bool is_made(const struct layout *l, size_t i, const char *name)
{
	char group[GROUP_KEEP], folder[PATH_KEEP * 2];

	return groupfs_group(l, i, name, group, sizeof group) == 0 &&
	       layout_path(l, i, group, "", folder, sizeof folder) == 0 &&
	       groupfile_there(folder, "cgroup.procs");
}

/* A group of ours is in some hierarchies only.  Where another one of ours has
 * the process, it goes along all the same: where it came from there, its own
 * record alone tells. */
static int enter(struct trip *t, const char *name)
{
	const struct layout *l = t->l;
	char                 group[GROUP_KEEP];
	bool                 anywhere = false;
	unsigned             into = 0;
	int                  r = 0;

	for (size_t i = 0; i < l->hierarchies; i++) {
		bool made = place_counts(&l->hierarchy[i]) && is_made(l, i, name);

		anywhere |= made;
		if (made ||
		    place_name_of_ours(&l->hierarchy[i], t->from[i]) != NULL)
			into |= 1u << i;
	}
	if (!anywhere && into == 0) {
		if (place_main(l) < 0)
			return -EACCES;
		into = 1u << place_main(l);
	}
	for (size_t i = 0; i < l->hierarchies && r == 0; i++) {
		if (!(into & 1u << i))
			continue;
		t->why = groupfs_bound(l, i, t->from[i]);
		r = t->why != NULL ? -EPERM : groupfs_make(l, i, name);
		if (r == 0)
			r = groupfs_group(l, i, name, group, sizeof group);
		if (r == 0)
			r = step(t, i, group);
	}
	return r;
}

/* An ancestor may be one that takes no processes; the topmost takes all. */
static int leave_to(struct trip *t, size_t i, char *group)
{
	bool  lost = false;
	char *last;
	int   r;

	while ((r = step(t, i, group)) == -ENOENT || (r == -EBUSY && lost)) {
		last = strrchr(group, '/');
		if (last == NULL || group[1] == '\0')
			return r;
		last[last == group] = '\0';
		lost = true;
	}
	if (r == 0)
		t->why = lost ? "the group it came from is gone: it is in the "
		                "nearest that is left" : t->why;
	return r;
}

static int leave(struct trip *t, const char *place)
{
	char group[GROUP_KEEP];
	int  r = 0;

	for (size_t i = 0; i < t->l->hierarchies && r == 0; i++) {
		const struct hierarchy *h = &t->l->hierarchy[i];

		if (place_name_of_ours(h, t->from[i]) == NULL)
			continue;
		place_group_in(h, (int)i == place_main(t->l), place, group);
		r = leave_to(t, i, group);
	}
	return r;
}

/* How it went, and where the process is now. */
static void trip_end(struct trip *t, int r, struct turned *ret,
                     char ret_text[GROUP_TEXT_MAX])
{
	if (r == 0 && !is_proven(t))
		r = -ESRCH;
	if (r < 0)
		take_back(t);
	if (r == 0)
		r = place_read(t->l, t->whom.pid, ret_text, GROUP_TEXT_MAX);
	*ret = (struct turned){ t->moved != 0 ? EFFECT_APPLIED : EFFECT_ALREADY,
	                        t->why != NULL ? t->why : "", 0 };
	if (r == -ESRCH)
		*ret = (struct turned){ EFFECT_GONE, "", 0 };
	else if (r < 0)
		*ret = (struct turned){ EFFECT_DENIED, t->why != NULL ? t->why :
		                        "the kernel refuses it", 0 };
	if (r < 0 && r != -ESRCH)
		(void)place_read(t->l, t->whom.pid, ret_text, GROUP_TEXT_MAX);
}

static int trip_begin(struct trip *t, char ret_text[GROUP_TEXT_MAX])
{
	int r = place_groups(t->l, t->whom.pid, t->from);

	ret_text[0] = '\0';
	if (r == 0 && !is_proven(t))
		r = -ESRCH;
	if (r == 0 && !leader_lives(t->whom.pid)) {
		t->why = "its main thread has ended: nobody can tell where it "
		         "is";
		r = -EPERM;
	}
	return r;
}

void place_go(const struct layout *l, struct task_id whom, int pidfd,
              const char *to, struct turned *ret, char ret_text[GROUP_TEXT_MAX])
{
	struct trip t = { .l = l, .whom = whom, .pidfd = pidfd };
	int         r = trip_begin(&t, ret_text);

	if (r == 0)
		r = place_is_ours(to) ? enter(&t, to) : leave(&t, to);
	trip_end(&t, r, ret, ret_text);
}

/* No setting of the group is in that hierarchy. */
static bool is_unneeded(const struct layout *l, size_t hierarchy,
                        const char *name)
{
	char    cpus[CPU_LIST_MAX];
	int64_t value;

	for (int s = 0; s < SETTING_COUNT; s++) {
		int c = groupfs_controller((enum setting)s);

		if (c >= 0 && l->of[c] == (int)hierarchy &&
		    groupfs_get(l, name, (enum setting)s, &value, cpus,
		                sizeof cpus) == 0)
			return false;
	}
	return true;
}

/* A bit for each hierarchy to leave: there must be one that it stays in. */
static unsigned to_leave(const struct layout *l,
                         char from[HIERARCHIES_MAX][GROUP_KEEP],
                         const char *name)
{
	unsigned in = 0, unneeded = 0;

	for (size_t i = 0; i < l->hierarchies; i++) {
		const struct hierarchy *h = &l->hierarchy[i];
		const char *ours = place_name_of_ours(h, from[i]);

		if (ours == NULL || strcmp(ours, name) != 0)
			continue;
		in |= 1u << i;
		if (!h->unified && is_unneeded(l, i, name))
			unneeded |= 1u << i;
	}
	return unneeded == in ? 0 : unneeded;
}

bool place_may_part(const struct layout *l, pid_t pid, const char *name)
{
	char group[HIERARCHIES_MAX][GROUP_KEEP];
	bool old = false;

	for (size_t i = 0; i < l->hierarchies; i++)
		old |= place_counts(&l->hierarchy[i]) && !l->hierarchy[i].unified;
	return old && place_groups(l, pid, group) == 0 &&
	       to_leave(l, group, name) != 0;
}

void place_part(const struct layout *l, struct task_id whom, int pidfd,
                const char *name, const char *home, struct turned *ret,
                char ret_text[GROUP_TEXT_MAX])
{
	struct trip t = { .l = l, .whom = whom, .pidfd = pidfd };
	char        group[GROUP_KEEP];
	int         r = trip_begin(&t, ret_text);
	unsigned    which = r == 0 ? to_leave(l, t.from, name) : 0;

	for (size_t i = 0; i < l->hierarchies && r == 0; i++) {
		if (!(which & 1u << i))
			continue;
		place_group_in(&l->hierarchy[i], (int)i == place_main(l), home,
		               group);
		r = leave_to(&t, i, group);
	}
	trip_end(&t, r, ret, ret_text);
	for (size_t i = 0; i < l->hierarchies; i++)
		if (t.moved & which & 1u << i)
			(void)groupfs_remove(l, i, name);       /* the last one */
}

static void gather_one(const struct layout *l, size_t hierarchy,
                       const char *group, size_t other, const char *there,
                       pid_t pid)
{
	char from[GROUP_KEEP], now[GROUP_KEEP];

	if (layout_group_of(l, pid, hierarchy, from, sizeof from) < 0 ||
	    strcmp(from, group) == 0 ||
	    groupfs_bound(l, hierarchy, from) != NULL ||
	    groupfs_move(l, hierarchy, group, pid) < 0)
		return;
	if (layout_group_of(l, pid, other, now, sizeof now) == 0 &&
	    strcmp(now, there) != 0)            /* another has that pid now   */
		(void)groupfs_move(l, hierarchy, from, pid);
}

static void gather_from(const struct layout *l, size_t hierarchy,
                        const char *group, size_t other, const char *there)
{
	char   folder[PATH_KEEP * 2], path[PATH_KEEP * 2 + 16], *line = NULL;
	size_t size = 0;
	FILE  *members;

	if (layout_path(l, other, there, "", folder, sizeof folder) < 0)
		return;
	snprintf(path, sizeof path, "%s/cgroup.procs", folder);
	members = fopen(path, "re");
	while (members != NULL && getline(&line, &size, members) > 0)
		gather_one(l, hierarchy, group, other, there,
		           (pid_t)strtol(line, NULL, 10));
	free(line);
	if (members != NULL)
		fclose(members);
}

void place_gather(const struct layout *l, size_t hierarchy, const char *name)
{
	char group[GROUP_KEEP], there[GROUP_KEEP];

	if (groupfs_group(l, hierarchy, name, group, sizeof group) < 0)
		return;
	for (size_t i = 0; i < l->hierarchies; i++)
		if (i != hierarchy && place_counts(&l->hierarchy[i]) &&
		    is_made(l, i, name) &&
		    groupfs_group(l, i, name, there, sizeof there) == 0)
			gather_from(l, hierarchy, group, i, there);
}
