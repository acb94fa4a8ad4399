/* pool.c -- pool, and the settings of groups of ours.
 *
 * Making a group and moving into it wait for the whole machine: 7 to 24 ms
 * where nothing was moved for a second.  So they are errands, done in the order
 * in which they were asked for; what only reads or writes a file of a group is
 * done at once, unless something before it is under way.
 *
 * An errand knows no number of a place, as numbers may be given away again, but
 * its text.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "model/group.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/actuator/duty.h"
#include "os/linux/group/freezer.h"
#include "os/linux/group/groupfs.h"
#include "os/linux/group/place.h"
#include "os/linux/sensor/errands.h"

#define TOO_MANY "too many are under way already"

/* A process on its way to a group, or a value to a group of ours. */
struct pooling {
	struct errand errand;
	const struct layout *layout;
	char          to[GROUP_TEXT_MAX];
	char          now[GROUP_TEXT_MAX];      /* where the process is       */
	char          home[GROUP_TEXT_MAX];     /* to part for                */
	char          cpus[];                   /* of a cpuset                */
};

/* Whatever is remembered of where tasks are may be wrong now. */
static void forget_groups(struct linux_actuator *a)
{
	a->groups.looked_ns = 0;
	a->group = CPU_GROUP_NOT_ASKED;
}

static int pool_read(struct linux_actuator *a, struct task_id whom,
                     int64_t *ret_value)
{
	char    text[GROUP_TEXT_MAX];
	int64_t group;
	int     r;

	if (pooling_lack(a, SETTING_pool) != NULL)
		return -EOPNOTSUPP;
	r = place_read(&a->layout, whom.pid, text, sizeof text);
	if (r < 0)
		return r;
	group = group_read(a->sets, text);
	if (group < 0)
		return (int)group;
	*ret_value = group;
	return 0;
}

const struct knob knob_pool = { .read = pool_read };

static void run_put(struct errand *e)
{
	struct pooling *p = (struct pooling *)e;

	place_go(p->layout, e->about.whom, e->pidfd, p->to, &e->about.turned,
	         p->now);
}

static void run_part(struct errand *e)
{
	struct pooling *p = (struct pooling *)e;

	place_part(p->layout, e->about.whom, e->pidfd, p->to, p->home,
	           &e->about.turned, p->now);
}

static void run_set(struct errand *e)
{
	struct pooling *p = (struct pooling *)e;
	enum setting    s = e->about.setting;
	bool            was = groupfs_has(p->layout, p->to, s);

	groupfs_set(p->layout, p->to, s, e->about.wanted, p->cpus,
	            &e->about.turned);
	if (!was && groupfs_has(p->layout, p->to, s))
		place_gather(p->layout,
		             (size_t)p->layout->of[groupfs_controller(s)],
		             p->to);
}

static struct pooling *pooling_new(const struct linux_actuator *a,
                                   int64_t group, enum setting s,
                                   int64_t value,
                                   void (*run)(struct errand *))
{
	const char     *cpus = setting_rows[s].type == SETTING_TYPE_CPUS &&
	                       value != VALUE_UNTOUCHED
	                       ? interned_text(a->sets, value) : "";
	size_t          bytes = strlen(cpus) + 1;
	struct pooling *p = calloc(1, sizeof *p + bytes);

	if (p == NULL)
		return NULL;
	memcpy(p->cpus, cpus, bytes);
	p->errand = (struct errand){ { .setting = s, .wanted = value }, -1,
	                             run };
	p->layout = &a->layout;
	group_text(a->sets, group, p->to, sizeof p->to);
	return p;
}

/* In numbers again, as they are now. */
static void pooling_tell(struct linux_actuator *a, struct pooling *p,
                         struct landed *ret)
{
	int64_t to = group_read(a->sets, p->to);
	int64_t now = p->now[0] == '\0' ? -ENOENT
	                                : group_read(a->sets, p->now);

	*ret = p->errand.about;
	if (ret->setting != SETTING_pool) {
		ret->group = to;
	} else {
		ret->wanted = to;
		ret->turned.now = now < 0 ? to : now;
	}
	forget_groups(a);
}

static bool nothing_waits(const struct linux_actuator *a)
{
	return a->moves == NULL || errands_idle(a->moves);
}

/* Takes p. */
static void carry_out(struct linux_actuator *a, struct pooling *p,
                      bool at_once, struct turned *ret)
{
	struct landed l;

	if (at_once) {
		p->errand.run(&p->errand);
		pooling_tell(a, p, &l);
		*ret = l.turned;
	} else if (errands_ask(a->moves, &p->errand) == 0) {
		ret->effect = EFFECT_UNDERWAY;
		ret->why = "";
		return;
	} else {
		ret->effect = EFFECT_DENIED;
		ret->why = TOO_MANY;
	}
	errand_free(&p->errand);
}

