/* look.c -- filling in what is asked about a task, one read for each source.
 *
 * Every fact that is asked for ends up known, unreadable, or awaited.  Only a
 * task that is gone ends the look early, and then nothing read is believed.
 */
#include "os/linux/sensor/look.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "os/linux/group/place.h"
#include "os/unit.h"

#define EXE_FACTS   (FACT_BIT(FACT_exe) | FACT_BIT(FACT_name))
#define LINE_FACTS  (FACT_BIT(FACT_cmdline) | FACT_BIT(FACT_args) | \
                     FACT_BIT(FACT_title))
#define SECOND_NS   UINT64_C(1000000000)
#define GROUPS_BYTES 8192
#define PLACE_FACTS (FACT_BIT(FACT_cgroup) | FACT_BIT(FACT_unit))

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

static void text_tell(struct glance *g, enum fact fact, const char *text)
{
	if (wants(g, fact))
		facts_tell(g->f, fact, text);
	g->want &= ~FACT_BIT(fact);
}

static int look_id(struct glance *g)
{
	tell(g, facts_of_source(FACT_SOURCE_ID));
	return 0;
}

/* Asks aside when it takes a wait.  1, 0 or -errno. */
static int exe_ask(struct glance *g, const char *path, bool deleted)
{
	struct slow_answer answer;
	int r = procfs_exe_is_ours(g->look->procfs, g->whom.pid, path, deleted,
	                           false);

	if (r != -EAGAIN)
		return r;
	r = reader_ask(g->look->reader, g->whom, SLOW_EXE, 0, linux_now_ns(),
	               &answer);
	return r < 0 ? r : answer.result;
}

/* A path too long to be kept whole is not given in part: a cut one is another
 * file's.  Nor is one that stands for another file here; but what runs
 * elsewhere keeps its name, which anybody may give to a file anyway. */
static int exe_tell(struct glance *g, const char *path, bool deleted)
{
	int r;

	text_tell(g, FACT_name, text_base_name(path));
	if (!wants(g, FACT_exe))
		return 0;
	r = strlen(path) < PATH_KEEP ? exe_ask(g, path, deleted)
	                             : -ENAMETOOLONG;
	g->f->foreign = r == 0;
	if (r != 1)
		return hidden(g, FACT_BIT(FACT_exe), r);
	text_tell(g, FACT_exe, path);
	return 0;
}

static bool is_kernel_thread(const struct facts *f)
{
	return (f->known & FACT_BIT(FACT_start_time)) != 0 &&
	       (f->flags & PROCFS_KTHREAD) != 0;
}

/* One that is known as such has no link to look at. */
static int look_kernel_thread(struct glance *g)
{
	char name[COMM_MAX];
	int  r = procfs_comm(g->look->procfs, g->whom.pid, g->whom.pid, name,
	                     sizeof name);

	hide(g, FACT_BIT(FACT_exe));
	if (r < 0)
		return hidden(g, EXE_FACTS, r);
	text_tell(g, FACT_name, name);
	return 0;
}

/* Kernel threads run no file and go by their comm.  A zombie runs none either,
 * and for it the file's name is lost: its comm could be anything. */
static int look_exe(struct glance *g)
{
	const struct procfs *p = g->look->procfs;
	struct proc_stat     stat;
	char                 path[PATH_MAX + 1];
	bool                 deleted;
	int                  r;

	if (is_kernel_thread(g->f))
		return look_kernel_thread(g);
	r = procfs_exe(p, g->whom.pid, path, sizeof path, &deleted);

	if (r == 0)
		return exe_tell(g, path, deleted);
	if (r != -ENODATA)
		return hidden(g, EXE_FACTS, r);
	hide(g, FACT_BIT(FACT_exe));
	r = procfs_stat(p, g->whom.pid, &stat);
	if (r < 0 || (stat.flags & PROCFS_KTHREAD) == 0)
		return hidden(g, EXE_FACTS, r);
	text_tell(g, FACT_name, stat.comm);
	return 0;
}

