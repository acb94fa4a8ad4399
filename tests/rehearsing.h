/* rehearsing.h -- rules made in C, and somebody who answers for their
 * functions, for tests of the whole engine. */
#ifndef TESTS_REHEARSING_H
#define TESTS_REHEARSING_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/interned.h"
#include "policy/builder.h"
#include "rehearsal.h"
#include "suite.h"

#define MS     UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

/* A question being answered: looking at a fact notes that it was read. */
struct asking {
	const void    *question;
	size_t         bytes;
	uint32_t       rule;
	struct reads   sent;
	struct answer *answer;
	struct message_question head;
	struct deeds  *deeds;           /* of a handler                       */
};

/* The one who plays the worker. */
static struct troupe {
	void          *image;
	size_t         image_bytes;
	void         (*act)(struct asking *q);
	bool           silent;          /* keeps what it should have said     */
	char           kept[64][1024];
	size_t         kept_bytes[64];
	unsigned       keeps;
	unsigned       asked;
	struct limit_rates limits;
	bool           without_groups;
	uint64_t       guard_ns;
	const struct rule_source *sources;
	size_t               source_count;
	struct rule_reader   reader;
	struct reload_policy reload;
	struct reload_ears   reload_ears;
	unsigned       troubles;
	char           trouble[512];    /* the last one                       */
} troupe;

/* Those who play the workers of users. */
#define OWN_MAX 40

static struct own {
	uid_t             uid;
	void             *image;        /* NULL: why it is refused            */
	size_t            image_bytes;
	const char       *why;
	void            (*act)(struct asking *q);
	unsigned          reads;        /* how often its rules were compiled  */
	struct understudy player;
} owns[OWN_MAX];
static size_t own_count;
static enum layer building_layer = LAYER_ADMIN;

static struct rehearsal *stage;
static struct builder   *building;
static struct interned  *building_sets;

static inline int64_t ask_fact(struct asking *q, enum fact f, const char **text)
{
	struct value v = { 0 };
	int          r = question_fact(q->question, q->bytes, 0, f, &v);

	q->answer->read.task |= FACT_BIT(f);
	if (r == -ENOENT)
		q->answer->outcome = OUTCOME_NEEDS;
	if (text != NULL)
		*text = v.text;
	return r == 1 ? v.number : -1;
}

static inline int64_t ask_host(struct asking *q, enum host_fact f)
{
	int64_t v = 0;

	q->answer->read.host |= HOST_BIT(f);
	if (question_host(q->question, q->bytes, f, &v) == -ENOENT)
		q->answer->outcome = OUTCOME_NEEDS;
	return v;
}

/* Unless it needs more, that is what it wants. */
static inline void say_want(struct asking *q, enum setting s, int64_t value)
{
	if (q->answer->outcome == OUTCOME_NEEDS)
		return;
	q->answer->outcome = OUTCOME_WANT;
	want_set(&q->answer->want, s, value);
}

static inline const void *troupe_image(void *self, size_t *ret_bytes,
                                       const char **ret_why)
{
	(void)self;
	(void)ret_why;
	*ret_bytes = troupe.image_bytes;
	return troupe.image;
}

static inline int64_t troupe_answer(void *self, const void *question,
                                    size_t bytes, void *out, size_t size)
{
	static struct deeds     deeds;
	struct message_question head;
	struct answer           a = { .outcome = OUTCOME_NOTHING };
	struct asking           q = { .question = question, .bytes = bytes,
	                              .answer = &a, .deeds = &deeds };
	int64_t                 n;

	memcpy(&head, question, sizeof head);
	q.rule = head.rule;
	q.sent = head.sent;
	q.head = head;
	deeds.count = deeds.written = 0;
	troupe.asked++;
	if (self != NULL)
		((struct own *)self)->act(&q);
	else
		troupe.act(&q);
	n = answer_write(head.head.id, head.generation, head.rule, &a,
	                 head.moment == MOMENT_NONE ? NULL : &deeds, NULL,
	                 out, size);
	if (n <= 0)             /* an assert that holds allocates, too        */
		ck_abort_msg("no answer");
	if (!troupe.silent)
		return n;
	ck_assert_uint_lt(troupe.keeps, 64);
	ck_assert_int_le(n, sizeof troupe.kept[0]);
	memcpy(troupe.kept[troupe.keeps], out, (size_t)n);
	troupe.kept_bytes[troupe.keeps++] = (size_t)n;
	return 0;
}

