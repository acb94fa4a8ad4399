/* place.c -- where a process is among the control groups, as one text. */

#include "os/linux/place.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "os/linux/actuator.h"
#include "os/linux/freezer.h"
#include "os/linux/groupfile.h"
#include "os/linux/groupfs.h"

#define GROUP_KEEP PATH_KEEP

/* What stands for something in a place, and what would end a line. */
static bool is_plain(unsigned char c)
{
	return c > ' ' && c != ';' && c != '%' && c != 0x7f;
}

/* Where it stopped for want of room, it says -ENAMETOOLONG. */
static int text_add(char *text, size_t size, const char *name,
                    const char *group)
{
	size_t used = strlen(text);

	used += (size_t)snprintf(text + used, size - used, "%s%s%s",
	                         used > 0 ? ";" : "", name,
	                         name[0] != '\0' ? ":" : "");
	for (; *group != '\0' && used + 4 < size; group++)
		used += (size_t)snprintf(text + used, size - used,
		                         is_plain((unsigned char)*group)
		                         ? "%c" : "%%%02X",
		                         (unsigned char)*group);
	return *group != '\0' || used >= size ? -ENAMETOOLONG : 0;
}

/* The byte that two hexadecimal digits are; false when they are none. */
static bool byte_read(const char *from, char *ret_byte)
{
	char  digits[3] = { from[0], from[1], '\0' };
	char *end;

	*ret_byte = (char)strtoul(digits, &end, 16);
	return end != digits;
}

static void text_take(const char *from, size_t n, char *out, size_t size)
{
	size_t used = 0;
	char   byte;

	for (size_t i = 0; i < n && used + 1 < size; i++) {
		if (from[i] == '%' && i + 2 < n &&
		    byte_read(from + i + 1, &byte)) {
			out[used++] = byte;
			i += 2;
		} else {
			out[used++] = from[i];
		}
	}
	out[used] = '\0';
}

static bool counts(const struct hierarchy *h)
{
	return h->own[0] != '\0' && (h->unified || h->has != 0);
}

/* The one that a place names first.  A group without settings is made there, as
 * that changes nothing where both kinds are. */
static int main_of(const struct layout *l)
{
	int h = l->unified;

	if (h < 0 || !counts(&l->hierarchy[h]))
		h = l->of[CONTROLLER_CPU];
	for (size_t i = 0; h < 0 && i < l->hierarchies; i++)
		if (counts(&l->hierarchy[i]))
			h = (int)i;
	return h;
}

/* The group that a place names in one hierarchy; topmost where it names none. */
static void text_group(const struct hierarchy *h, bool main, const char *text,
                       char ret_group[GROUP_KEEP])
{
	size_t name = main ? 0 : strlen(h->name) + 1, n;

	text_copy(ret_group, GROUP_KEEP, h->top[0] != '\0' ? h->top : "/");
	for (bool first = true; *text != '\0'; first = false) {
		n = strcspn(text, ";");
		if (main ? first
		         : !first && n > name && text[name - 1] == ':' &&
		           strncmp(text, h->name, name - 1) == 0) {
			text_take(text + name, n - name, ret_group, GROUP_KEEP);
			return;
		}
		text += n + (text[n] == ';');
	}
}

/* The name of the group of ours that one is, or is below; NULL: of none. */
static const char *name_of_ours(const struct hierarchy *h, const char *group)
{
	size_t own = strlen(h->own);

	if (own == 0 || strncmp(group, h->own, own) != 0 ||
	    strncmp(group + own, "/" GROUPFS_PREFIX, 1 + sizeof GROUPFS_PREFIX
	            - 1) != 0)
		return NULL;
	return group + own + sizeof GROUPFS_PREFIX;
}

bool place_is_ours(const char *text)
{
	return text[0] != '\0' && strchr(text, '/') == NULL;
}

/* Frozen processes of others wait below our own group, and belong where they
 * came from: the topmost one. */
static int add_foreign(const struct layout *l, size_t i, const char *group,
                       char *text, size_t size)
{
	const struct hierarchy *h = &l->hierarchy[i];
	const char             *top = h->top[0] != '\0' ? h->top : "/";

	if (freezer_is(l, i, group))
		group = top;
	if ((int)i == main_of(l))
		return text_add(text, size, "", group);
	return strcmp(group, top) == 0 ? 0
	       : text_add(text, size, h->name, group);
}

static int read_groups(const struct layout *l, pid_t pid,
                       char group[HIERARCHIES_MAX][GROUP_KEEP])
{
	int r = 0;

	for (size_t i = 0; i < l->hierarchies && r == 0; i++) {
		group[i][0] = '\0';
		if (counts(&l->hierarchy[i]))
			r = layout_group_of(l, pid, i, group[i], GROUP_KEEP);
		if (r == -ENODATA)
			r = 0;
	}
	return r;
}

