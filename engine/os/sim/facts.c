/* facts.c -- what the simulated kernel tells of its tasks and of itself. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "os/sim/machine.h"

#define PF_KTHREAD 0x00200000u
#define LINE_BITS  (FACT_BIT(FACT_cmdline) | FACT_BIT(FACT_args) | \
                    FACT_BIT(FACT_title))
#define SLOW_BITS  (LINE_BITS | FACT_BIT(FACT_env))

/* What is known is not told again: it would hide that nobody forgot it. */
static bool wants(const struct facts *f, uint64_t which, enum fact fact)
{
	return which & ~(f->known | f->unreadable) & FACT_BIT(fact);
}

/* Empty is the same as unreadable, as the real readers have it. */
static void tell_text(struct facts *f, uint64_t which, enum fact fact,
                      const char *text)
{
	if (!wants(f, which, fact))
		return;
	if (text[0] == '\0')
		f->unreadable |= FACT_BIT(fact);
	else
		facts_tell(f, fact, text);
}

static void tell_comm(struct facts *f, uint64_t which, const char *comm)
{
	uint64_t bit = FACT_BIT(FACT_comm);

	if (!wants(f, which, FACT_comm))
		return;
	text_copy(f->comm, sizeof f->comm, comm);
	*(comm[0] == '\0' ? &f->unreadable : &f->known) |= bit;
}

/* Who changed the uid since has no name of the program's choosing. */
static void tell_user(const struct being *b, uint64_t which, struct facts *f)
{
	char name[NAME_KEEP / 4];

	if (!wants(f, which, FACT_user))
		return;
	if (b->program->user[0] != '\0' && b->program->uid == b->uid)
		text_copy(name, sizeof name, b->program->user);
	else if (b->uid == 0)
		text_copy(name, sizeof name, "root");
	else
		snprintf(name, sizeof name, "user%u", (unsigned)b->uid);
	tell_text(f, which, FACT_user, name);
}

static void tell_group(const struct being *b, uint64_t which, struct facts *f)
{
	char name[NAME_KEEP / 4];

	if (!wants(f, which, FACT_group))
		return;
	if (b->program->group[0] != '\0' && b->program->gid == b->gid)
		text_copy(name, sizeof name, b->program->group);
	else if (b->gid == 0)
		text_copy(name, sizeof name, "root");
	else
		snprintf(name, sizeof name, "group%u", (unsigned)b->gid);
	tell_text(f, which, FACT_group, name);
}

/* As they were set; no second look is needed. */
static void tell_meters(const struct being *b, uint64_t which, struct facts *f)
{
	f->cpu.rate = b->cpu;
	f->io_rate.rate = b->io_rate;
	f->known |= which & facts_of_source(FACT_SOURCE_METER);
}

/* All facts of one file of /proc at once, as one reading gives them. */
static void tell_stat(const struct strand *strand, uint64_t which,
                      struct facts *f)
{
	const struct being *b = strand->being;
	uint64_t            all = facts_of_source(FACT_SOURCE_STAT);

	if ((which & all) == 0)
		return;
	f->ppid = b->parent == NULL ? 0 : b->parent->id.pid;
	f->session = b->session->key.pid;
	f->threads = b->strand_count;
	f->rss_bytes = b->rss_bytes;
	f->flags = b->flags;
	f->born = b->id.born;
	f->start_time_ns = (int64_t)b->id.born;
	f->sched = strand->value[SETTING_sched];
	f->known |= which & all;
}

static void tell_owner(const struct being *b, uint64_t which, struct facts *f)
{
	if (wants(f, which, FACT_uid))
		f->uid = b->uid, f->uids_differ = b->uids_differ;
	if (wants(f, which, FACT_gid))
		f->gid = b->gid;
	f->known |= which & (FACT_BIT(FACT_uid) | FACT_BIT(FACT_gid));
	tell_user(b, which, f);
	tell_group(b, which, f);
}

/* A kernel thread and a thread go by their comm. */
static void tell_program(const struct strand *strand, uint64_t which,
                         struct facts *f)
{
	const struct being   *b = strand->being;
	const struct program *p = b->program;
	bool                  own = b->flags & PF_KTHREAD ||
	                            strand != b->strands;

	tell_comm(f, which, strand->comm);
	tell_text(f, which, FACT_name, own ? strand->comm : p->name);
	tell_text(f, which, FACT_exe,
	          b->flags & PF_KTHREAD || p->foreign ? "" : p->exe);
	if (which & FACT_BIT(FACT_exe))
		f->foreign = p->foreign;
	if (strchr(b->group->text, '/') == NULL) {
		tell_text(f, which, FACT_cgroup, b->group->text);
		tell_text(f, which, FACT_unit, "");
		return;
	}
	tell_text(f, which, FACT_cgroup, p->cgroup);
	tell_text(f, which, FACT_unit, p->unit);
}

