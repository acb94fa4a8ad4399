/* small_world.h -- a few tasks, and rules about them, for tests of policy. */
#ifndef SMALL_WORLD_H
#define SMALL_WORLD_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/interned.h"
#include "os/os.h"
#include "policy/builder.h"
#include "policy/ruleset.h"
#include "process/table.h"
#include "suite.h"

#define BEINGS 1000

/* Everybody there is; a thread has its process in ppid. */
static struct being {
	bool        alive, thread;
	pid_t       ppid;
	uid_t       uid;
	uint64_t    unreadable;         /* FACT_BITs                          */
	bool        slow_is_there;
	const char *name, *exe, *comm, *unit, *cgroup;
	const char *line;               /* "prog\0arg\0", as in /proc         */
	size_t      line_bytes;
	uint32_t    threads;            /* 0: 1                               */
} beings[BEINGS];

static unsigned         facts_asked[FACT_COUNT];
static uint64_t         world_ns;
static struct table    *table;
static struct builder  *builder;
static struct interned *sets;
static struct host      host;
static const struct people people = { 1000, 60000 };

static inline void give(struct facts *f, uint64_t which, enum fact fact,
                        const char *text)
{
	if ((which & FACT_BIT(fact)) != 0)
		facts_tell(f, fact, text == NULL ? "" : text);
}

static inline int world_slow(const struct being *b, struct facts *f)
{
	if (!b->slow_is_there)
		return -EINPROGRESS;
	f->cmdline = malloc(b->line_bytes + 1);
	ck_assert_ptr_nonnull(f->cmdline);
	if (b->line_bytes > 0)
		memcpy(f->cmdline, b->line, b->line_bytes);
	f->cmdline_bytes = b->line_bytes;
	f->known |= FACT_BIT(FACT_cmdline) | FACT_BIT(FACT_args);
	return 0;
}

static inline int world_facts(void *self, struct task_id whom, uint64_t which,
                              struct facts *f)
{
	const struct being *b = &beings[task_id_is_thread(whom) ? whom.tid
	                                                        : whom.pid];
	uint64_t slow = FACT_BIT(FACT_cmdline) | FACT_BIT(FACT_args);

	(void)self;
	which &= ~(f->known | f->unreadable);
	for (int i = 0; i < FACT_COUNT; i++)
		facts_asked[i] += (which & FACT_BIT(i)) != 0;
	if (!b->alive)
		return -ESRCH;
	f->unreadable |= which & b->unreadable;
	which &= ~b->unreadable;
	f->known |= which & ~slow;
	f->born = (uint64_t)whom.pid + 1;
	f->start_time_ns = (int64_t)f->born;
	f->ppid = b->ppid;
	f->uid = b->uid;
	f->threads = b->threads == 0 ? 1 : b->threads;
	snprintf(f->comm, sizeof f->comm, "%s", b->comm != NULL ? b->comm
	         : b->name == NULL ? "" : b->name);
	give(f, which, FACT_name, b->name);
	give(f, which, FACT_exe, b->exe);
	give(f, which, FACT_unit, b->unit);
	give(f, which, FACT_cgroup, b->cgroup);
	return (which & slow) == 0 ? 0 : world_slow(b, f);
}

static inline uint64_t world_now(void *self)
{
	(void)self;
	return world_ns;
}

static const struct sensor world = { .name = "small world",
                                     .facts = world_facts,
                                     .now_ns = world_now };

static inline void world_start(void)
{
	memset(beings, 0, sizeof beings);
	memset(facts_asked, 0, sizeof facts_asked);
	memset(&host, 0, sizeof host);
	host.known = HOST_BIT(HOST_memory_pressure) | HOST_BIT(HOST_on_battery);
	world_ns = 0;
	table = table_new(&world);
	builder = builder_new();
	sets = interned_new();
	ck_assert(table != NULL && builder != NULL && sets != NULL);
}

static inline void world_stop(void)
{
	table_free(table);
	builder_free(builder);
	interned_free(sets);
}

/* A process; pid 0 has no parent. */
static inline struct task *appear(pid_t pid, pid_t ppid, struct being b)
{
	struct event e = { .kind = EVENT_FORK };
	struct task *who = NULL;

	b.alive = true;
	b.ppid = ppid;
	if (b.name == NULL)
		b.name = "nobody";
	beings[pid] = b;
	e.u.task.who = (struct task_id){ .pid = pid, .tid = pid };
	e.u.task.parent = (struct task_id){ .pid = ppid, .tid = ppid };
	ck_assert_int_ge(table_update(table, &e, &who), 0);
	e.kind = EVENT_EXEC;
	ck_assert_int_eq(table_update(table, &e, &who), 1);
	return who;
}

static inline struct task *appear_thread(struct task *process, pid_t tid,
                                         const char *name)
{
	struct task *thread = NULL;

	beings[tid] = (struct being){ .alive = true, .thread = true,
	                              .ppid = process->id.pid, .name = name,
	                              .comm = name };
	ck_assert_int_ge(table_meet_thread(table, process, tid, &thread), 0);
	return thread;
}

static inline void leave(pid_t pid)
{
	struct event e = { .kind = EVENT_EXIT };
	struct task *who;

	beings[pid].alive = false;
	e.u.task.who = (struct task_id){ .pid = pid, .tid = pid };
	ck_assert_int_eq(table_update(table, &e, &who), 0);
}

/* One alternative of a field: "any", "people", "~glob", "%regex", "low..high",
 * text. */
