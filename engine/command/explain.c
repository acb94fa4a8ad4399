/* explain.c -- 'pqs explain': why one task is as it is, turning nothing. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cause.h"
#include "command/ask.h"
#include "command/command.h"
#include "command/explain.h"
#include "control/client.h"
#include "control/control.h"
#include "policy/named.h"

#define CPU_WAIT_NS UINT64_C(2000000000)
#define ASK_ROUNDS 64   /* answers and slow facts are waited for that often */

/* The birth is not known: whoever has the pid now is meant. */
static struct task *find_task(struct explain *x, struct task_id id)
{
	struct table *table = x->by.engine.table;
	struct task  *p = table_find(table, (struct task_id){
	                                    .pid = id.pid, .tid = id.pid });
	struct task  *thread;
	struct value  comm;

	if (p == NULL || !task_id_is_thread(id))
		return p;
	if (table_meet_thread(table, p, task_id_known(id).tid, &thread) < 0 ||
	    table_fact(table, thread, FACT_comm, &comm) == -ESRCH)
		return NULL;
	return thread;
}

static void print_want(struct explain *x, const struct want *w)
{
	char text[VALUE_TEXT_MAX];

	for (int i = 0; i < SETTING_COUNT; i++)
		if (want_has(w, (enum setting)i))
			printf("  %s = %s", setting_rows[i].name,
			       setting_print((enum setting)i, w->value[i],
			                     x->by.start.sets, text, sizeof text));
}

/* NULL: the rule matched and wants nothing at present. */
static const struct claim *claim_of(const struct explain *x, uint32_t rule)
{
	for (size_t i = 0; i < x->opinion.claims; i++)
		if (x->opinion.claim[i].rule == rule)
			return &x->opinion.claim[i];
	return NULL;
}

/* A rule that matched has a claim, or a reason why it has none. */
static void print_rule(struct explain *x, const struct voice *v,
                       uint32_t index, struct subject *about)
{
	const struct ruleset    *rules = v->rules;
	const struct image_rule *rule = ruleset_rule(rules, index);
	const struct claim      *claim = claim_of(x, rule_id(v->number, index));

	printf("  %-28s %s:%u ", ruleset_name(rules, index),
	       ruleset_file(rules, index), (unsigned)rule->line);
	if (claim != NULL)
		print_want(x, &claim->want);
	else if (rule->cap.count != 0)
		printf("  a cap");
	else if (!ruleset_when(rules, index, about))
		printf("  its 'when' does not hold");
	else if (x->opinion.sheltered && !named_exactly(rules, index))
		printf("  it names no program, as one must that reaches this");
	else if (rule->is_function)
		printf("  its function wants nothing, or failed");
	if (rule->tag != IMAGE_NONE)
		printf("  (gives a tag)");
	puts("");
}

static void print_rules_of(struct explain *x, struct voice *v,
                           const struct found *f, struct task *who)
{
	struct subject about = engine_subject(&x->by.engine, v, who);

	for (size_t i = 0; i < f->rules; i++)
		print_rule(x, v, f->rule[i], &about);
}

static void print_refused(const struct explain *x)
{
	for (int s = 0; s < SETTING_COUNT; s++)
		if ((x->opinion.refused & SETTING_BIT(s)) != 0)
			printf("  %s: not for a user's own rules to want\n",
			       setting_rows[s].name);
}

static void print_rules(struct explain *x, struct task *who)
{
	const struct opinion *o = &x->opinion;
	struct voice         *own = &x->by.engine.voice[o->voice];

	puts(o->found.rules == 0 ? "no rule matched" : "rules that matched");
	print_rules_of(x, &x->by.engine.voice[VOICE_SYSTEM], &o->found, who);
	if (o->voice == VOICE_SYSTEM || o->own.rules == 0)
		return;
	printf("rules of %s that matched\n", own->name);
	print_rules_of(x, own, &o->own, who);
	print_refused(x);
}

