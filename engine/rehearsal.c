/* rehearsal.c -- an engine on a simulated machine. */

#include "rehearsal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/interned.h"
#include "policy/question.h"

#define BOOT          "0f1e2d3c-rehearsal"
#define MS            UINT64_C(1000000)
#define SINCE_BOOT_NS (1000 * MS)       /* no engine runs from the first on   */
#define ROUNDS_MAX    100000            /* without an end to them: a circle   */
#define QUIET_ROUNDS  2                 /* the first may have asked something */

static void refuse(struct rehearsal *r, uint32_t wire, const char *why)
{
	struct message head = { .kind = MESSAGE_REFUSED };
	char           text[4096];
	size_t         n = strnlen(why, sizeof text - sizeof head);

	memcpy(text, &head, sizeof head);
	memcpy(text + sizeof head, why, n);
	sim_own_send(r->sim, wire, text, sizeof head + n);
}

static void hand_image(struct rehearsal *r, uint32_t wire,
                       struct understudy *w)
{
	struct message head = { .kind = MESSAGE_IMAGE };
	const char    *why = "there are no rules";
	size_t         bytes = 0;
	const void    *image = w == NULL ? NULL :
	                       w->image(w->self, &bytes, &why);
	char          *text;

	if (image == NULL) {
		refuse(r, wire, why);
		return;
	}
	text = malloc(sizeof head + bytes);
	if (text == NULL)
		return;                 /* the engine will not wait for ever  */
	memcpy(text, &head, sizeof head);
	memcpy(text + sizeof head, image, bytes);
	sim_own_send(r->sim, wire, text, sizeof head + bytes);
	free(text);
}

static void hand_answer(struct rehearsal *r, uint32_t wire,
                        struct understudy *w, const void *question,
                        size_t bytes)
{
	int64_t n = w == NULL ? 0 : w->answer(w->self, question, bytes,
	                                      r->answer, sizeof r->answer);

	if (n > 0)
		sim_own_send(r->sim, wire, r->answer, (size_t)n);
}

static struct understudy *player_of(struct rehearsal *r, uint32_t wire)
{
	uint32_t voice = wire_voice(wire);

	if (voice == VOICE_SYSTEM)
		return &r->options.worker;
	return r->options.own(r->options.worker.self,
	                      r->engine.voice[voice].uid);
}

static void worker_hears(void *ctx, uint32_t wire, const void *bytes, size_t n)
{
	struct rehearsal  *r = ctx;
	struct message     head;

	assert(r != NULL);
	if (n < sizeof head)
		return;
	memcpy(&head, bytes, sizeof head);
	r->wire = wire;
	if (head.kind == MESSAGE_COMPILE)
		hand_image(r, wire, player_of(r, wire));
	else if (head.kind == MESSAGE_QUESTION)
		hand_answer(r, wire, player_of(r, wire), bytes, n);
}

/* As pqs.yaml has it when nothing is written there, but for the limits of
 * changes: what rules say is rehearsed, and time may stand still. */
static struct engine_options usual(const struct rehearsal *r)
{
	struct engine_options o = {
		.os = &r->os, .journal = r->journal, .sets = r->sets,
		.people = { .low = 1000, .high = 60000 },
		.users = r->options.own != NULL,
		.realtime_share = 5000,
		.answer_wait_ns = 20 * MS, .fork_settle_ns = 20 * MS,
		.worker = {
			.question_cpu_ns = 50 * MS,
			.question_wall_ns = 2000 * MS,
			.load_wall_ns = 20000 * MS,
			.back_off_ns = 1000 * MS,
			.strikes = 3,
		},
		.ears = r->options.ears,
		.limits = r->options.limits,
		.sources = r->options.sources,
		.source_count = r->options.source_count,
		.last_generation = r->options.last_generation,
		.reader = r->options.reader,
		.reload = r->options.reload,
		.reload_ears = r->options.reload_ears,
		.keeper = r->options.keeper, .core = r->options.core,
	};

	intents_default(&o.intents);
	return o;
}

static int start(struct rehearsal *r)
{
	struct engine_options o;
	int s = journal_open(&r->os.store, BOOT, r->sets, &r->journal);

	if (s < 0)
		return s;
	o = usual(r);
	return engine_open(&r->engine, &o);
}

static void stop(struct rehearsal *r)
{
	if (r->engine.os != NULL)
		engine_close(&r->engine);
	journal_close(r->journal);
	r->journal = NULL;
}

/* What was on its way is heard by nobody. */
static void wait_until(struct rehearsal *r, uint64_t ns)
{
	const struct sensor *door = &r->os.sensor;
	struct event         unheard[16];

	sim_until(r->sim, ns);
	while (door->next(door->self, UINT64_MAX, unheard, 16) > 0)
		continue;
}