static int look_ids(struct glance *g)
{
	struct procfs_ids ids;
	int r = procfs_ids(g->look->procfs, g->whom.pid, &ids);

	if (r < 0)
		return hidden(g, facts_of_source(FACT_SOURCE_STATUS), r);
	look_tell_ids(g->f, &ids);
	g->want &= ~facts_of_source(FACT_SOURCE_STATUS);
	return 0;
}

/* Where it would be without pqs, its own record alone tells. */
static int look_pool(struct glance *g, const char *name)
{
	text_tell(g, FACT_cgroup, name);
	hide(g, PLACE_FACTS);
	return 0;
}

/* One read for both; a place outside of every unit has only a path. */
static int look_cgroup(struct glance *g)
{
	char text[GROUPS_BYTES], path[PATH_MAX], name[NAME_KEEP];
	bool ours;
	int  r = procfs_cgroup(g->look->procfs, g->whom.pid, text, sizeof text);

	if (r < 0)
		return hidden(g, PLACE_FACTS, r);
	ours = g->look->layout != NULL &&
	       place_hide(g->look->layout, text, name, sizeof name);
	r = cgroup_choose(text, path, sizeof path);
	if (ours && (r < 0 || strcmp(path, "/") == 0))
		return look_pool(g, name);
	if (r < 0)
		return hidden(g, PLACE_FACTS, r);
	if (unit_of_cgroup(path, name, sizeof name) == 0)
		text_tell(g, FACT_unit, name);
	if (strlen(path) < PATH_KEEP)
		text_tell(g, FACT_cgroup, path);
	hide(g, PLACE_FACTS);
	return 0;
}

/* What no file here knows is asked for aside. */
static int name_ask(struct glance *g, struct users *names, enum slow_kind kind,
                    uint32_t id)
{
	struct slow_answer answer;
	int r = reader_ask(g->look->reader, g->whom, kind, id, linux_now_ns(),
	                   &answer);

	if (r < 0)
		return r;
	if (answer.result < 0)
		return answer.result;
	return users_learn(names, answer.id, answer.name);
}

/* Most names were read at start; then this is a look in a table. */
static int look_name(struct glance *g, enum fact fact, struct users *names,
                     enum slow_kind kind)
{
	const char *name;
	struct procfs_ids ids = { .uid = g->f->uid, .gid = g->f->gid };
	uint32_t    id;
	int         r = 0;

	if ((g->f->known & facts_of_source(FACT_SOURCE_STATUS)) == 0)
		r = procfs_ids(g->look->procfs, g->whom.pid, &ids);
	if (r < 0)
		return hidden(g, FACT_BIT(fact), r);
	id = kind == SLOW_USER ? ids.uid : ids.gid;
	name = users_name(names, id);
	if (name == NULL) {
		r = name_ask(g, names, kind, id);
		name = r == 0 ? users_name(names, id) : NULL;
	}
	if (name == NULL || name[0] == '\0')
		return hidden(g, FACT_BIT(fact), r);
	text_tell(g, fact, name);
	return 0;
}

static int look_user(struct glance *g)
{
	return look_name(g, FACT_user, g->look->users, SLOW_USER);
}

static int look_group(struct glance *g)
{
	return look_name(g, FACT_group, g->look->groups, SLOW_GROUP);
}

/* Never read here: the target may hold its memory lock for seconds. */
static int ask_aside(struct glance *g, enum slow_kind kind, uint64_t facts,
                     struct aside *ret)
{
	struct slow_answer answer;
	int r = reader_ask(g->look->reader, g->whom, kind, 0, linux_now_ns(),
	                   &answer);

	if (r == 0)
		r = answer.result;
	if (r < 0) {
		r = hidden(g, facts, r);
		return r < 0 ? r : -ENODATA;
	}
	*ret = answer.read;
	return 0;
}

