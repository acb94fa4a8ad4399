/* look.c -- filling in what is asked about a task, one read for each source.
 *
 * Every fact that is asked for ends up known, unreadable, or awaited.  Only a
 * task that is gone ends the look early, and then nothing read is believed.
 */
#include "os/linux/look.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define EXE_FACTS (FACT_BIT(FACT_exe) | FACT_BIT(FACT_name))

/* One look at one task. */
struct glance {
	const struct look *look;
	struct task_id     whom;
	uint64_t           want;        /* what is asked and not held yet     */
	struct facts      *f;
};

static bool wants(const struct glance *g, enum fact fact)
{
	return (g->want & FACT_BIT(fact)) != 0;
}

/* From here on these are known ... */
static void tell(struct glance *g, uint64_t which)
{
	g->f->known |= which & g->want;
	g->want &= ~which;
}

/* ... and these are not to be had. */
static void hide(struct glance *g, uint64_t which)
{
	g->f->unreadable |= which & g->want;
	g->want &= ~which;
}

/* A source that cannot be read leaves its facts unreadable; only that the task
 * is gone, or that the answer will come, ends the look at this source. */
static int hidden(struct glance *g, uint64_t which, int r)
{
	if (r == -ESRCH || r == -EINPROGRESS)
		return r;
	hide(g, which);
	return 0;
}

static int look_id(struct glance *g)
{
	tell(g, facts_of_source(FACT_SOURCE_ID));
	return 0;
}

static void name_tell(struct glance *g, const char *name)
{
	if (wants(g, FACT_name))
		(void)text_copy(g->f->name, sizeof g->f->name, name);
	tell(g, FACT_BIT(FACT_name));
}

/* A path too long to be kept whole is not given in part: a cut one is another
 * file's. */
static void exe_tell(struct glance *g, const char *path)
{
	if (strlen(path) >= sizeof g->f->exe)
		hide(g, FACT_BIT(FACT_exe));
	else if (wants(g, FACT_exe))
		(void)text_copy(g->f->exe, sizeof g->f->exe, path);
	tell(g, FACT_BIT(FACT_exe));
	name_tell(g, text_base_name(path));
}

/* Kernel threads run no file and go by their comm.  A zombie runs none either,
 * and for it the file's name is lost: its comm could be anything. */
static int look_exe(struct glance *g)
{
	const struct procfs *p = g->look->procfs;
	struct proc_stat     stat;
	char                 path[PATH_MAX + 1];
	int r = procfs_exe(p, g->whom.pid, path, sizeof path);

	if (r == 0)
		exe_tell(g, path);
	if (r != -ENODATA)
		return r == 0 ? 0 : hidden(g, EXE_FACTS, r);
	hide(g, FACT_BIT(FACT_exe));
	r = procfs_stat(p, g->whom.pid, &stat);
	if (r < 0 || (stat.flags & PROCFS_KTHREAD) == 0)
		return hidden(g, EXE_FACTS, r);
	name_tell(g, stat.comm);
	return 0;
}

/* The real ids: what the task was started as, whatever it may do now. */
static int look_ids(struct glance *g)
{
	int r = procfs_ids(g->look->procfs, g->whom.pid, &g->f->uid,
	                   &g->f->gid);

	if (r < 0)
		return hidden(g, facts_of_source(FACT_SOURCE_STATUS), r);
	tell(g, facts_of_source(FACT_SOURCE_STATUS));
	return 0;
}

/* One read for both; a place outside of every unit has only a path. */
static int look_cgroup(struct glance *g)
{
	char     path[PATH_MAX];
	uint64_t both = facts_of_source(FACT_SOURCE_CGROUP);
	int r = procfs_cgroup(g->look->procfs, g->whom.pid, path, sizeof path);

	if (r < 0)
		return hidden(g, both, r);
	if (cgroup_unit(path, g->f->unit, sizeof g->f->unit) == 0)
		tell(g, FACT_BIT(FACT_unit));
	if (strlen(path) < sizeof g->f->cgroup) {
		(void)text_copy(g->f->cgroup, sizeof g->f->cgroup, path);
		tell(g, FACT_BIT(FACT_cgroup));
	}
	hide(g, both);
	return 0;
}

/* The name of a user that no file here knows is asked for aside. */
static int user_ask(struct glance *g, uid_t uid)
{
	struct slow_answer answer;
	int r = reader_ask(g->look->reader, g->whom, SLOW_USER, uid,
	                   linux_now_ns(), &answer);

	if (r < 0)
		return r;
	if (answer.error < 0)
		return answer.error;
	return users_learn(g->look->users, answer.uid, answer.user);
}