/* Says what it kept to itself, and speaks from now on. */
static inline void troupe_speak(void)
{
	troupe.silent = false;
	for (unsigned i = 0; i < troupe.keeps; i++)
		sim_wire_send(stage->sim, troupe.kept[i], troupe.kept_bytes[i]);
	troupe.keeps = 0;
}

static inline void troupe_trouble(void *self, const char *sentence)
{
	(void)self;
	troupe.troubles++;
	snprintf(troupe.trouble, sizeof troupe.trouble, "%s", sentence);
}

/* Rules are made between rules_begin() and rules_end(). */
static inline void rules_begin(void)
{
	memset(&troupe, 0, sizeof troupe);
	building = builder_new();
	building_sets = interned_new();
	ck_assert(building != NULL && building_sets != NULL);
}

static inline uint32_t select_named(enum select kind, const char *name)
{
	builder_selector_begin(building, kind);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_text(building, name, strlen(name));
	return builder_selector_end(building);
}

static inline uint32_t select_text(enum fact f, const char *text)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, f);
	builder_text(building, text, strlen(text));
	return builder_selector_end(building);
}

static inline uint32_t select_number(enum fact f, int64_t low, int64_t high)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, f);
	builder_range(building, low, high);
	return builder_selector_end(building);
}

static inline uint32_t select_child_of(uint32_t parent)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_parent(building, parent);
	return builder_selector_end(building);
}

static inline uint32_t select_under(uint32_t ancestor)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_under(building, ancestor);
	return builder_selector_end(building);
}

static inline uint32_t select_thread_of(const char *glob, uint32_t process)
{
	builder_selector_begin(building, SELECT_THREAD);
	builder_condition(building, CONDITION_FACT, FACT_name);
	ck_assert_int_ge(builder_glob(building, glob, strlen(glob)), 0);
	builder_of(building, process);
	return builder_selector_end(building);
}

static inline uint32_t select_main_of(uint32_t process)
{
	builder_selector_begin(building, SELECT_THREAD);
	builder_condition(building, CONDITION_FACT, FACT_main);
	builder_range(building, 1, 1);
	builder_of(building, process);
	return builder_selector_end(building);
}

static inline uint32_t select_battery(void)
{
	builder_selector_begin(building, SELECT_HOST);
	builder_condition(building, CONDITION_HOST, HOST_on_battery);
	builder_range(building, 1, 1);
	return builder_selector_end(building);
}

static inline uint32_t rule_add(struct builder_rule r)
{
	int64_t index;

	r.name = r.name != NULL ? r.name : "a rule";
	r.file = r.file != NULL ? r.file : "test.c";
	r.layer = building_layer;
	index = builder_rule(building, &r, building_sets);
	ck_assert_int_ge(index, 0);
	return (uint32_t)index;
}

static inline struct builder_rule rule_of(uint32_t match)
{
	struct builder_rule r = builder_rule_empty();

	r.match = match;
	return r;
}

static inline uint32_t rule_wants(uint32_t match, uint32_t when, enum setting s,
                                  int64_t value)
{
	struct builder_rule r = rule_of(match);
	struct want         w = { 0 };

	want_set(&w, s, value);
	r.want = &w;
	r.when = when;
	return rule_add(r);
}

static inline uint32_t rule_function(uint32_t match)
{
	struct builder_rule r = rule_of(match);

	r.is_function = true;
	return rule_add(r);
}

static inline void rules_end(void (*act)(struct asking *q))
{
	char why[200] = "";

	ck_assert_msg(builder_finish(building, &troupe.image,
	                             &troupe.image_bytes, why,
	                             sizeof why) == 0, "%s", why);
	builder_free(building);
	interned_free(building_sets);
	troupe.act = act;
}

