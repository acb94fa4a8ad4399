/* units.c -- settings of whole systemd units, set by systemd itself. */

#include "os/linux/actuator/units.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/actuator/units_message.h"
#include "os/linux/group/groupfile.h"
#include "os/linux/group/groupfs.h"
#include "os/linux/linux.h"
#include "os/unit.h"

/* No task has it, and no session. */
#define KEY_PID (-INT_MAX)
/* Beyond what the program waits itself. */
#define GRACE_MS 1000
#define CONTROLS "/run/systemd/system.control"

struct known {
	uint64_t sum;                   /* of the name; 0: nobody is here     */
	char     unit[UNIT_NAME_MAX];
	char     group[PATH_KEEP];      /* as seen last; "": never            */
};

struct units {
	const struct layout *layout;
	const char          *address;
	bool                 there;     /* the program                        */
	struct known         known[UNITS_MAX];
	/* Of whoever carries out orders. */
	pid_t                pid;       /* 0: it does not run                 */
	int                  fd, pidfd;
	struct units_question question;
	struct units_answer   answer;
};

struct units *units_new(const struct layout *l, const char *address)
{
	struct units *u = calloc(1, sizeof *u);
	char          path[PATH_KEEP];

	if (u == NULL)
		return NULL;
	u->layout = l;
	u->address = address;
	u->fd = u->pidfd = -1;
	u->there = linux_find_program("pqs-units", path, sizeof path) == 0;
	return u;
}

