/* reading.c -- what the table has read of a task: when anew, and from whom. */

#include "process/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/unit.h"

#define PF_KTHREAD 0x00200000u          /* in the kernel's word of flags      */

#define EXE_BITS     (FACT_BIT(FACT_name) | FACT_BIT(FACT_exe))
#define LINE_BITS    (FACT_BIT(FACT_cmdline) | FACT_BIT(FACT_args) | \
                      FACT_BIT(FACT_title))
#define ENV_BITS     FACT_BIT(FACT_env)
#define PROGRAM_BITS (EXE_BITS | FACT_BIT(FACT_comm) | LINE_BITS | ENV_BITS)
#define OWNER_BITS   (FACT_BIT(FACT_uid) | FACT_BIT(FACT_user) | \
                      FACT_BIT(FACT_gid) | FACT_BIT(FACT_group))
#define PLACE_BITS   (FACT_BIT(FACT_cgroup) | FACT_BIT(FACT_unit))
/* Each of them a text of its own. */
#define TEXT_BITS    (EXE_BITS | PLACE_BITS | FACT_BIT(FACT_user) | \
                      FACT_BIT(FACT_group))

/* What no sensor is asked for: it follows from other facts, or from the row. */
#define UNREAD_BITS  (FACT_BIT(FACT_pid) | FACT_BIT(FACT_tid) | \
                      FACT_BIT(FACT_main) | FACT_BIT(FACT_age) | \
                      FACT_BIT(FACT_parent) | FACT_BIT(FACT_ancestors) | \
                      FACT_BIT(FACT_focused) | FACT_BIT(FACT_script) | \
                      FACT_BIT(FACT_app) | FACT_BIT(FACT_container) | \
                      FACT_BIT(FACT_signal) | FACT_BIT(FACT_exit_code))

/* A program writes its title soon after its start, if it ever does. */
static const uint64_t title_steps_ns[] = {
	UINT64_C(10000000), UINT64_C(100000000), UINT64_C(1000000000),
};

#define TITLE_STEPS (sizeof title_steps_ns / sizeof *title_steps_ns)

uint64_t facts_behind(enum fact fact)
{
	switch (fact) {
	case FACT_cmdline:
	case FACT_args:
	case FACT_title:     return LINE_BITS;
	case FACT_env:       return ENV_BITS;
	/* The path alone is compared with the file, which is not for free. */
	case FACT_name:      return FACT_BIT(FACT_name);
	case FACT_exe:       return EXE_BITS;
	case FACT_script:    return LINE_BITS | FACT_BIT(FACT_name);
	case FACT_app:
		return LINE_BITS | EXE_BITS | ENV_BITS | PLACE_BITS;
	case FACT_container:
	case FACT_focused:   return PLACE_BITS;
	case FACT_parent:
	case FACT_ancestors: return FACT_BIT(FACT_name);
	default:
		return facts_of_source(fact_rows[fact].source) & ~UNREAD_BITS;
	}
}

static uint64_t settled(const struct facts *f)
{
	return f->known | f->unreadable;
}

/* Birth is part of the identity: another one means another process. */
int row_identify(struct row *row)
{
	if ((row->facts.known & FACT_BIT(FACT_start_time)) == 0)
		return 0;
	if (row->task.id.born == 0)
		row_born(row, row->facts.born);
	return row->task.id.born == row->facts.born ? 0 : -ESRCH;
}

void table_on_home(struct table *t,
                   int (*home)(void *ctx, struct task_id whom,
                               const char *group, char *ret_place,
                               size_t size), void *ctx)
{
	t->home = home;
	t->home_ctx = ctx;
}

static int home_of(struct table *t, struct row *row, char *ret_path,
                   size_t size)
{
	char place[GROUP_TEXT_MAX];
	int  r;

	if (row->task.id.born == 0) {
		r = row_read(t, row, FACT_BIT(FACT_start_time));
		if (r < 0)
			return r;
	}
	r = t->home == NULL ? -ENODATA
	    : t->home(t->home_ctx, row->task.id, row->facts.cgroup, place,
	              sizeof place);
	return r < 0 ? r : cgroup_of_place(place, ret_path, size);
}

/* Rules see where a task is without pqs. */
static void look_home(struct table *t, struct row *row)
{
	struct facts *f = &row->facts;
	char          path[PATH_KEEP], unit[NAME_KEEP];

	if ((f->known & FACT_BIT(FACT_cgroup)) == 0 || f->cgroup[0] == '/')
		return;
	if (home_of(t, row, path, sizeof path) < 0) {
		f->known &= ~PLACE_BITS;
		f->unreadable |= PLACE_BITS;
		return;
	}
	f->known &= ~PLACE_BITS;
	f->unreadable &= ~PLACE_BITS;
	facts_tell(f, FACT_cgroup, path);
	if (unit_of_cgroup(path, unit, sizeof unit) == 0)
		facts_tell(f, FACT_unit, unit);
	else
		f->unreadable |= FACT_BIT(FACT_unit);
}