void pooling_put(struct linux_actuator *a, struct task_id whom, int64_t value,
              struct turned *ret)
{
	struct pooling *p;
	char            text[GROUP_TEXT_MAX];
	int             r = place_read(&a->layout, whom.pid, text, sizeof text);

	*ret = (struct turned){ EFFECT_GONE, "", 0 };
	if (r < 0)
		return;
	ret->now = group_read(a->sets, text);
	*ret = (struct turned){ EFFECT_ALREADY, "", ret->now };
	if (ret->now == value && nothing_waits(a))
		return;
	p = pooling_new(a, value, SETTING_pool, value, run_put);
	if (p == NULL) {
		ret->effect = EFFECT_DENIED;
		ret->why = TOO_MANY;
		return;
	}
	p->errand.about.whom = whom;
	if (whom.born == 0)
		p->errand.about.whom.born = a->gripped.born;
	if (a->gripped.pid == whom.pid && a->pidfd >= 0)
		p->errand.pidfd = fcntl(a->pidfd, F_DUPFD_CLOEXEC, 0);
	carry_out(a, p, a->waits, ret);
}

static void pool_part(void *self, struct task_id whom, int64_t group,
                      int64_t home, struct turned *ret)
{
	struct linux_actuator *a = self;
	struct pooling        *p = pooling_new(a, group, SETTING_pool, group,
	                                       run_part);

	*ret = (struct turned){ EFFECT_ALREADY, "", group };
	if (p == NULL)
		return;
	if (nothing_waits(a) && !place_may_part(&a->layout, whom.pid, p->to)) {
		errand_free(&p->errand);
		return;
	}
	group_text(a->sets, home, p->home, sizeof p->home);
	p->errand.about.whom = whom;
	carry_out(a, p, a->waits, ret);
}

bool pooling_landed(struct linux_actuator *a, struct landed *ret_landed)
{
	struct errand *e = a->moves == NULL ? NULL : errands_done(a->moves);

	if (e == NULL)
		return false;
	if (e->about.setting == SETTING_freeze)
		freeze_landed(a, e, ret_landed);
	else
		pooling_tell(a, (struct pooling *)e, ret_landed);
	errand_free(e);
	return true;
}

static const char *pool_stays(void *self, struct task_id whom)
{
	struct linux_actuator *a = self;

	return place_stays(&a->layout, whom.pid);
}

/* Where it is made already, nothing has to be waited for. */
static bool is_quick(const struct linux_actuator *a, const char *name,
                     enum setting s)
{
	return nothing_waits(a) && groupfs_has(&a->layout, name, s);
}

static void pool_set(void *self, int64_t group, enum setting s, int64_t value,
                     struct turned *ret)
{
	struct linux_actuator *a = self;
	struct pooling        *p = pooling_new(a, group, s, value, run_set);

	*ret = (struct turned){ EFFECT_DENIED, TOO_MANY, value };
	if (p == NULL)
		return;
	carry_out(a, p, a->waits || is_quick(a, p->to, s), ret);
}

static int pool_get(void *self, int64_t group, enum setting s,
                    int64_t *ret_value)
{
	struct linux_actuator *a = self;
	char                   name[GROUP_TEXT_MAX], cpus[CPU_LIST_MAX];
	int64_t                value;
	int                    r;

	group_text(a->sets, group, name, sizeof name);
	r = groupfs_get(&a->layout, name, s, &value, cpus, sizeof cpus);
	if (r < 0)
		return r;
	if (setting_rows[s].type == SETTING_TYPE_CPUS)
		value = interned_read_cpus(a->sets, cpus);
	if (value < 0)
		return (int)value;
	*ret_value = value;
	return 0;
}

/* Removing waits behind a move, too. */
static int pool_drop(void *self, int64_t group)
{
	struct linux_actuator *a = self;
	char                   name[GROUP_TEXT_MAX];
	int                    r = 0;

	if (!nothing_waits(a))
		return -EBUSY;
	if (group_text(a->sets, group, name, sizeof name)[0] == '\0')
		return -EINVAL;
	for (size_t i = 0; i < a->layout.hierarchies && r == 0; i++)
		r = groupfs_remove(&a->layout, i, name);
	forget_groups(a);
	return r;
}

static bool is_among(const pid_t *pids, size_t n, pid_t pid)
{
	while (n > 0)
		if (pids[--n] == pid)
			return true;
	return false;
}

/* Who is in that group in one hierarchy, after the n that are known: how many
 * are now. */