static inline void say_alternative(bool tag, bool number, const char *text)
{
	long low, high;

	if (strcmp(text, "any") == 0)
		builder_any(builder);
	else if (tag)
		builder_tag(builder, text);
	else if (strcmp(text, "people") == 0)
		builder_people(builder);
	else if (number && sscanf(text, "%ld..%ld", &low, &high) == 2)
		builder_range(builder, low, high);
	else if (number)
		builder_range(builder, atol(text), atol(text));
	else if (*text == '%')
		builder_regex(builder, text + 1, strlen(text + 1));
	else if (*text == '~')
		ck_assert_int_eq(builder_glob(builder, text + 1,
		                              strlen(text + 1)), 0);
	else
		builder_text(builder, text, strlen(text));
}

/* Opens the condition of a field; of the machine, of a task or about its
 * settings, as the name tells.  True when it takes numbers. */
static inline bool say_subject(enum select kind, const char *field)
{
	enum host_fact of_host;
	enum setting   setting;
	enum fact      fact;

	if (strcmp(field, "tag") == 0) {
		builder_condition(builder, CONDITION_TAG, 0);
		return false;
	}
	if (strncmp(field, "env:", 4) == 0) {
		builder_env(builder, field + 4, strlen(field + 4));
		return false;
	}
	if (kind == SELECT_HOST) {
		ck_assert_int_eq(host_find(field, &of_host), 0);
		builder_condition(builder, CONDITION_HOST, of_host);
		return true;
	}
	if (fact_find(field, &fact) == 0) {
		builder_condition(builder, CONDITION_FACT, fact);
		return fact_is_number(fact);
	}
	ck_assert_int_eq(setting_find(field, &setting), 0);
	builder_condition(builder, CONDITION_SETTING, setting);
	return true;
}

/* "name=a|~b*": one field with its alternatives. */
static inline void say_field(enum select kind, char *field)
{
	char *value = strchr(field, '='), *rest;
	bool  number, tags;

	ck_assert_ptr_nonnull(value);
	*value++ = '\0';
	tags = strcmp(field, "tag") == 0 || strcmp(field, "running") == 0;
	number = say_subject(kind, field);
	for (char *one = strtok_r(value, "|", &rest); one != NULL;
	     one = strtok_r(NULL, "|", &rest))
		say_alternative(tags, number, one);
}

struct inside {
	uint32_t of, under, parent;     /* selectors plus 1; 0: none          */
	uint64_t lasting_ns;
};

/* A selector from "name=a|~b* uid=people tag=x", and those inside it. */
static inline uint32_t pick_with(enum select kind, const char *fields,
                                 struct inside in)
{
	char *copy = strdup(fields), *rest;

	ck_assert_ptr_nonnull(copy);
	builder_selector_begin(builder, kind);
	for (char *field = strtok_r(copy, " ", &rest); field != NULL;
	     field = strtok_r(NULL, " ", &rest))
		say_field(kind, field);
	if (in.of != 0)
		builder_of(builder, in.of - 1);
	if (in.under != 0)
		builder_under(builder, in.under - 1);
	if (in.parent != 0)
		builder_parent(builder, in.parent - 1);
	builder_lasting(builder, in.lasting_ns);
	free(copy);
	return builder_selector_end(builder);
}

static inline uint32_t pick(enum select kind, const char *fields)
{
	return pick_with(kind, fields, (struct inside){ .of = 0 });
}

static inline struct builder_rule rule_for(const char *name, uint32_t match)
{
	struct builder_rule r = builder_rule_empty();

	r.name = name;
	r.file = "test.lua";
	r.line = 1;
	r.layer = LAYER_ADMIN;
	r.match = match;
	return r;
}

static inline uint32_t rule_add(struct builder_rule r)
{
	int64_t n = builder_rule(builder, &r, sets);

	ck_assert_int_ge(n, 0);
	return (uint32_t)n;
}

/* A rule about processes, by fields alone. */
static inline uint32_t rule_say(const char *name, const char *fields)
{
	return rule_add(rule_for(name, pick(SELECT_PROCESS, fields)));
}

static inline void *image_finish(size_t *ret_bytes)
{
	char  why[200] = "";
	void *image = NULL;

	ck_assert_msg(builder_finish(builder, &image, ret_bytes, why,
	                             sizeof why) == 0, "%s", why);
	ck_assert_msg(image_check(image, *ret_bytes, why, sizeof why) == 0,
	              "%s", why);
	return image;
}

static inline struct ruleset *rules_finish(void)
{
	size_t          bytes;
	void           *image = image_finish(&bytes);
	struct ruleset *rs = NULL;

	ck_assert_int_eq(ruleset_new(image, bytes, 1, sets, &rs), 0);
	free(image);
	return rs;
}

static inline struct subject about(struct task *who)
{
	return (struct subject){ .table = table, .task = who, .host = &host,
	                         .people = &people };
}

static inline struct found look_up(struct ruleset *rs, struct task *who)
{
	struct subject s = about(who);
	struct found   f;

	ck_assert_int_eq(ruleset_lookup(rs, &s, &f), 0);
	return f;
}

static inline bool was_found(const struct found *f, uint32_t rule)
{
	for (size_t i = 0; i < f->rules; i++)
		if (f->rule[i] == rule)
			return true;
	return false;
}

static inline bool finds(struct ruleset *rs, struct task *who, uint32_t rule)
{
	struct found f = look_up(rs, who);

	return was_found(&f, rule);
}

/* The one rule there is, looked up for one task; frees the rules. */
static inline bool matches(uint32_t selector, struct task *who)
{
	uint32_t        rule = rule_add(rule_for("only", selector));
	struct ruleset *rs = rules_finish();
	bool            found = finds(rs, who, rule);

	ruleset_free(rs);
	return found;
}

/* Each test in a world of its own; what main() returns. */
static inline int world_run(const char *name, const TTest *const *tests,
                            size_t n)
{
	return run_between(name, tests, n, world_start, world_stop);
}

#endif