/* Most names were read at start; then this is a look in a table. */
static int look_user(struct glance *g)
{
	const char *name;
	uid_t       uid = g->f->uid;
	gid_t       gid;
	int         r = 0;

	if ((g->f->known & FACT_BIT(FACT_uid)) == 0)
		r = procfs_ids(g->look->procfs, g->whom.pid, &uid, &gid);
	if (r < 0)
		return hidden(g, FACT_BIT(FACT_user), r);
	name = users_name(g->look->users, uid);
	if (name == NULL) {
		r = user_ask(g, uid);
		name = r == 0 ? users_name(g->look->users, uid) : NULL;
	}
	if (name == NULL || name[0] == '\0')
		return hidden(g, FACT_BIT(FACT_user), r);
	(void)text_copy(g->f->user, sizeof g->f->user, name);
	tell(g, FACT_BIT(FACT_user));
	return 0;
}

/* Never read here: the target may hold its memory lock for seconds. */
static int look_cmdline(struct glance *g)
{
	struct slow_answer answer;
	int r = reader_ask(g->look->reader, g->whom, SLOW_CMDLINE, 0,
	                   linux_now_ns(), &answer);

	if (r == 0)
		r = answer.error;
	if (r < 0)
		return hidden(g, facts_of_source(FACT_SOURCE_SLOW), r);
	free(g->f->cmdline);
	g->f->cmdline = answer.cmdline;
	g->f->cmdline_bytes = answer.cmdline_bytes;
	tell(g, facts_of_source(FACT_SOURCE_SLOW));
	return 0;
}

/* For those who ask for nothing else of stat. */
static int look_comm(struct glance *g)
{
	int r = procfs_comm(g->look->procfs, g->whom.pid, g->whom.tid,
	                    g->f->comm, sizeof g->f->comm);

	if (r < 0)
		return hidden(g, facts_of_source(FACT_SOURCE_COMM), r);
	tell(g, facts_of_source(FACT_SOURCE_COMM));
	return 0;
}

/* Holds the comm as well, and says whose facts these were. */
static int look_stat(struct glance *g)
{
	struct facts    *f = g->f;
	struct proc_stat stat;
	int r = procfs_stat(g->look->procfs, g->whom.pid, &stat);

	if (r < 0)
		return hidden(g, facts_of_source(FACT_SOURCE_STAT), r);
	if (!task_id_is_thread(g->whom) && g->whom.born != 0 &&
	    g->whom.born != stat.born)
		return -ESRCH;
	f->ppid = stat.ppid;
	f->session = stat.session;
	f->threads = stat.threads;
	f->flags = stat.flags;
	f->born = stat.born;
	f->start_time_ns = (int64_t)(stat.born * g->look->procfs->tick_ns);
	f->sched = stat.sched;
	tell(g, facts_of_source(FACT_SOURCE_STAT));
	if (wants(g, FACT_comm) && !task_id_is_thread(g->whom)) {
		(void)text_copy(f->comm, sizeof f->comm, stat.comm);
		tell(g, FACT_BIT(FACT_comm));
	}
	return 0;
}

/* The program's file name means nothing to one thread: it goes by its comm. */
static int look_thread_name(struct glance *g)
{
	int r = procfs_comm(g->look->procfs, g->whom.pid, g->whom.tid,
	                    g->f->name, sizeof g->f->name);

	if (r < 0)
		return hidden(g, FACT_BIT(FACT_name), r);
	tell(g, FACT_BIT(FACT_name));
	return 0;
}

/* stat comes last but for what it may save: if the task that was asked about is
 * there at the end, all before was its own. */
static const struct {
	enum fact_source source;
	int            (*look)(struct glance *g);
} sources[] = {
	{ FACT_SOURCE_ID,     look_id },
	{ FACT_SOURCE_SLOW,   look_cmdline },
	{ FACT_SOURCE_EXE,    look_exe },
	{ FACT_SOURCE_STATUS, look_ids },
	{ FACT_SOURCE_USER,   look_user },
	{ FACT_SOURCE_CGROUP, look_cgroup },
	{ FACT_SOURCE_STAT,   look_stat },
	{ FACT_SOURCE_COMM,   look_comm },
};

#define SOURCES (sizeof sources / sizeof *sources)

int look_at(const struct look *k, struct task_id whom, uint64_t which,
            struct facts *f)
{
	struct glance g = { k, whom, which & ~(f->known | f->unreadable), f };
	bool          waits = false;
	int           r = 0;

	if (task_id_is_thread(whom) && wants(&g, FACT_name))
		r = look_thread_name(&g);
	for (size_t i = 0; r == 0 && i < SOURCES; i++) {
		if ((g.want & facts_of_source(sources[i].source)) == 0)
			continue;
		r = sources[i].look(&g);
		if (r == -EINPROGRESS) {
			waits = true;
			r = 0;
		}
	}
	return r < 0 || !waits ? r : -EINPROGRESS;
}
