/* fact.c -- the value of a fact: known, read when first asked, or derived. */

#include "process/ending.h"
#include "process/identity.h"
#include "process/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BITS (FACT_BIT(FACT_name) | FACT_BIT(FACT_comm))
#define APP_BYTES 1024                  /* of the names of one application    */
#define CONTAINER_BYTES (NAME_KEEP / 2)

static int give_number(int64_t number, struct value *ret_value)
{
	*ret_value = (struct value){ .type = FACT_TYPE_NUMBER,
	                             .number = number };
	return 1;
}

static int give_bool(bool is, struct value *ret_value)
{
	*ret_value = (struct value){ .type = FACT_TYPE_BOOL, .number = is };
	return 1;
}

/* What is empty says nothing, and is the same as not to be had. */
static int give_text(const char *text, struct value *ret_value)
{
	if (text[0] == '\0')
		return 0;
	*ret_value = (struct value){ .type = FACT_TYPE_TEXT, .text = text,
	                             .bytes = strlen(text) };
	return 1;
}

/* An empty one may have no memory of its own. */
static int give_list(const char *list, size_t bytes, struct value *ret_value)
{
	*ret_value = (struct value){ .type = FACT_TYPE_LIST,
	                             .text = list == NULL ? "" : list,
	                             .bytes = bytes };
	return 1;
}

/* The command line without the empty arguments at its end: programs that write
 * a title over their arguments leave a tail of them. */
static size_t line_bytes(const struct facts *f)
{
	size_t n = f->cmdline == NULL ? 0 : f->cmdline_bytes;

	while (n > 1 && f->cmdline[n - 1] == '\0' && f->cmdline[n - 2] == '\0')
		n--;
	return n == 1 && f->cmdline[0] == '\0' ? 0 : n;
}

/* Copies the line with every 'from' made 'to', kept with the row. */
static char *keep_line(struct row *row, size_t bytes, char from, char to)
{
	row->line = malloc(bytes + 1);
	if (row->line == NULL)
		return NULL;
	for (size_t i = 0; i < bytes; i++) {
		char c = row->facts.cmdline[i];

		row->line[i] = c == from ? to : c;
	}
	row->line[bytes] = '\0';
	row->line_bytes = bytes;
	return row->line;
}

static bool is_one_element(const struct facts *f, size_t bytes)
{
	return memchr(f->cmdline, '\0', bytes - 1) == NULL;
}

static int give_cmdline(struct row *row, struct value *ret_value)
{
	size_t bytes = line_bytes(&row->facts);

	if (bytes == 0)
		return 0;
	if (is_one_element(&row->facts, bytes))
		return give_text(row->facts.cmdline, ret_value);
	if (row->line == NULL && keep_line(row, bytes - 1, '\0', ' ') == NULL)
		return 0;
	return give_text(row->line, ret_value);
}

/* Takes out what repeated spaces left between the words. */
static size_t drop_empty(char *list, size_t bytes)
{
	size_t used = 0;

	for (size_t i = 0; i < bytes; i++)
		if (list[i] != '\0' || (used > 0 && list[used - 1] != '\0'))
			list[used++] = list[i];
	return used;
}

static int split_words(struct row *row, size_t bytes)
{
	if (row->line != NULL)
		return 0;
	if (keep_line(row, bytes, ' ', '\0') == NULL)
		return -ENOMEM;
	row->line_bytes = drop_empty(row->line, bytes);
	return 0;
}

static int give_args(struct row *row, struct value *ret_value)
{
	const char *list = row->facts.cmdline;
	size_t      bytes = line_bytes(&row->facts);
	size_t      first;

	if (bytes == 0)
		return 0;
	if (is_one_element(&row->facts, bytes)) {
		if (split_words(row, bytes) < 0)
			return 0;
		list = row->line;
		bytes = row->line_bytes;
	}
	first = strnlen(list, bytes) + 1;
	if (first > bytes)
		return give_list("", 0, ret_value);
	return give_list(list + first, bytes - first, ret_value);
}

static int give_title(const struct facts *f, struct value *ret_value)
{
	return f->titled ? give_text(f->cmdline, ret_value) : -ENODATA;
}