/* How a want comes to a task that did not match, or no longer does. */
static void print_way(const struct explain *x, const struct lease *l)
{
	const struct sensor *sensor = &x->by.engine.os->sensor;
	char                 left[32];

	if (l->reach == TARGET_TREE)
		printf("  through the tree of %d", (int)l->holder.pid);
	else if (l->reach == TARGET_UNIT)
		printf("  through its unit");
	else if (l->ends_ns == LEASE_STANDS)
		printf("  because of a child");
	if (l->ends_ns == LEASE_STANDS)
		return;
	text_print_duration((int64_t)(l->ends_ns -
	                              sensor->now_ns(sensor->self)),
	                    left, sizeof left);
	printf("  kept for another %s", left);
}

static void print_lease(void *ctx, const struct lease *l, bool inherited)
{
	struct explain         *x = ctx;
	const struct rule_label rule = engine_label(&x->by.engine, l->rule);

	(void)inherited;
	if (!x->leases)
		puts("rules that reach it");
	x->leases = true;
	printf("  %-28s %s:%u ", rule.name, rule.file, (unsigned)rule.line);
	print_want(x, &l->want);
	print_way(x, l);
	puts("");
}

/* The claims on one knob that lost, the nearest first. */
static void print_losers(struct explain *x, enum setting s, uint32_t winner)
{
	const struct opinion *o = &x->opinion;

	for (size_t i = 0; i < o->claims; i++) {
		struct want w = o->claim[i].want;
		char        text[VALUE_TEXT_MAX];

		intents_expand(&x->by.engine.intents, &w);
		if (o->claim[i].rule == winner || !want_has(&w, s))
			continue;
		printf("      over %s = %s by %s\n", setting_rows[s].name,
		       setting_print(s, w.value[s], x->by.start.sets, text,
		                     sizeof text),
		       engine_label(&x->by.engine, o->claim[i].rule).name);
	}
}

/* What the pool that it is to be in has, and not the task. */
static bool is_of_pool(const struct explain *x, enum setting s)
{
	return want_has(&x->opinion.verdict.want, SETTING_pool) &&
	       (x->by.os.actuator.group_can & SETTING_BIT(s)) != 0;
}

static const char *why_not(const struct explain *x, struct task *who,
                           enum setting s, int64_t wanted)
{
	const struct actuator *door = &x->by.os.actuator;
	const char            *why = door->lacks(door->self, s, wanted);

	if (why != NULL || door->stays == NULL ||
	    (s != SETTING_pool && !is_of_pool(x, s)))
		return why;
	return door->stays(door->self, task_id_known(who->id));
}

/* *ret_why may say why nobody can have it, where it cannot be read. */
static int read_now(const struct explain *x, struct task *who, enum setting s,
                    int64_t *ret_value, const char **ret_why)
{
	const struct actuator *door = &x->by.os.actuator;
	const struct verdict  *v = &x->opinion.verdict;
	struct task_id         unit;
	int                    r;

	if (!task_id_is_thread(who->id) &&
	    enforce_of_unit(door, who->id, v, s, &unit, ret_why))
		return door->read(door->self, unit, s, ret_value);
	if (!is_of_pool(x, s))
		return door->read(door->self, task_id_known(who->id), s,
		                  ret_value);
	r = door->group_get(door->self, v->want.value[SETTING_pool], s,
	                    ret_value);
	if (r != -ENOENT && r != -ENODATA)
		return r;
	*ret_value = VALUE_UNTOUCHED;   /* as a new one has it                */
	return 0;
}

/* What a change would do is the actuator's judgement; nothing is turned. */
static void print_effect(struct explain *x, struct task *who, enum setting s,
                         int64_t wanted)
{
	const struct actuator *door = &x->by.os.actuator;
	const char            *lacks = why_not(x, who, s, wanted);
	struct turned          t = { .effect = EFFECT_APPLIED, .why = "" };
	char                   text[VALUE_TEXT_MAX];
	int                    r;

	if (lacks != NULL) {
		printf("unsupported (%s)\n", lacks);
		return;
	}
	if (is_of_pool(x, s))
		wanted = door->means(door->self, s, wanted);
	r = read_now(x, who, s, &t.now, &lacks);
	if (r < 0) {
		if (lacks != NULL)
			printf("unsupported (%s)\n", lacks);
		else
			printf("now unknown: %s\n", strerror(-r));
		return;
	}
	if (t.now == wanted)
		t.effect = EFFECT_ALREADY;
	door->weigh(door->self, task_id_known(who->id),
	            &x->opinion.verdict.want, s, &t);
	printf("now %-14s %s%s%s%s\n",
	       setting_print(s, t.now, x->by.start.sets, text, sizeof text),
	       t.now == wanted ? "in force" : "not in force",
	       t.effect == EFFECT_INERT ? ", inert (" : "", t.why,
	       t.effect == EFFECT_INERT ? ")" : "");
}