/* At any moment up to the longest delay: what waits for it must not count on an
 * order. */
static int ask_slow(struct sim *s, struct being *b)
{
	struct parcel p = { .kind = PARCEL_FACTS, .life = b->life };
	uint64_t      at_ns = s->now_ns + sim_random(s, s->delay_ns);
	int           r;

	if (b->slow == SLOW_ASKED)
		return -EINPROGRESS;
	p.event.kind = EVENT_FACTS;
	p.event.u.task.who = b->id;
	r = queue_post(s, at_ns, &p);
	if (r < 0)
		return r;
	b->slow = SLOW_ASKED;
	return -EINPROGRESS;
}

void facts_arrive(struct sim *s, struct being *b)
{
	(void)s;
	b->slow = SLOW_HERE;
}

static int tell_line(const struct being *b, uint64_t which, struct facts *f)
{
	const struct text *line = b->title != NULL ? b->title
	                                           : b->program->line;

	if ((which & LINE_BITS) == 0)
		return 0;
	if (b->flags & PF_KTHREAD || line->bytes == 0) {
		f->unreadable |= which & LINE_BITS;
		return 0;
	}
	free(f->cmdline);
	f->cmdline = malloc(line->bytes);
	if (f->cmdline == NULL)
		return -ENOMEM;
	memcpy(f->cmdline, line->at, line->bytes);
	f->cmdline_bytes = line->bytes;
	f->titled = b->title != NULL;
	f->known |= which & LINE_BITS;
	return 0;
}

