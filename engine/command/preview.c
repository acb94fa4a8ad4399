/* preview.c -- 'pqs preview': what rules would change, touching nothing.
 *
 * They are loaded into an engine that observes: it judges everything that runs,
 * reads the present value of each setting that somebody wants, and says what it
 * would turn.
 */

#include "command/preview.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "command/command.h"
#include "judge.h"
#include "model/interned.h"

#define ASK_ROUNDS 4096 /* answers and slow facts are waited for that often   */

static char *copy(struct preview *p, const char *text)
{
	char *c = text == NULL ? NULL : strdup(text);

	p->out_of_memory |= text != NULL && c == NULL;
	return c;
}

static bool make_room(struct preview *p)
{
	struct difference *more;

	if (p->count >= DIFFERENCES_KEPT) {
		p->left_out++;
		return false;
	}
	more = list_grow(p->difference, p->count, &p->room, sizeof *more, 256);
	if (more == NULL) {
		p->out_of_memory = true;
		return false;
	}
	p->difference = more;
	return true;
}

void preview_add(struct preview *p, const struct difference *d)
{
	struct difference *kept;

	if (!make_room(p))
		return;
	kept = &p->difference[p->count];
	*kept = *d;
	kept->number = p->count++;
	kept->name = copy(p, d->name);
	kept->before = copy(p, d->before);
	kept->after = copy(p, d->after);
	kept->why = copy(p, d->why);
	kept->rule_before = copy(p, d->rule_before);
}

/* Others' tasks are not ours to change, and without root would not be. */
static bool is_ours(struct preview *p, struct task_id whom)
{
	struct task *who = table_find(p->by.engine.table, whom);
	struct value uid;

	if (geteuid() == 0 || who == NULL)
		return who != NULL;
	who = table_process_of(p->by.engine.table, who);
	return table_fact(p->by.engine.table, who, FACT_uid, &uid) == 1 &&
	       (uid_t)uid.number == geteuid() && !who->facts->uids_differ;
}

/* What the rule waits for, of what it says itself. */
static uint64_t lasting_of(struct preview *p, uint32_t rule)
{
	const struct voice      *v = voice_of_rule(&p->by.engine, rule);
	const struct image_rule *r;
	const void              *image;
	size_t                   bytes;
	uint64_t                 match, when;

	if (v == NULL)
		return 0;
	image = ruleset_image(v->rules, &bytes);
	r = ruleset_rule(v->rules, rule_index(rule));
	match = match_lasting(image, r->match);
	when = match_lasting(image, r->when);
	return match > when ? match : when;
}

static void on_change(void *self, const struct change *c)
{
	struct preview *p = self;
	char            before[VALUE_TEXT_MAX], after[VALUE_TEXT_MAX];

	if (c->rule == RULE_NONE || !is_ours(p, c->whom))
		return;
	setting_print(c->setting, c->before, p->by.start.sets, before,
	              sizeof before);
	setting_print(c->setting, c->wanted, p->by.start.sets, after,
	              sizeof after);
	preview_add(p, &(struct difference){
		.whom = c->whom, .setting = c->setting, .rule = c->rule,
		.later = p->by.engine.lasts,
		.after_ns = p->by.engine.lasts ? lasting_of(p, c->rule) : 0,
		.threads = c->threads, .effect = c->effect, .wanted = c->wanted,
		.name = (char *)(uintptr_t)c->name, .before = before,
		.after = after, .why = (char *)(uintptr_t)c->why });
}

static bool is_open(const struct opinion *o)
{
	return o->open != 0 || o->pending || o->loading;
}

/* Whom nothing is awaited of is judged once more, by all that is known now. */
static int settle_one(struct preview *p, struct task_id id, int *rounds)
{
	struct engine *en = &p->by.engine;
	struct opinion o;
	struct task   *who;
	int            r = 1;

	while (r > 0 && (who = table_find(en->table, id)) != NULL) {
		r = engine_consider(en, who, &o);
		if (r == -ESRCH)
			return 0;
		if (r == 0 && (!is_open(&o) || ++*rounds > ASK_ROUNDS))
			return engine_judge(en, who);
		if (r == 0)
			r = engine_round(en);
	}
	return r < 0 ? r : 0;
}

static int settle_all(struct preview *p)
{
	struct engine *en = &p->by.engine;
	struct task   *who;
	uint32_t       slot = 0;
	int            r = 0, rounds = 0;

	while (r >= 0 && !en->refused &&
	       (who = table_next(en->table, &slot)) != NULL) {
		if (task_id_is_thread(who->id))
			continue;
		r = settle_one(p, who->id, &rounds);
		r = r == -ESRCH ? 0 : r;
	}
	return r < 0 ? r : 0;
}

/* As it is, then as it will be if it stays so. */
static int settle(struct preview *p)
{
	struct engine *en = &p->by.engine;
	int            r = 1;

	while (r > 0 && !en->caught_up)
		r = engine_round(en);
	if (r >= 0)
		r = settle_all(p);
	en->lasts = true;
	return r < 0 ? r : settle_all(p);
}

static int look(struct preview *p)
{
	int r = settle(p), code;

	if (p->by.engine.refused)
		return EXIT_WRONG;
	if (r < 0) {
		fprintf(stderr, "pqs: cannot look at what runs: %s\n",
		        strerror(-r));
		return EXIT_SYSTEM;
	}
	code = preview_with_running(p);
	if (code == EXIT_OK)
		preview_print(p);
	if (code == EXIT_OK && p->out_of_memory)
		fputs("pqs: no memory for all of it\n", stderr);
	return p->out_of_memory ? EXIT_SYSTEM : code;
}

void preview_forget(struct preview *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct difference *d = &p->difference[i];

		free(d->name);
		free(d->before);
		free(d->after);
		free(d->why);
		free(d->rule_before);
	}
	free(p->difference);
	p->difference = NULL;
	p->count = p->room = 0;
}

int command_preview(int argc, char **argv)
{
	static struct preview p;
	struct start         *s = &p.by.start;
	int                   code = start_options(s, argc, argv);

	if (code != EXIT_OK)
		return code;
	code = onlooker_open(&p.by, s->rest, s->rest_count, on_change, &p);
	if (code == EXIT_OK)
		code = look(&p);
	preview_forget(&p);
	onlooker_close(&p.by);
	return code;
}