/* Parts show in the knob that they are part of. */
static void print_setting(struct explain *x, struct task *who, enum setting s)
{
	const struct verdict *v = &x->opinion.verdict;
	char                  text[VALUE_TEXT_MAX];

	if (v->won[s] == RULE_NONE || setting_rows[s].kind == SETTING_KIND_PART)
		return;
	printf("  %-14s ", setting_rows[s].name);
	if (!want_has(&v->want, s))
		printf("left alone by ");
	else
		printf("%-14s by ", setting_print(s, v->want.value[s],
		                                  x->by.start.sets, text,
		                                  sizeof text));
	printf("%s", engine_label(&x->by.engine, v->won[s]).name);
	if (v->held[s] != RULE_NONE)
		printf(", held by %s%s",
		       v->held[s] == RULE_RIGHTS ? "" : "the cap of ",
		       engine_label(&x->by.engine, v->held[s]).name);
	printf("%s%s", (v->insist & SETTING_BIT(s)) != 0 ? ", insists" : "",
	       (v->for_good & SETTING_BIT(s)) != 0 ? ", irreversible" : "");
	/* An intent that stands for knobs shows in these. */
	if (((setting_knobs() | v->bare) & v->want.has & SETTING_BIT(s)) != 0) {
		printf(", ");
		print_effect(x, who, s, v->want.value[s]);
	} else {
		puts("");
	}
	print_losers(x, s, v->won[s]);
}

/* Values are read through a grip, so that they are this task's and not those of
 * a later one with its pid. */
static void print_settings(struct explain *x, struct task *who)
{
	const struct actuator *door = &x->by.os.actuator;
	const char            *why;

	if (door->grip(door->self,
	               table_process_of(x->by.engine.table, who)->id) < 0) {
		puts("it has just ended");
		return;
	}
	why = enforce_protected(&x->by.engine.enforcer, who);
	if (why != NULL)
		printf("protected (%s): nothing is changed\n", why);
	if (x->opinion.claims != 0)
		puts("settings");
	for (int s = 0; s < SETTING_COUNT; s++)
		print_setting(x, who, (enum setting)s);
	door->let_go(door->self);
}

/* Also those that no rule asked for: they are printed. */
static bool facts_pending(struct explain *x, struct task *who)
{
	bool pending = false;

	for (int i = 0; i < FACT_COUNT; i++) {
		struct value v;

		pending |= table_fact(x->by.engine.table, who, (enum fact)i, &v) ==
		           -EINPROGRESS;
	}
	return pending;
}

/* What the CPUs do is known once they were looked at twice. */
static bool cpu_pending(const struct explain *x)
{
	return (x->opinion.host_reads & HOST_BIT(HOST_cpu)) != 0 &&
	       !host_knows(&x->by.engine.host, HOST_cpu);
}

/* Here nothing but the machine can have news.  True: it had. */
static bool cpu_await(struct explain *x)
{
	const struct sensor *sensor = &x->by.engine.os->sensor;
	uint64_t             until_ns = sensor->now_ns(sensor->self) +
	                                CPU_WAIT_NS;
	struct event         e;

	while (cpu_pending(x)) {
		if (sensor->next(sensor->self, until_ns, &e, 1) <= 0)
			return false;
		if (e.kind == EVENT_HOST && !e.u.host.unreadable)
			host_set(&x->by.engine.host, e.u.host.fact,
			         e.u.host.value);
	}
	return true;
}

/* Judges everyone once, for lineage and tags, then asks about this one until
 * nothing is open. */