static bool is_named(const char *entry, const char *name)
{
	size_t n = strlen(name);

	return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

static bool is_asked(const struct sim *s, const char *entry)
{
	const struct text *names = s->env_names;
	const char        *name = names == NULL ? "" : names->at;
	const char        *end = names == NULL ? name : name + names->bytes;

	for (; name < end; name += strlen(name) + 1)
		if (is_named(entry, name))
			return true;
	return false;
}

static bool tells_app(const char *entry)
{
	for (size_t i = 0; i < APP_ENV_NAMES; i++)
		if (is_named(entry, app_env_names[i]))
			return true;
	return false;
}

/* Copies the entries that are asked for, or those of the others that tell the
 * app; returns their bytes. */
static size_t env_copy(const struct sim *s, const struct text *env, bool asked,
                       char *to)
{
	size_t used = 0;

	for (size_t at = 0; at < env->bytes; at += strlen(env->at + at) + 1) {
		size_t n = strlen(env->at + at) + 1;
		bool   is = is_asked(s, env->at + at);

		if (asked ? !is : is || !tells_app(env->at + at))
			continue;
		memcpy(to + used, env->at + at, n);
		used += n;
	}
	return used;
}

static int tell_env(const struct sim *s, const struct being *b, uint64_t which,
                    struct facts *f)
{
	const struct text *env = b->program->env;

	if ((which & FACT_BIT(FACT_env)) == 0)
		return 0;
	free(f->env);
	f->env = malloc(env->bytes + 1);
	if (f->env == NULL)
		return -ENOMEM;
	f->env_bytes = env_copy(s, env, true, f->env);
	f->env_all_bytes = f->env_bytes +
	                   env_copy(s, env, false, f->env + f->env_bytes);
	f->known |= FACT_BIT(FACT_env);
	return 0;
}

/* What has come is there for one reading, as from a reader on the side. */
static int tell_slow(struct sim *s, struct being *b, uint64_t which,
                     struct facts *f)
{
	int r;

	which &= SLOW_BITS & ~(f->known | f->unreadable);
	if (which == 0)
		return 0;
	if ((b->flags & PF_KTHREAD || (b->title == NULL &&
	     b->program->line->bytes == 0)) && (which & ~LINE_BITS) == 0)
		return tell_line(b, which, f);
	if (b->slow != SLOW_HERE)
		return ask_slow(s, b);
	b->slow = SLOW_NONE;
	r = tell_line(b, which, f);
	return r < 0 ? r : tell_env(s, b, which, f);
}

int sim_title(struct sim *s, pid_t pid, const char *title)
{
	struct being *b = being_find(s, (struct task_id){ .pid = pid });
	struct text  *text;

	if (b == NULL)
		return -ESRCH;
	text = text_new(&title, 1);
	if (text == NULL)
		return -ENOMEM;
	text_leave(b->title);
	b->title = text;
	return 0;
}

int sim_fact(struct sim *s, pid_t pid, enum fact fact, int64_t number)
{
	struct being *b = being_find(s, (struct task_id){ .pid = pid });

	if (b == NULL)
		return -ESRCH;
	switch (fact) {
	case FACT_rss:     b->rss_bytes = number; return 0;
	case FACT_cpu:     b->cpu = number; return 0;
	case FACT_io_rate: b->io_rate = number; return 0;
	default:           return -EINVAL;
	}
}

static int sim_facts(void *self, struct task_id whom, uint64_t which,
                     struct facts *f)
{
	struct sim    *s = self;
	int            r = sim_call(s, SIM_FACTS);
	struct being  *b = being_find(s, whom);
	struct strand *strand = strand_find(s, whom.tid);

	if (r < 0)
		return r;
	if (b == NULL || strand == NULL || strand->being != b)
		return -ESRCH;
	tell_stat(strand, which, f);
	tell_owner(b, which, f);
	tell_program(strand, which, f);
	tell_meters(b, which & ~(f->known | f->unreadable), f);
	return tell_slow(s, b, which, f);
}

/* The process with the least pid at or above the cursor; NULL at the end. */
static const struct being *being_from(const struct sim *s, uint64_t *cursor)
{
	const struct strand *strand;

	while (*cursor < SIM_PIDS &&
	       (strand = strand_from(s, (pid_t)*cursor)) != NULL) {
		*cursor = (uint64_t)strand->tid + 1;
		if (strand->tid == strand->being->id.pid)
			return strand->being;
	}
	return NULL;
}

/* Pids only, as a directory has them. */
static int sim_list(void *self, uint64_t *cursor, struct task_id *ret_tasks,
                    size_t max)
{
	const struct being *b;
	size_t              n = 0;
	int                 r = sim_call(self, SIM_LIST);

	if (r < 0)
		return r;
	while (n < max && (b = being_from(self, cursor)) != NULL)
		ret_tasks[n++] = (struct task_id){ .pid = b->id.pid,
		                                   .tid = b->id.pid };
	return (int)n;
}

size_t sim_living(const struct sim *s, pid_t *ret_pids, size_t max)
{
	const struct being *b;
	uint64_t            cursor = 0;
	size_t              n = 0;

	while (n < max && (b = being_from(s, &cursor)) != NULL)
		ret_pids[n++] = b->id.pid;
	return n;
}

/* The least tid of the process at or above. */
static const struct strand *strand_of_from(const struct being *b, uint64_t tid)
{
	const struct strand *strand, *least = NULL;

	for (strand = b->strands; strand != NULL; strand = strand->next)
		if ((uint64_t)strand->tid >= tid &&
		    (least == NULL || strand->tid < least->tid))
			least = strand;
	return least;
}

static int sim_threads(void *self, pid_t pid, uint64_t *cursor, pid_t *ret_tids,
                       size_t max)
{
	const struct strand *strand;
	int                  r = sim_call(self, SIM_THREADS);
	const struct being  *b = being_find(self, (struct task_id){
	                                          .pid = pid, .tid = pid });
	size_t               n = 0;

	if (r < 0)
		return r;
	if (b == NULL)
		return -ESRCH;
	while (n < max && (strand = strand_of_from(b, *cursor)) != NULL) {
		*cursor = (uint64_t)strand->tid + 1;
		ret_tids[n++] = strand->tid;
	}
	return (int)n;
}

static int sim_thread_start(void *self, struct task_id thread,
                            uint64_t *ret_ns)
{
	struct task_id id = task_id_known(thread);
	int            r = sim_call(self, SIM_FACTS);
	struct strand *strand = strand_find(self, id.tid);

	if (r < 0)
		return r;
	if (strand == NULL || strand->being->id.pid != id.pid)
		return -ESRCH;
	*ret_ns = strand->born_ns;
	return 0;
}

/* What is watched bounds what is told, as with the real sensor. */
static int sim_watch(void *self, const struct interest *what)
{
	struct sim  *s = self;
	int          r = sim_call(s, SIM_WATCH);
	struct text *names = r < 0 ? NULL
	                           : text_new(what->env, what->env_count);

	if (r < 0)
		return r;
	if (names == NULL)
		return -ENOMEM;
	text_leave(s->env_names);
	s->env_names = names;
	host_watch(s, what);
	s->interest.env = NULL;                 /* ours now                   */
	s->interest.env_count = 0;
	return 0;
}

static uint64_t sim_now(void *self)
{
	return sim_now_ns(self);
}

/* The machine outlives its doors. */
static void sim_close(void *self)
{
	(void)self;
}

void facts_door(struct sim *s, struct sensor *ret_sensor)
{
	*ret_sensor = (struct sensor){
		.name = "sim", .self = s, .watch = sim_watch,
		.list = sim_list, .threads = sim_threads,
		.thread_start = sim_thread_start, .facts = sim_facts,
		.host = host_now, .now_ns = sim_now, .close = sim_close,
	};
}