struct rehearsal *rehearsal_new(const struct rehearsal_options *o)
{
	struct rehearsal *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->options = *o;
	r->sets = interned_new();
	if (r->sets != NULL)
		r->sim = sim_new(o->seed, r->sets);
	if (r->sim != NULL) {
		sim_guard(r->sim, o->guard_ns);
		sim_with_groups(r->sim, !o->without_groups);
		sim_os(r->sim, &r->os);
		sim_on_message(r->sim, worker_hears, r);
		wait_until(r, SINCE_BOOT_NS);
	}
	if (r->sim == NULL || start(r) < 0) {
		rehearsal_free(r);
		return NULL;
	}
	return r;
}

void rehearsal_free(struct rehearsal *r)
{
	if (r == NULL)
		return;
	stop(r);
	sim_free(r->sim);
	interned_free(r->sets);
	free(r);
}

int rehearsal_restart(struct rehearsal *r)
{
	stop(r);
	sim_revive(r->sim);
	wait_until(r, sim_now_ns(r->sim));
	return start(r);
}

/* What moves when the engine does something. */
static uint64_t doings(const struct rehearsal *r)
{
	const struct engine_counts *n = &r->engine.counts;

	return n->events + n->judged + n->asked;
}

/* A sweep that waits for the first rules is not under way. */
static bool is_sweeping(const struct rehearsal *r)
{
	return r->engine.voice[VOICE_SYSTEM].rules != NULL &&
	       sweep_active(&r->engine.sweep);
}

/* Rounds until that moment has come and nothing moves any more. */
static int run(struct rehearsal *r, uint64_t until_ns)
{
	int quiet = 0, s = 1;

	sim_until(r->sim, until_ns);
	for (int i = 0; s > 0 && quiet < QUIET_ROUNDS; i++) {
		uint64_t before = doings(r), before_ns = sim_now_ns(r->sim);

		s = engine_round(&r->engine);
		if (sim_now_ns(r->sim) != before_ns)
			i = 0;
		else if (i == ROUNDS_MAX)
			return -ELOOP;
		quiet = doings(r) != before || is_sweeping(r) ||
		        sim_now_ns(r->sim) < until_ns ? 0 : quiet + 1;
	}
	return s < 0 ? s : s == 0;
}

int rehearsal_settle(struct rehearsal *r)
{
	return run(r, sim_now_ns(r->sim));
}

int rehearsal_pass(struct rehearsal *r, uint64_t ns)
{
	int s = rehearsal_settle(r);

	return s != 0 ? s : run(r, sim_now_ns(r->sim) + ns);
}

static struct task *process_find(struct rehearsal *r, struct task_id whom)
{
	whom.tid = whom.pid;
	return table_find(r->engine.table, whom);
}

int rehearsal_look(struct rehearsal *r, struct task_id whom,
                   struct opinion *ret_opinion)
{
	struct table  *table = r->engine.table;
	struct task   *process = process_find(r, whom), *who = process;
	struct tag_set tags, own;
	int            met = 0, s;

	if (process != NULL && task_id_is_thread(whom))
		met = table_meet_thread(table, process,
		                        task_id_known(whom).tid, &who);
	if (process == NULL || met < 0 ||
	    r->engine.voice[VOICE_SYSTEM].rules == NULL)
		return -ESRCH;
	tags = who->tags;
	own = who->own_tags;
	s = engine_consider(&r->engine, who, ret_opinion);
	engine_tag(&r->engine, &r->engine.voice[VOICE_SYSTEM], who, &tags);
	if (voice_of_task(&r->engine, who) != NULL)
		engine_tag(&r->engine, voice_of_task(&r->engine, who), who,
		           &own);
	if (met > 0)
		table_drop_thread(table, who);
	return s;
}

static const struct hold *hold_of_thread(struct rehearsal *r,
                                         struct task_id whom, enum setting s)
{
	const struct hold *own = journal_find(r->journal, whom, s);
	int64_t            value;

	if (own != NULL || !task_id_is_thread(whom) ||
	    sim_knob(r->sim, task_id_known(whom).tid, s, &value) < 0)
		return own;
	return journal_kin(r->journal, KIN_OF_ANY, whom, s, value);
}

bool rehearsal_holds(struct rehearsal *r, struct task_id whom, enum setting s)
{
	const struct actuator *door = &r->os.actuator;
	const struct task     *process = process_find(r, whom);
	struct task_id         key;

	if (process == NULL)
		return false;
	whom.born = process->id.born;
	if (setting_rows[s].scope == SETTING_SCOPE_THREAD)
		return hold_of_thread(r, whom, s) != NULL;
	return door->scope_key(door->self, process->id, s, &key) == 0 &&
	       journal_find(r->journal, key, s) != NULL;
}

const char *rehearsal_protected(struct rehearsal *r, struct task_id whom)
{
	struct actuator *door = &r->os.actuator;
	struct task     *process = process_find(r, whom);
	const char      *why;
	struct value     unused;

	if (process == NULL ||
	    table_fact(r->engine.table, process, FACT_ppid, &unused) < 0 ||
	    door->grip(door->self, process->id) < 0)
		return NULL;
	why = enforce_protected(&r->engine.enforcer, process);
	door->let_go(door->self);
	return why;
}