/* Whether it runs what it ran when it was met. */
static bool is_as_met(const struct row *row)
{
	return row->met && row->program_ns == row->met_ns;
}

/* Long running: its title was written long ago. */
void row_date(struct row *row)
{
	const struct facts *f = &row->facts;

	if (f->known & FACT_BIT(FACT_start_time) && is_as_met(row) &&
	    (uint64_t)f->start_time_ns < row->met_ns)
		row->program_ns = (uint64_t)f->start_time_ns;
}

/* The command line of an old program is not doubted. */
static uint64_t age_behind(const struct row *row, uint64_t which)
{
	return (which & LINE_BITS) != 0 && is_as_met(row)
	       ? FACT_BIT(FACT_start_time) : 0;
}

int row_read(struct table *t, struct row *row, uint64_t which)
{
	const struct sensor *door = t->sensor;
	int                  r;

	which |= age_behind(row, which);
	which &= ~UNREAD_BITS & ~settled(&row->facts);
	if (which == 0 || !row->task.alive)
		return 0;
	if ((which & LINE_BITS) != 0 && !row->line_asked) {
		row->line_asked = true;
		row->line_ns = door->now_ns(door->self);
	}
	if ((which & facts_that_drift()) != 0)
		row->drift_ns = door->now_ns(door->self);
	r = door->facts(door->self, row->task.id, which, &row->facts);
	t->missed |= r < 0 && r != -EINPROGRESS && r != -ESRCH;
	if (r < 0 && r != -EINPROGRESS)
		return r;
	if (row_identify(row) < 0) {
		row_forget(row, ~UINT64_C(0));  /* they were another's        */
		return -ESRCH;
	}
	row_date(row);
	if ((which & PLACE_BITS) != 0)
		look_home(t, row);
	return r;
}

/* What was derived goes with what it was derived from, and the other way round:
 * whoever doubts it wants to know anew. */
void row_forget(struct row *row, uint64_t which)
{
	if (which & (LINE_BITS | FACT_BIT(FACT_script) | FACT_BIT(FACT_app))) {
		free(row->line);
		row->line = NULL;
		row->line_asked = row->line_doubted = false;
		which |= LINE_BITS;     /* all are one text                   */
	}
	if (which & FACT_BIT(FACT_app))
		which |= ENV_BITS;
	if (which & facts_behind(FACT_app)) {
		free(row->app);
		row->app = NULL;
	}
	facts_forget(&row->facts, which);
}

/* What a process keeps through an exec is its birth and its owner; a new owner
 * is an event of its own. */
void row_forget_program(struct row *row)
{
	row_forget(row, ~(FACT_BIT(FACT_start_time) | OWNER_BITS));
}

void row_forget_owner(struct row *row)
{
	row_forget(row, OWNER_BITS);
}

bool row_is_kernel_thread(const struct row *row)
{
	return (row->facts.flags & PF_KTHREAD) != 0;
}

/* Without a program's file to be named after, the kernel's name is the name. */
void row_forget_comm(struct row *row)
{
	uint64_t which = FACT_BIT(FACT_comm);

	if (row_is_kernel_thread(row) ||
	    row->facts.unreadable & FACT_BIT(FACT_exe))
		which |= FACT_BIT(FACT_name);
	row_forget(row, which);
}

/* Their parent died, and the kernel gave them another. */
void children_forget_ppid(struct row *row)
{
	struct row *child;

	for (child = row->children; child != NULL; child = child->next)
		row_forget(child, FACT_BIT(FACT_ppid));
}

static char *copy_bytes(const char *bytes, size_t n)
{
	char *copy = bytes == NULL ? NULL : malloc(n + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, bytes, n);
	copy[n] = '\0';
	return copy;
}

/* A child that does not exec has its parent's memory: the same arguments, and
 * the same title until it writes one of its own. */
static void inherit_line(struct row *child, const struct facts *from)
{
	struct facts *to = &child->facts;

	to->cmdline = copy_bytes(from->cmdline, from->cmdline_bytes);
	if (to->cmdline == NULL)
		return;
	to->cmdline_bytes = from->cmdline_bytes;
	to->titled = from->titled;
	to->known |= LINE_BITS;
	child->line_asked = true;
	child->line_ns = child->program_ns;
}

static void inherit_env(struct facts *to, const struct facts *from)
{
	to->env = copy_bytes(from->env, from->env_all_bytes);
	if (to->env == NULL && from->env != NULL)
		return;
	to->env_bytes = from->env_bytes;
	to->env_all_bytes = from->env_all_bytes;
	to->known |= ENV_BITS;
}