static int look_line(struct glance *g)
{
	struct aside read;
	int          r = ask_aside(g, SLOW_ARGUMENTS, LINE_FACTS, &read);

	if (r < 0)
		return r == -ENODATA ? 0 : r;
	free(g->f->cmdline);
	g->f->cmdline = read.text;
	g->f->cmdline_bytes = read.bytes;
	g->f->titled = read.titled;
	tell(g, LINE_FACTS);
	return 0;
}

static int look_env(struct glance *g)
{
	struct aside read;
	int r = ask_aside(g, SLOW_ENVIRONMENT, FACT_BIT(FACT_env), &read);

	if (r < 0)
		return r == -ENODATA ? 0 : r;
	free(g->f->env);
	g->f->env = read.text;
	g->f->env_bytes = read.shown_bytes;
	g->f->env_all_bytes = read.bytes;
	tell(g, FACT_BIT(FACT_env));
	return 0;
}

/* Each is read for its own sake, so that one of them may be unreadable. */
static int look_slow(struct glance *g)
{
	int line = (g->want & LINE_FACTS) != 0 ? look_line(g) : 0;
	int env = wants(g, FACT_env) ? look_env(g) : 0;

	return line == -ESRCH || env == -ESRCH ? -ESRCH :
	       line < 0 ? line : env;
}

/* The two totals grow while the task lives; what they grew by since the last
 * look is told once there are two. */
static int meter_tell(struct glance *g, enum fact fact, struct meter *m,
                      uint64_t total, uint64_t scale)
{
	meter_look(m, linux_now_ns(), total, scale);
	if (m->known)
		tell(g, FACT_BIT(fact));
	else
		hide(g, FACT_BIT(fact));
	return 0;
}

static int look_meters(struct glance *g)
{
	const struct procfs *p = g->look->procfs;
	struct proc_stat     stat;
	uint64_t             bytes;
	int                  r = 0;

	if (wants(g, FACT_cpu)) {
		r = procfs_stat(p, g->whom.pid, &stat);
		r = r < 0 ? hidden(g, FACT_BIT(FACT_cpu), r)
		          : meter_tell(g, FACT_cpu, &g->f->cpu, stat.cpu_ns,
		                       100);
	}
	if (r == 0 && wants(g, FACT_io_rate)) {
		r = procfs_io(p, g->whom.pid, &bytes);
		r = r < 0 ? hidden(g, FACT_BIT(FACT_io_rate), r)
		          : meter_tell(g, FACT_io_rate, &g->f->io_rate, bytes,
		                       SECOND_NS);
	}
	return r;
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
	f->rss_bytes = (int64_t)stat.rss_bytes;
	f->flags = stat.flags;
	f->born = stat.born;
	f->start_time_ns = (int64_t)procfs_start_ns(g->look->procfs, stat.born);
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
	char name[NAME_KEEP];
	int  r = procfs_comm(g->look->procfs, g->whom.pid, g->whom.tid, name,
	                     sizeof name);

	if (r < 0)
		return hidden(g, FACT_BIT(FACT_name), r);
	text_tell(g, FACT_name, name);
	return 0;
}

/* stat comes last but for what it may save: if the task that was asked about is
 * there at the end, all before was its own. */
static const struct {
	enum fact_source source;
	int            (*look)(struct glance *g);
} sources[] = {
	{ FACT_SOURCE_ID,     look_id },
	{ FACT_SOURCE_SLOW,   look_slow },
	{ FACT_SOURCE_EXE,    look_exe },
	{ FACT_SOURCE_STATUS, look_ids },
	{ FACT_SOURCE_USER,   look_user },
	{ FACT_SOURCE_GROUP,  look_group },
	{ FACT_SOURCE_CGROUP, look_cgroup },
	{ FACT_SOURCE_METER,  look_meters },
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
	for (size_t i = 0; r == 0 && g.want != 0 && i < SOURCES; i++) {
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