static void program_end(struct units *u)
{
	if (u->pid == 0)
		return;
	close(u->fd);
	kill(u->pid, SIGKILL);
	while (waitpid(u->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(u->pidfd);
	u->pid = 0;
	u->fd = u->pidfd = -1;
}

void units_free(struct units *u)
{
	if (u == NULL)
		return;
	program_end(u);
	free(u);
}

const char *units_lack(const struct units *u, enum setting s)
{
	if (!u->layout->systemd)
		return "no systemd runs here";
	if (geteuid() != 0)
		return "systemd changes units for root alone";
	if (!u->there)
		return "built without libsystemd";
	return groupfs_lacks(u->layout, s);
}

static uint64_t sum_of(const char *unit)
{
	return text_sum(unit, strlen(unit)) | 1;
}

static struct task_id key_of(uint64_t sum)
{
	return (struct task_id){ KEY_PID, KEY_PID, sum };
}

bool units_is_key(struct task_id key)
{
	return key.pid == KEY_PID;
}

static struct known *known_find(struct units *u, uint64_t sum)
{
	for (size_t i = 0; i < UNITS_MAX; i++)
		if (u->known[i].sum == sum)
			return &u->known[i];
	return NULL;
}

/* Where systemd has its units. */
static int hierarchy_of(const struct layout *l)
{
	return l->unified >= 0 ? l->unified : l->of[CONTROLLER_CPU];
}

/* A group is removed with its last process. */
static bool is_running(const struct units *u, const char *group)
{
	char path[PATH_KEEP * 2];
	int  h = hierarchy_of(u->layout);

	return group[0] != '\0' && h >= 0 &&
	       layout_path(u->layout, (size_t)h, group, "", path,
	                   sizeof path) == 0 && access(path, F_OK) == 0;
}

/* Who does not run any more makes room. */
static struct known *known_room(struct units *u)
{
	struct known *k = known_find(u, 0);

	for (size_t i = 0; k == NULL && i < UNITS_MAX; i++)
		if (!is_running(u, u->known[i].group))
			k = &u->known[i];
	return k;
}

static struct known *known_meet(struct units *u, const char *unit)
{
	uint64_t      sum = sum_of(unit);
	struct known *k = known_find(u, sum);

	if (k == NULL)
		k = known_room(u);
	if (k != NULL && k->sum != sum) {
		memset(k, 0, sizeof *k);
		k->sum = sum;
		text_copy(k->unit, sizeof k->unit, unit);
	}
	return k;
}

/* A pqs before this one may have set it, and it has stopped since: then there
 * is a folder for what was set of it. */
static struct known *known_recall(struct units *u, struct task_id key)
{
	struct known  *k = known_find(u, key.born);
	char           path[PATH_KEEP * 2], unit[NAME_MAX + 1];
	struct dirent *e;
	DIR           *d;

	if (k != NULL)
		return k;
	snprintf(path, sizeof path, "%s" CONTROLS, u->layout->root);
	d = opendir(path);
	while (d != NULL && k == NULL && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);

		if (n <= 2 || n - 2 >= UNIT_NAME_MAX ||
		    strcmp(e->d_name + n - 2, ".d") != 0)
			continue;
		text_copy_bytes(unit, sizeof unit, e->d_name, n - 2);
		if (sum_of(unit) == key.born)
			k = known_meet(u, unit);
	}
	if (d != NULL)
		closedir(d);
	return k;
}

static bool ends_in(const char *text, size_t n, const char *end)
{
	size_t tail = strlen(end);

	return n > tail && memcmp(text + n - tail, end, tail) == 0;
}

/* How far the path of a group goes to the unit that systemd itself knows it by:
 * the outermost service or scope, or the last of slices; 0: to none. */
static size_t reach_of_system(const char *group)
{
	size_t end = 0, n;

	for (size_t at = 0; group[at] != '\0'; at += n) {
		at += strspn(group + at, "/");
		n = strcspn(group + at, "/");
		if (ends_in(group + at, n, ".service") ||
		    ends_in(group + at, n, ".scope"))
			return at + n;
		if (!ends_in(group + at, n, ".slice"))
			break;
		end = at + n;
	}
	return end;
}

/* Cuts a group down to its unit.  Why it may not be touched; NULL: it may. */
static const char *unit_of_group(char *group, char *ret_unit, size_t size)
{
	char        innermost[UNIT_NAME_MAX];
	const char *name;
	size_t      end = reach_of_system(group);

	if (end == 0)
		return "it is in no unit";
	if (unit_of_cgroup(group, innermost, sizeof innermost) < 0)
		return "its unit's name is too long";
	group[end] = '\0';
	name = text_base_name(group);
	if (strcmp(name, innermost) != 0)
		return "its unit is not the system's but a user's";
	if (strcmp(name, "init.scope") == 0)
		return "it is systemd's own unit";
	/* A name like one of the kernel's files has that before it. */
	text_copy(ret_unit, size, name + (name[0] == '_'));
	return NULL;
}

static bool is_own(const struct units *u, int h, const char *group)
{
	char   own[PATH_KEEP];
	size_t n = strlen(group);

	return layout_group_of(u->layout, 0, (size_t)h, own, sizeof own) == 0 &&
	       strncmp(own, group, n) == 0 &&
	       (own[n] == '\0' || own[n] == '/');
}

/* With groups below, others may be in these. */
static bool is_alone(const struct units *u, int h, const char *group, pid_t pid)
{
	char           folder[PATH_KEEP * 2], pids[64];
	char          *rest;
	struct dirent *e;
	DIR           *d;
	bool           below = false;

	if (layout_path(u->layout, (size_t)h, group, "", folder,
	                sizeof folder) < 0 ||
	    groupfile_read(folder, "cgroup.procs", pids, sizeof pids) <= 0 ||
	    strtol(pids, &rest, 10) != pid || rest[strspn(rest, "\n")] != '\0')
		return false;
	d = opendir(folder);
	while (d != NULL && !below && (e = readdir(d)) != NULL)
		below = e->d_type == DT_DIR && e->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return d != NULL && !below;
}

int units_key(struct units *u, pid_t pid, struct task_id *ret_key,
              bool *ret_alone, const char **ret_why)
{
	char          group[PATH_KEEP], unit[UNIT_NAME_MAX];
	int           h = hierarchy_of(u->layout), r;
	struct known *k;

	*ret_why = "no control groups are mounted";
	if (h < 0)
		return -ENODATA;
	r = layout_group_of(u->layout, pid, (size_t)h, group, sizeof group);
	if (r == -ESRCH)
		return r;
	*ret_why = r < 0 ? "it is in no unit"
	                 : unit_of_group(group, unit, sizeof unit);
	if (*ret_why == NULL && is_own(u, h, group))
		*ret_why = "it is pqs's own unit";
	if (*ret_why != NULL)
		return -ENODATA;
	k = known_meet(u, unit);
	*ret_why = "too many units have settings of ours";
	if (k == NULL)
		return -ENODATA;
	text_copy(k->group, sizeof k->group, group);
	*ret_key = key_of(k->sum);
	*ret_alone = is_alone(u, h, group, pid);
	return 0;
}

int units_read(struct units *u, struct task_id key, enum setting s,
               int64_t *ret_value, char *ret_text, size_t size)
{
	struct known *k = known_recall(u, key);
	int           r;

	if (k == NULL || k->group[0] == '\0')
		return -ENODATA;
	r = groupfs_value_of(u->layout, k->group, s, ret_value, ret_text, size);
	if (r == -ENOENT)
		k->group[0] = '\0';
	return r == -ENOENT ? -ENODATA : r;
}

int units_order(struct units *u, struct task_id key, enum setting s,
                int64_t value, const char *cpus, struct unit_order *ret_order)
{
	struct known *k = known_recall(u, key);

	if (k == NULL)
		return -ENODATA;
	*ret_order = (struct unit_order){ .setting = s, .value = value,
	                                  .cpus = cpus };
	text_copy(ret_order->unit, sizeof ret_order->unit, k->unit);
	text_copy(ret_order->group, sizeof ret_order->group, k->group);
	return 0;
}

static int program_start(struct units *u)
{
	int r = 0;

	if (u->pid == 0)
		r = linux_spawn_units(u->address, &u->fd, &u->pidfd, &u->pid);
	if (r < 0)
		u->pid = 0;
	return r;
}

static int await_answer(struct units *u)
{
	struct pollfd p = { .fd = u->fd, .events = POLLIN };
	int           r;

	do
		r = poll(&p, 1, UNIT_CALL_MS + GRACE_MS);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return -ETIMEDOUT;
	return recv(u->fd, &u->answer, sizeof u->answer, 0) ==
	       (ssize_t)sizeof u->answer ? u->answer.error : -EPIPE;
}

/* A program that does not answer is not asked again. */
static int ask(struct units *u)
{
	int r = program_start(u);

	if (r < 0)
		return r;
	if (send(u->fd, &u->question, sizeof u->question, MSG_NOSIGNAL) !=
	    (ssize_t)sizeof u->question)
		r = -EPIPE;
	else
		r = await_answer(u);
	if (r == -EPIPE || r == -ETIMEDOUT)
		program_end(u);
	return r;
}

static void question_fill(struct units *u, const struct unit_order *o)
{
	struct units_question *q = &u->question;

	memset(q, 0, sizeof *q);
	q->setting = o->setting;
	q->deadline_ms = UNIT_CALL_MS;
	text_copy(q->unit, sizeof q->unit, o->unit);
	text_copy(q->group, sizeof q->group, o->group);
	q->value.number = o->value;
	if (setting_rows[o->setting].type == SETTING_TYPE_CPUS)
		(void)interned_list_bits(o->cpus, q->value.cpus);
	if (groupfs_is_usual(u->layout, o->group, o->setting, o->value,
	                     o->cpus))
		q->value.number = VALUE_UNTOUCHED;
}

static void say_refused(int error, struct turned *ret)
{
	ret->effect = EFFECT_DENIED;
	switch (error) {
	case -ENOTCONN:
		ret->why = "systemd cannot be reached over D-Bus";
		break;
	case -ESRCH:
		ret->why = "its unit is gone";
		break;
	case -EACCES:
	case -EPERM:
		ret->why = "systemd refuses it";
		break;
	case -ETIMEDOUT:
		ret->why = "systemd does not answer";
		break;
	case -EOPNOTSUPP:
		ret->effect = EFFECT_UNSUPPORTED;
		ret->why = "this systemd has no such property";
		break;
	case -EINVAL:
		ret->effect = EFFECT_UNSUPPORTED;
		ret->why = "systemd takes no such value";
		break;
	default:
		ret->why = "pqs-units does not run";
	}
}

const char *units_try(struct units *u)
{
	struct turned t = { EFFECT_APPLIED, NULL, 0 };
	int           r;

	t.why = units_lack(u, SETTING_weight);
	if (t.why != NULL)
		return t.why;
	memset(&u->question, 0, sizeof u->question);
	u->question.setting = UNITS_HELLO;
	u->question.deadline_ms = UNIT_CALL_MS;
	r = ask(u);
	if (r < 0)
		say_refused(r, &t);
	return t.why;
}

/* What the kernel has now; a unit without a group has what systemd took.  What
 * came to nothing is taken back, as nobody would remember it. */
static void read_back(struct units *u, const struct unit_order *o,
                      int64_t before, struct turned *ret)
{
	struct unit_order back = *o;
	char              text[CPU_LIST_MAX];
	int64_t           now = o->value;

	*ret = (struct turned){ EFFECT_APPLIED, "", o->value };
	if (o->group[0] == '\0' ||
	    setting_rows[o->setting].type == SETTING_TYPE_CPUS ||
	    groupfs_value_of(u->layout, o->group, o->setting, &now, text,
	                     sizeof text) < 0)
		return;
	ret->now = now;
	if (now != o->value)
		ret->why = "the kernel kept it within bounds";
	if (now == before && now == o->value)
		ret->effect = EFFECT_ALREADY;
	if (now != before || now == o->value)
		return;
	*ret = (struct turned){ EFFECT_UNSUPPORTED, "systemd took it, but the "
	                        "unit's group has no such controller", before };
	back.value = before;
	question_fill(u, &back);
	(void)ask(u);
}

/* A unit may stop between the order and the question: then it is asked about
 * its next life.  *ret_gone: it has none, and nothing was kept for one. */
static int ask_of_unit(struct units *u, const struct unit_order *o,
                       bool *ret_gone)
{
	int r;

	question_fill(u, o);
	r = ask(u);
	*ret_gone = r == -ESRCH && !is_running(u, o->group);
	if (!*ret_gone || o->group[0] == '\0')
		return r;
	u->question.group[0] = '\0';
	r = ask(u);
	*ret_gone = r == -ESRCH;
	return r;
}

bool units_carry_out(struct units *u, const struct unit_order *o,
                     struct turned *ret)
{
	char    text[CPU_LIST_MAX];
	int64_t before = VALUE_UNTOUCHED;
	bool    gone;
	int     r;

	(void)groupfs_value_of(u->layout, o->group, o->setting, &before, text,
	                       sizeof text);
	r = ask_of_unit(u, o, &gone);
	*ret = (struct turned){ gone ? EFFECT_GONE : EFFECT_DENIED, "",
	                        before };
	if (r == 0)
		read_back(u, o, before, ret);
	else if (!gone)
		say_refused(r, ret);
	return r != -ETIMEDOUT && r != -EPIPE;
}