static inline const void *own_image(void *self, size_t *ret_bytes,
                                    const char **ret_why)
{
	struct own *o = self;

	o->reads++;
	*ret_bytes = o->image_bytes;
	*ret_why = o->why;
	return o->image;
}

static inline struct understudy *own_find(void *self, uid_t uid)
{
	(void)self;
	for (size_t i = 0; i < own_count; i++)
		if (owns[i].uid == uid)
			return &owns[i].player;
	return NULL;
}

static inline struct own *own_new(uid_t uid)
{
	struct own *o = &owns[own_count++];

	ck_assert_uint_le(own_count, OWN_MAX);
	*o = (struct own){ .uid = uid };
	o->player = (struct understudy){ o, own_image, troupe_answer };
	return o;
}

/* A user's rules, made like the system's and after them. */
static inline void own_begin(void)
{
	building = builder_new();
	building_sets = interned_new();
	building_layer = LAYER_USER;
	ck_assert(building != NULL && building_sets != NULL);
}

static inline void own_end(uid_t uid, void (*act)(struct asking *q))
{
	struct own *o = own_new(uid);
	char        why[200] = "";

	o->act = act;
	ck_assert_msg(builder_finish(building, &o->image, &o->image_bytes, why,
	                             sizeof why) == 0, "%s", why);
	builder_free(building);
	interned_free(building_sets);
	building_layer = LAYER_ADMIN;
}

static inline void own_refused(uid_t uid, const char *why)
{
	own_new(uid)->why = why;
}

/* The engine on its machine, with these rules in force. */
static inline void curtain_up(uint64_t seed,
                              void (*change)(void *, const struct change *))
{
	const struct rehearsal_options o = {
		.seed = seed,
		.worker = { NULL, troupe_image, troupe_answer },
		.own = own_count > 0 ? own_find : NULL,
		.ears = { .change = change, .trouble = troupe_trouble },
		.limits = troupe.limits, .guard_ns = troupe.guard_ns,
		.without_groups = troupe.without_groups,
		.sources = troupe.sources, .source_count = troupe.source_count,
		.reader = troupe.reader, .reload = troupe.reload,
		.reload_ears = troupe.reload_ears,
	};

	stage = rehearsal_new(&o);
	ck_assert_ptr_nonnull(stage);
	ck_assert_int_eq(rehearsal_settle(stage), 0);
	ck_assert_ptr_nonnull(stage->engine.voice[0].rules);
}

static inline void curtain_down(void)
{
	rehearsal_free(stage);
	free(troupe.image);
	while (own_count > 0)
		free(owns[--own_count].image);
	stage = NULL;
	troupe.image = NULL;
}

static inline void settle(void)
{
	ck_assert_int_eq(rehearsal_settle(stage), 0);
}

static inline void pass(uint64_t ns)
{
	ck_assert_int_eq(rehearsal_pass(stage, ns), 0);
}

static inline pid_t run_under(pid_t parent, const char *name, uid_t uid)
{
	const struct sim_program p = { .name = name, .uid = uid,
	                               .parent = parent };
	pid_t                    pid = sim_exec(stage->sim, &p);

	ck_assert_int_gt(pid, 0);
	return pid;
}

static inline pid_t run(const char *name)
{
	return run_under(0, name, 1000);
}

static inline int64_t knob(pid_t tid, enum setting s)
{
	int64_t value;

	ck_assert_int_eq(sim_knob(stage->sim, tid, s, &value), 0);
	return value;
}

static inline int64_t nice_of(pid_t tid)
{
	return knob(tid, SETTING_nice);
}

/* nice 5, or 15 on battery */
static inline void act_by_battery(struct asking *q)
{
	bool battery = ask_host(q, HOST_on_battery) != 0;

	say_want(q, SETTING_nice, battery ? 15 : 5);
}

/* A constant for "x", and for "x" and "f" a function. */
static inline void rules_usual(void (*act)(struct asking *q))
{
	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_timer_slack, 1000);
	rule_function(select_named(SELECT_PROCESS, "x"));
	rule_function(select_named(SELECT_PROCESS, "f"));
	rules_end(act);
	curtain_up(1, NULL);
}

#endif