static size_t members_in(const struct layout *l, size_t hierarchy,
                         const char *name, pid_t *ret_pids, size_t n,
                         size_t max)
{
	char   group[PATH_KEEP], path[PATH_KEEP * 2], *line = NULL;
	size_t size = 0;
	FILE  *members = NULL;

	if (groupfs_group(l, hierarchy, name, group, sizeof group) == 0 &&
	    layout_path(l, hierarchy, group, "cgroup.procs", path,
	                sizeof path) == 0)
		members = fopen(path, "re");
	while (members != NULL && n < max &&
	       getline(&line, &size, members) > 0) {
		pid_t pid = (pid_t)strtol(line, NULL, 10);

		if (pid > 0 && !is_among(ret_pids, n, pid))
			ret_pids[n++] = pid;
	}
	free(line);
	if (members != NULL)
		fclose(members);
	return n;
}

static int pool_members(void *self, int64_t group, pid_t *ret_pids, size_t max)
{
	struct linux_actuator *a = self;
	char                   name[GROUP_TEXT_MAX];
	size_t                 n = 0;

	if (group_text(a->sets, group, name, sizeof name)[0] == '\0')
		return -EINVAL;
	for (size_t i = 0; i < a->layout.hierarchies; i++)
		if (a->layout.hierarchy[i].own[0] != '\0')
			n = members_in(&a->layout, i, name, ret_pids, n, max);
	return (int)n;
}

/* Whoever asks and waits for all is who undoes for the dead. */
static int pool_list(void *self, uint64_t *cursor, int64_t *ret_groups,
                     size_t max)
{
	struct linux_actuator *a = self;
	char                   name[GROUP_TEXT_MAX];
	int64_t                group;
	size_t                 n = 0;

	if (*cursor == 0 && a->waits)
		freezer_clear(&a->layout);
	while (n < max &&
	       groupfs_nth(&a->layout, *cursor, name, sizeof name) == 0) {
		group = group_read(a->sets, name);
		if (group == -ENOMEM)
			return -ENOMEM;
		++*cursor;
		if (group >= 0)         /* else no pqs made it                */
			ret_groups[n++] = group;
	}
	return (int)n;
}

uint64_t pooling_can(const struct linux_actuator *a)
{
	uint64_t can = 0;

	for (int s = 0; s < SETTING_COUNT; s++)
		if (setting_rows[s].scope == SETTING_SCOPE_GROUP &&
		    pooling_lack(a, (enum setting)s) == NULL)
			can |= SETTING_BIT(s);
	return can;
}

static const char *pool_lacks(const struct linux_actuator *a)
{
	const struct layout *l = &a->layout;
	const char          *why = "no control groups are mounted";

	for (size_t i = 0; i < l->hierarchies; i++) {
		if (l->hierarchy[i].own[0] != '\0')
			return NULL;
		why = l->hierarchy[i].why;
	}
	return why;
}

const char *pooling_lack(const struct linux_actuator *a, enum setting s)
{
	const struct hierarchy *h;
	const char             *why;

	if (s == SETTING_pool)
		return pool_lacks(a);
	why = groupfs_lacks(&a->layout, s);
	if (why != NULL)
		return why;
	h = &a->layout.hierarchy[a->layout.of[groupfs_controller(s)]];
	return h->own[0] != '\0' ? NULL : h->why;
}

const char *pooling_inert(const struct linux_actuator *a, enum setting s,
                        int64_t value)
{
	if (setting_rows[s].scope != SETTING_SCOPE_GROUP)
		return NULL;
	if (s == SETTING_cpu_limit)
		return value >= duties_share(SHARE_HIGH)
		       ? "this machine has no more cores than that" : NULL;
	return groupfs_inert(&a->layout, s);
}

void pooling_door(struct linux_actuator *a, struct actuator *door)
{
	door->group_can = pooling_can(a);
	door->stays = pool_stays;
	door->group_set = pool_set;
	door->group_get = pool_get;
	for (size_t i = 0; i < a->layout.hierarchies; i++)
		if (!a->layout.hierarchy[i].unified)
			door->group_part = pool_part;
	door->group_drop = pool_drop;
	door->group_members = pool_members;
	door->group_list = pool_list;
}

const struct layout *linux_actuator_layout(const struct actuator *door)
{
	return &((const struct linux_actuator *)door->self)->layout;
}

void pooling_open(struct linux_actuator *a, const char *own_name)
{
	layout_none(&a->layout);
	if (own_name == NULL || own_name[0] != '\0')
		(void)layout_read("", own_name != NULL ? own_name : "pqs",
		                  &a->layout);
}

void pooling_close(struct linux_actuator *a)
{
	errands_free(a->moves);
	groupfs_leave(&a->layout);
}