static int write_place(const struct layout *l,
                       char group[HIERARCHIES_MAX][GROUP_KEEP], char *text,
                       size_t size)
{
	const char *name;
	size_t       n = l->hierarchies;
	int         main = main_of(l), r = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		name = name_of_ours(&l->hierarchy[i], group[i]);
		if (name == NULL)
			continue;
		text_copy_bytes(text, size, name, strcspn(name, "/"));
		return 0;
	}
	if (main < 0 || group[main][0] == '\0')
		text_copy(text, size, "/");
	else
		r = add_foreign(l, (size_t)main, group[main], text, size);
	for (size_t i = 0; i < n && r == 0; i++)
		if ((int)i != main && group[i][0] != '\0')
			r = add_foreign(l, i, group[i], text, size);
	return r;
}

int place_read(const struct layout *l, pid_t pid, char *ret_text, size_t size)
{
	char group[HIERARCHIES_MAX][GROUP_KEEP];
	char text[GROUP_TEXT_MAX];
	int  r = read_groups(l, pid, group);

	if (r == 0)
		r = write_place(l, group, text,
		                size < sizeof text ? size : sizeof text);
	if (r == 0)
		text_copy(ret_text, size, text);
	return r;
}

/* Of "3:cpuset:/a" the hierarchy; -1: one where nobody is moved. */
static int hierarchy_of(const struct layout *l, const char *line)
{
	const char *name = strchr(line, ':');

	for (size_t i = 0; name != NULL && i < l->hierarchies; i++) {
		const struct hierarchy *h = &l->hierarchy[i];
		size_t                  n = strlen(h->name);

		if (counts(h) && strncmp(name + 1, h->name, n) == 0 &&
		    name[1 + n] == ':')
			return (int)i;
	}
	return -1;
}

/* One line that ends in NUL; false when it is to be left out. */
static bool line_hide(const struct layout *l, char *line, char *ret_name,
                      size_t size)
{
	int         i = hierarchy_of(l, line);
	char       *group = i < 0 ? NULL : strchr(strchr(line, ':') + 1, ':');
	const char *name;

	if (group == NULL)
		return true;
	name = name_of_ours(&l->hierarchy[i], ++group);
	if (name != NULL)
		text_copy_bytes(ret_name, size, name, strcspn(name, "/"));
	else if (freezer_is(l, (size_t)i, group))
		group[1] = '\0';
	return name == NULL;
}

bool place_hide(const struct layout *l, char *text, char *ret_name, size_t size)
{
	char *rest = text, *to = text, *line;

	ret_name[0] = '\0';
	if (text[0] == '\0')
		return false;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] == '\0' || !line_hide(l, line, ret_name, size))
			continue;
		memmove(to, line, strlen(line) + 1);
		to += strlen(to);
		if (rest != NULL)
			*to++ = '\n';
	}
	*to = '\0';
	return ret_name[0] != '\0';
}

/* Delegated to pqs is what is in its own unit. */
static bool is_in_our_unit(const struct layout *l,
                           char group[HIERARCHIES_MAX][GROUP_KEEP])
{
	int    main = main_of(l);
	size_t own = main < 0 ? 0 : strlen(l->hierarchy[main].own);

	return own > 0 &&
	       strncmp(group[main], l->hierarchy[main].own, own) == 0 &&
	       (group[main][own] == '/' || group[main][own] == '\0');
}

const char *place_stays(const struct layout *l, pid_t pid)
{
	char group[HIERARCHIES_MAX][GROUP_KEEP];
	int  h = l->of[CONTROLLER_CPU] >= 0 ? l->of[CONTROLLER_CPU]
	                                    : l->unified;

	if (read_groups(l, pid, group) < 0)
		return NULL;            /* it left, and is told so            */
	for (size_t i = 0; i < l->hierarchies; i++)
		if (name_of_ours(&l->hierarchy[i], group[i]) != NULL)
			return NULL;
	if (l->systemd && !is_in_our_unit(l, group))
		return "shares unit";
	return h < 0 ? NULL : groupfs_bound(l, (size_t)h, group[h]);
}

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
		bool made = counts(&l->hierarchy[i]) && is_made(l, i, name);

		anywhere |= made;
		if (made || name_of_ours(&l->hierarchy[i], t->from[i]) != NULL)
			into |= 1u << i;
	}
	if (!anywhere && into == 0) {
		if (main_of(l) < 0)
			return -EACCES;
		into = 1u << main_of(l);
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

		if (name_of_ours(h, t->from[i]) == NULL)
			continue;
		text_group(h, (int)i == main_of(t->l), place, group);
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
	int r = read_groups(t->l, t->whom.pid, t->from);

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
		const char *ours = name_of_ours(h, from[i]);

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
		old |= counts(&l->hierarchy[i]) && !l->hierarchy[i].unified;
	return old && read_groups(l, pid, group) == 0 &&
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
		text_group(&l->hierarchy[i], (int)i == main_of(l), home, group);
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
		if (i != hierarchy && counts(&l->hierarchy[i]) &&
		    is_made(l, i, name) &&
		    groupfs_group(l, i, name, there, sizeof there) == 0)
			gather_from(l, hierarchy, group, i, there);
}