static void inherit_texts(struct facts *to, const struct facts *from,
                          uint64_t which)
{
	for (int f = 0; f < FACT_COUNT; f++)
		if ((from->known & which & TEXT_BITS & FACT_BIT(f)) != 0)
			facts_tell(to, (enum fact)f,
			           facts_text(from, (enum fact)f));
}

void row_inherit(const struct table *t, struct row *child,
                 const struct row *parent)
{
	const struct facts *from = &parent->facts;
	struct facts       *to = &child->facts;
	uint64_t            which = t->keep &
		(PROGRAM_BITS | OWNER_BITS | PLACE_BITS);

	/* It was born of what its parent still was. */
	if (parent->task.coming_ns != 0)
		which &= PLACE_BITS;
	if ((settled(from) & which) == 0)
		return;
	to->known = from->known & which & ~(LINE_BITS | ENV_BITS | TEXT_BITS);
	to->unreadable = from->unreadable & which;
	to->uid = from->uid;
	to->gid = from->gid;
	to->uids_differ = from->uids_differ;
	to->foreign = from->foreign;
	memcpy(to->comm, from->comm, sizeof to->comm);
	inherit_texts(to, from, which);
	if (from->known & which & LINE_BITS && from->cmdline != NULL)
		inherit_line(child, from);
	if (from->known & which & ENV_BITS)
		inherit_env(to, from);
}

/* Of a program that does not run yet. */
#define UNTOLD_BITS (FACT_BIT(FACT_comm) | LINE_BITS | ENV_BITS | \
                     FACT_BIT(FACT_threads))

void table_coming(struct table *t, struct task *who, const struct facts *coming,
                  uint64_t until_ns)
{
	struct row   *row = (struct row *)who;
	struct facts *f = &row->facts;
	uint64_t      ids = coming->unreadable & OWNER_BITS;

	(void)t;
	row_forget_program(row);
	row_forget(row, ids);
	inherit_texts(f, coming, EXE_BITS);
	f->foreign = coming->foreign;
	f->unreadable |= (EXE_BITS & ~coming->known) | UNTOLD_BITS | ids |
	                 facts_that_drift();
	row->task.coming_ns = until_ns;
}

void table_stays(struct table *t, struct task *who)
{
	struct row *row = (struct row *)who;

	row->task.coming_ns = 0;
	row_forget_program(row);
	row_forget(row, row->facts.unreadable & OWNER_BITS);
	row_read(t, row, t->keep);
}

/* The old line stands until the new one is here. */
void row_renew(struct table *t, struct row *row)
{
	const struct sensor *door = t->sensor;
	struct facts         fresh = { 0 };
	struct facts        *f = &row->facts;

	if (!row->line_doubted || !row->task.alive)
		return;
	if (door->facts(door->self, row->task.id, LINE_BITS, &fresh) < 0)
		return;                 /* not yet, or gone                   */
	row->line_doubted = false;
	if ((fresh.known & FACT_BIT(FACT_cmdline)) == 0) {
		facts_clear(&fresh);
		return;
	}
	row_forget(row, LINE_BITS);
	row->line_asked = true;
	f->cmdline = fresh.cmdline;
	f->cmdline_bytes = fresh.cmdline_bytes;
	f->titled = fresh.titled;
	f->known |= LINE_BITS;
}

uint64_t table_unsettled_ns(const struct table *t, const struct task *who)
{
	const struct row *row = (const struct row *)who;

	(void)t;
	if (task_id_is_thread(who->id) || (row->facts.known & LINE_BITS) == 0)
		return 0;
	for (size_t i = 0; i < TITLE_STEPS; i++)
		if (row->line_ns < row->program_ns + title_steps_ns[i])
			return row->program_ns + title_steps_ns[i];
	return 0;
}

void table_settle(struct table *t, struct task *who)
{
	uint64_t    now_ns = t->sensor->now_ns(t->sensor->self);
	uint64_t    due_ns = table_unsettled_ns(t, who);
	struct row *row = (struct row *)who;

	if (due_ns == 0 || due_ns > now_ns)
		return;
	row->line_ns = now_ns;
	row->line_doubted = true;
	row_renew(t, row);
}

bool table_missed(struct table *t)
{
	bool missed = t->missed;

	t->missed = false;
	return missed;
}

void table_keep_facts(struct table *t, uint64_t lineage)
{
	struct row *row;
	uint32_t    slot = 0;

	t->keep = 0;
	for (int f = 0; f < FACT_COUNT; f++)
		if ((lineage & FACT_BIT(f)) != 0)
			t->keep |= facts_behind((enum fact)f);
	if (t->keep == 0)
		return;
	while ((row = row_next(t, &slot)) != NULL)
		row_read(t, row, t->keep);
}