static int settle(struct explain *x, struct task_id id, struct task **ret_task)
{
	int r = 1;

	while (r > 0 && !x->by.engine.caught_up)
		r = engine_round(&x->by.engine);
	for (int i = 0; r > 0 && i < ASK_ROUNDS; i++) {
		*ret_task = find_task(x, id);
		if (*ret_task == NULL)
			return -ESRCH;
		r = engine_consider(&x->by.engine, *ret_task, &x->opinion);
		if (r < 0)
			return r;
		if (x->opinion.open != 0 || x->opinion.pending ||
		    x->opinion.loading ||
		    facts_pending(x, *ret_task))
			r = engine_round(&x->by.engine);
		else if (cpu_pending(x) && cpu_await(x))
			r = 1;
		else
			return 0;
	}
	return x->by.engine.refused ? -EINVAL : r < 0 ? r : 0;
}

static void print_json(void *ctx, const char *row)
{
	(void)ctx;
	fputs(row, stdout);
}

static int explain(struct explain *x, struct task_id id)
{
	struct task *who = NULL;
	struct value v;
	int          r = settle(x, id, &who);

	if (x->by.engine.refused)
		return EXIT_WRONG;
	if (r < 0 || who == NULL) {
		fprintf(stderr, "pqs: %d%s\n", (int)task_id_known(id).tid,
		        r == -ESRCH ?
		        ": there is no such task" : ": cannot be looked at");
		return EXIT_SYSTEM;
	}
	if (x->by.start.json)
		return control_explain(&x->by.engine, who, &x->opinion, print_json,
		                       NULL) < 0 ? EXIT_SYSTEM : EXIT_OK;
	if (table_fact(x->by.engine.table, who, FACT_name, &v) == 1)
		explain_clean(v.text, v.bytes);
	if (task_id_is_thread(id))
		printf("[%d/%d] %s thread\n", (int)id.pid,
		       (int)task_id_known(id).tid,
		       task_id_is_main(id) ? "the main" : "a");
	else
		printf("[%d]\n", (int)id.pid);
	explain_facts(x, who);
	print_rules(x, who);
	cause_each(&x->by.engine, who, print_lease, x);
	print_settings(x, who);
	return EXIT_OK;
}

/* Whoever runs a pqs of their own is asked there, by nobody else. */
static void tell_of_owner(pid_t pid)
{
	struct client c;
	struct stat   st;
	char          path[64];

	snprintf(path, sizeof path, "/proc/%d", (int)pid);
	if (stat(path, &st) < 0 || st.st_uid == 0 || st.st_uid == geteuid())
		return;
	snprintf(path, sizeof path, "/run/user/%u/pqs/control.sock",
	         (unsigned)st.st_uid);
	if (client_open(&c, path) == -EPERM)
		fprintf(stderr, "pqs: user %u runs a pqs of their own, which "
		        "may have set something of %d: it answers that user\n",
		        (unsigned)st.st_uid, (int)pid);
	client_close(&c);
}

/* By rules that are read now, with an engine of our own. */
static int explain_here(struct explain *x, struct task_id id)
{
	int code = onlooker_open(&x->by, x->by.start.rest + 1,
	                         x->by.start.rest_count - 1, NULL, x);

	if (code == EXIT_OK)
		code = explain(x, id);
	onlooker_close(&x->by);
	return code;
}

/* The running pqs knows what it did; rules that are named are
 * tried, whatever it has. */
int command_explain(int argc, char **argv)
{
	static struct explain x;
	struct task_id        id = { 0 };
	int code = start_options(&x.by.start, argc, argv);

	if (code == EXIT_OK && x.by.start.rest_count < 1)
		code = command_misused(argv[0], "whom? give a PID or PID/TID");
	else if (code == EXIT_OK && ask_task(x.by.start.rest[0], &id) < 0)
		code = command_misused(argv[0], "'%s' is no PID and no PID/TID",
		                       x.by.start.rest[0]);
	if (code != EXIT_OK)
		return code;
	if (x.by.start.rest_count == 1) {
		code = explain_live(argc, argv, id);
		if (code != EXIT_NOBODY || x.by.start.ask_at != NULL)
			return code;
		fputs("pqs: no pqs is running that could be asked: this is "
		      "what the rules in the folders of pqs.yaml would want\n",
		      stderr);
		tell_of_owner(id.pid);
	}
	return explain_here(&x, id);
}