static int give_known(struct row *row, enum fact fact, struct value *ret_value)
{
	const struct facts *f = &row->facts;

	switch (fact) {
	case FACT_ppid:       return give_number(f->ppid, ret_value);
	case FACT_session:    return give_number(f->session, ret_value);
	case FACT_uid:        return give_number(f->uid, ret_value);
	case FACT_gid:        return give_number(f->gid, ret_value);
	case FACT_threads:    return give_number(f->threads, ret_value);
	case FACT_start_time: return give_number(f->start_time_ns, ret_value);
	case FACT_rss:        return give_number(f->rss_bytes, ret_value);
	case FACT_cpu:        return give_number(f->cpu.rate, ret_value);
	case FACT_io_rate:    return give_number(f->io_rate.rate, ret_value);
	case FACT_name:
	case FACT_exe:
	case FACT_user:
	case FACT_group:
	case FACT_cgroup:
	case FACT_unit:
		return give_text(facts_text(f, fact), ret_value);
	case FACT_comm:       return give_text(f->comm, ret_value);
	case FACT_cmdline:    return give_cmdline(row, ret_value);
	case FACT_args:       return give_args(row, ret_value);
	case FACT_title:      return give_title(f, ret_value);
	case FACT_env:        return give_list(f->env, f->env_bytes, ret_value);
	default:              return 0;
	}
}

/* Its place is known, and is in no unit: that is an answer too. */
static bool is_outside(const struct facts *f, enum fact fact)
{
	return fact == FACT_unit && (f->known & FACT_BIT(FACT_cgroup)) != 0;
}

static bool is_known(const struct row *row, enum fact fact)
{
	return (row->facts.known & FACT_BIT(fact)) != 0;
}

/* Reads what is missing.  1 when none is any more. */
static int gather(struct table *t, struct row *row, uint64_t which)
{
	const struct facts *f = &row->facts;
	int                 r;

	if ((which & ~(f->known | f->unreadable)) == 0)
		return 1;
	r = row_read(t, row, which);
	if (r == -ESRCH || (which & ~(f->known | f->unreadable)) != 0)
		return r == -ESRCH || r == -EINPROGRESS ? r : 0;
	return 1;
}

/* What drifts was perhaps read along with something else, long ago. */
static void doubt_old(struct table *t, struct row *row, enum fact fact)
{
	uint64_t period_ns = fact_rows[fact].drift_ms * UINT64_C(1000000);
	uint64_t now_ns;

	if (period_ns == 0 || !row->task.alive || row->task.coming_ns != 0)
		return;
	now_ns = t->sensor->now_ns(t->sensor->self);
	if (now_ns - row->drift_ns >= period_ns)
		row_forget(row, facts_that_drift());
}

/* All that the same source tells is read at once. */
static int give_read(struct table *t, struct row *row, enum fact fact,
                     struct value *ret_value)
{
	uint64_t settled;

	doubt_old(t, row, fact);
	settled = row->facts.known | row->facts.unreadable;
	if ((settled & FACT_BIT(fact)) == 0) {
		int r = gather(t, row, facts_behind(fact));

		settled = row->facts.known | row->facts.unreadable;
		if (r == -ESRCH || (settled & FACT_BIT(fact)) == 0)
			return r < 0 ? r : 0;
	}
	if (row->facts.unreadable & FACT_BIT(fact))
		return is_outside(&row->facts, fact) ? -ENODATA : 0;
	return give_known(row, fact, ret_value);
}

/* Whoever wrote over its arguments took the script's name away with them. */
static int give_script(struct table *t, struct row *row,
                       struct value *ret_value)
{
	const struct facts  *f = &row->facts;
	int                  r = gather(t, row, facts_behind(FACT_script));
	struct identity_list args = { f->cmdline, line_bytes(f) };
	const char          *script;

	if (r <= 0)
		return r;
	if (!is_known(row, FACT_name) || !is_known(row, FACT_cmdline))
		return 0;
	script = f->titled || args.bytes == 0
	         ? NULL : identity_script(f->name, args);
	return script == NULL ? -ENODATA : give_text(script, ret_value);
}

static const char *text_if_known(const struct row *row, enum fact fact)
{
	return is_known(row, fact) ? facts_text(&row->facts, fact) : "";
}

static size_t app_write(const struct row *row, char *ret_list, size_t size)
{
	const struct facts   *f = &row->facts;
	struct identity_clues clues = {
		.pid = row->task.id.pid,
		.name = text_if_known(row, FACT_name),
		.exe = text_if_known(row, FACT_exe),
		.unit = text_if_known(row, FACT_unit),
		.env = { f->env, f->env_all_bytes },
	};

	if (is_known(row, FACT_cmdline) && !f->titled)
		clues.args = (struct identity_list){ f->cmdline,
		                                     line_bytes(f) };
	return identity_app(&clues, ret_list, size);
}

/* To be known as nothing takes that all was read; one name is enough to be
 * known as that. */
static int give_app(struct table *t, struct row *row, struct value *ret_value)
{
	char list[APP_BYTES];
	int  r = gather(t, row, facts_behind(FACT_app));

	if (r <= 0)
		return r;
	if (row->task.coming_ns != 0)
		return 0;               /* half of the names are none         */
	if (row->app == NULL) {
		size_t n = app_write(row, list, sizeof list);

		row->app = malloc(n + 1);
		if (row->app == NULL)
			return 0;
		memcpy(row->app, list, n);
		row->app_bytes = n;
	}
	if (row->app_bytes == 0 &&
	    !(is_known(row, FACT_env) && is_known(row, FACT_cmdline) &&
	      is_known(row, FACT_cgroup)))
		return 0;
	return give_list(row->app, row->app_bytes, ret_value);
}

static int give_container(struct table *t, struct row *row,
                          struct value *ret_value)
{
	int r = gather(t, row, facts_behind(FACT_container));

	if (r <= 0)
		return r;
	if (row->container == NULL)
		row->container = malloc(CONTAINER_BYTES);
	if (!is_known(row, FACT_cgroup) || row->container == NULL)
		return 0;
	r = identity_container(row->facts.cgroup, row->container,
	                       CONTAINER_BYTES);
	return r < 0 ? r : give_text(row->container, ret_value);
}

static int give_age(struct table *t, struct row *row, struct value *ret_value)
{
	struct value born;
	int          r = give_read(t, row, FACT_start_time, &born);
	int64_t      age;

	if (r <= 0)
		return r;
	/* The birth counts suspended time and our clock may not. */
	age = (int64_t)t->sensor->now_ns(t->sensor->self) - born.number;
	return give_number(age < 0 ? 0 : age, ret_value);
}

static int give_parent(struct table *t, struct row *row,
                       struct value *ret_value)
{
	int r = row->parent == NULL ? 0
	      : give_read(t, row->parent, FACT_name, ret_value);

	return r == 1 ? 1 : 0;
}

static int add_ancestor(struct row *row, size_t *used, const struct value *name)
{
	size_t room = *used + name->bytes + 1;

	if (room > row->ancestors_room) {
		char *more = realloc(row->ancestors, room * 2);

		if (more == NULL)
			return -ENOMEM;
		row->ancestors = more;
		row->ancestors_room = room * 2;
	}
	memcpy(row->ancestors + *used, name->text, name->bytes + 1);
	*used = room;
	return 0;
}

static int give_ancestors(struct table *t, struct row *row,
                          struct value *ret_value)
{
	struct row *up = row->parent;
	size_t      used = 0;

	for (int i = 0; i < LINEAGE_MAX && up != NULL; i++, up = up->parent) {
		struct value name;

		if (give_read(t, up, FACT_name, &name) == 1 &&
		    add_ancestor(row, &used, &name) < 0)
			return 0;
	}
	return give_list(row->ancestors, used, ret_value);
}

/* Which of the two there is depends on how it ended. */
static int give_ending(const struct row *row, enum fact fact,
                       struct value *ret_value)
{
	int         status = row->facts.exit_status;
	const char *signal = ending_signal(status);

	if ((row->facts.known & FACT_BIT(FACT_signal)) == 0)
		return 0;
	if ((fact == FACT_signal) != (signal != NULL))
		return -ENODATA;
	return fact == FACT_signal ? give_text(signal, ret_value) :
	       give_number(ending_code(status), ret_value);
}

void table_note_exit(struct table *t, struct task *who, int status)
{
	struct facts *f = &row_of(t, table_process_of(t, who)->slot)->facts;

	if (status == STATUS_UNKNOWN)
		return;
	f->exit_status = status;
	f->known |= facts_of_source(FACT_SOURCE_MOMENT);
}

static int give_focused(struct table *t, struct row *row,
                        struct value *ret_value)
{
	int r = row_focused(t, row);

	return r == 0 || r == 1 ? give_bool(r == 1, ret_value) :
	       r == -ENODATA ? 0 : r;
}

static int row_fact(struct table *t, struct row *row, enum fact fact,
                    struct value *ret_value)
{
	switch (fact) {
	case FACT_pid:
	case FACT_tid:       return give_number(row->task.id.pid, ret_value);
	case FACT_main:      return give_bool(true, ret_value);
	case FACT_parent:    return give_parent(t, row, ret_value);
	case FACT_ancestors: return give_ancestors(t, row, ret_value);
	case FACT_age:       return give_age(t, row, ret_value);
	case FACT_script:    return give_script(t, row, ret_value);
	case FACT_app:       return give_app(t, row, ret_value);
	case FACT_container: return give_container(t, row, ret_value);
	case FACT_focused:   return give_focused(t, row, ret_value);
	case FACT_signal:
	case FACT_exit_code: return give_ending(row, fact, ret_value);
	default:             return give_read(t, row, fact, ret_value);
	}
}

/* It is what the process's is, which hears of its changes. */
static int main_comm(struct table *t, struct task *who,
                     struct value *ret_value)
{
	struct row *row = row_of(t, who->parent_slot);
	int         r = row_fact(t, row, FACT_comm, ret_value);

	if (r > 0)
		memcpy(who->comm, row->facts.comm, sizeof who->comm);
	return r;
}

static int thread_comm(struct table *t, struct thread *thread,
                       struct value *ret_value)
{
	struct facts own = { 0 };
	int          r;

	if (task_id_is_main(thread->task.id))
		return main_comm(t, &thread->task, ret_value);
	if (!thread->comm_known) {
		r = t->sensor->facts(t->sensor->self, thread->task.id,
		                     FACT_BIT(FACT_comm), &own);
		t->missed |= r < 0 && r != -EINPROGRESS && r != -ESRCH;
		if (r < 0)
			return r == -ESRCH ? r : 0;
		if (own.known & FACT_BIT(FACT_comm))
			memcpy(thread->task.comm, own.comm, sizeof own.comm);
		thread->comm_known = true;
		facts_clear(&own);
	}
	return give_text(thread->task.comm, ret_value);
}

int table_fact(struct table *t, struct task *who, enum fact fact,
               struct value *ret_value)
{
	if (!task_id_is_thread(who->id))
		return row_fact(t, (struct row *)who, fact, ret_value);
	if (fact == FACT_tid)
		return give_number(task_id_known(who->id).tid, ret_value);
	if (fact == FACT_main)
		return give_bool(task_id_is_main(who->id), ret_value);
	if (FACT_BIT(fact) & NAME_BITS)
		return thread_comm(t, (struct thread *)who, ret_value);
	return row_fact(t, row_of(t, who->parent_slot), fact, ret_value);
}

static void thread_forget(struct thread *thread, uint64_t which)
{
	if ((which & NAME_BITS) == 0)
		return;
	thread->comm_known = false;
	thread->task.comm[0] = '\0';
}

void table_forget(struct table *t, struct task *who, uint64_t which)
{
	if (!task_id_is_thread(who->id)) {
		row_forget((struct row *)who, which);
		return;
	}
	thread_forget((struct thread *)who, which);
	row_forget(row_of(t, who->parent_slot), which & ~NAME_BITS);
}
