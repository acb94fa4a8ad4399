/* reloads.c -- rules are read again, and how that must end.
 *
 * What decides is told by the number of the rules that are in force.  It moves
 * when an end says so, once for each who asked, and at no other time.
 */

#include "campaign.h"
#include "reloading.h"

#define TOKENS 1024

static struct {
	uint32_t generation, highest;   /* in force, by what we were told     */
	uint64_t token;                 /* the last that was given out        */
	bool     open[TOKENS], dry[TOKENS];
	uint64_t ends[RELOAD_ENDS];
	size_t   differ, undecided;     /* by the end that was told last; of
	                                   those that may be touched          */
} told;

static uint32_t in_force(void)
{
	const struct voice *v = &play.stage->engine.voice[VOICE_SYSTEM];

	return v->rules == NULL ? 0 : ruleset_generation(v->rules);
}

/* Also of the first, which nobody asked for. */
static void loaded(void *self, size_t rules, uint32_t generation)
{
	(void)self;
	tell("generation %u decides, %zu rules", (unsigned)generation, rules);
	rates_forget_rules();
	if (told.generation == 0)
		told.generation = told.highest = generation;
	plant_after_reload();
}

/* Nobody who is heard speaks for another generation. */
static void judged(void *self, const struct opinion *o)
{
	(void)self;
	for (size_t i = 0; i < o->claims; i++)
		if (o->claim[i].rule >= scene()->count)
			broken("a claim is rule %u's, and there are %u",
			       (unsigned)o->claim[i].rule,
			       (unsigned)scene()->count);
	for (size_t i = 0; i < o->ceilings; i++)
		if (o->ceiling[i].rule >= scene()->count)
			broken("a cap is rule %u's, and there are %u",
			       (unsigned)o->ceiling[i].rule,
			       (unsigned)scene()->count);
}

static void token_end(const struct reload_result *r)
{
	bool changes = r->end == RELOAD_IN_FORCE || r->end == RELOAD_TAKEN_BACK;

	if (r->token == 0)
		return;
	if (r->token >= TOKENS || !told.open[r->token])
		broken("reload %llu ends twice", (unsigned long long)r->token);
	told.open[r->token] = false;
	if (told.dry[r->token] && changes)
		broken("a dry run changed the rules");
}

/* What was read last is what came, unless it was there before. */
static void comer_is_right(const struct reload_result *r)
{
	const struct ruleset *rules =
		play.stage->engine.voice[VOICE_SYSTEM].rules;
	size_t                bytes;
	const void           *image = ruleset_image(rules, &bytes);

	if (r->generation > told.highest && r->end == RELOAD_IN_FORCE &&
	    scene() != shelf_last_read())
		broken("generation %u is not what was read last",
		       (unsigned)r->generation);
	if (bytes != scene()->image_bytes ||
	    memcmp(image, scene()->image, bytes) != 0)
		broken("generation %u is not what its files say",
		       (unsigned)r->generation);
}

static void reloaded(void *self, const struct reload_result *r)
{
	bool changes = r->end == RELOAD_IN_FORCE || r->end == RELOAD_TAKEN_BACK;

	(void)self;
	tell("reload %llu of generation %u: %s, %u is in force, %zu differ of "
	     "%zu, %zu undecided%s%s", (unsigned long long)r->token,
	     (unsigned)r->tried, reload_end_name(r->end),
	     (unsigned)r->generation, r->differ, r->compared, r->undecided,
	     r->why[0] == '\0' ? "" : ": ", r->why);
	token_end(r);
	told.ends[r->end]++;
	told.undecided = r->undecided;
	if (r->generation != in_force())
		broken("generation %u is said to be in force, and %u is",
		       (unsigned)r->generation, (unsigned)in_force());
	if (!changes)
		return;
	comer_is_right(r);
	told.generation = r->generation;
	if (told.highest < r->generation)
		told.highest = r->generation;
}

static void differs(void *self, const struct reload_difference *d)
{
	(void)self;
	tell("%d/%d %s would be %lld%s by %s, is %lld%s by %s",
	     (int)d->whom.pid, (int)d->whom.tid, setting_rows[d->setting].name,
	     (long long)d->after, d->has ? "" : " (its own)", d->rule_after,
	     (long long)d->before, d->had ? "" : " (its own)",
	     d->rule_before);
	told.differ += !reference_is_realtime(d->whom.pid) &&
	               !reference_is_realtime(task_id_known(d->whom).tid);
}

void reloads_offer(struct rehearsal_options *o)
{
	memset(&told, 0, sizeof told);
	o->ears.judged = judged;
	if (!plays(PLAYS_RELOAD))
		return;
	play.policy = (struct reload_policy){
		.run_tests = once_in(3), .watch = once_in(2),
		.max_changes = RELOAD_NO_LIMIT,
		.health_ns = draw(4) * 3 * SECOND,
	};
	if (once_in(4)) {
		play.policy.share = once_in(2);
		play.policy.max_changes = play.policy.share ? 2000 : 3;
	}
	shelf_offer(o);
	o->reload = play.policy;
	o->reload_ears = (struct reload_ears){ NULL, reloaded, differs };
	o->ears.loaded = loaded;
}

/* Another engine reads what is there, or goes on with what was good. */
void reloads_restart(void)
{
	if (!plays(PLAYS_RELOAD))
		return;
	memset(told.open, 0, sizeof told.open);
	told.generation = 0;
	shelf_lend(&play.stage->options, shelf_is_good()
	           ? shelf_now() : (unsigned)(scene() - play.scenes));
}

/* After every round: what nobody was told of did not happen. */
void reloads_watch(void)
{
	if (plays(PLAYS_RELOAD) && in_force() != told.generation)
		broken("generation %u is in force, and %u was told of",
		       (unsigned)in_force(), (unsigned)told.generation);
}

static uint64_t token_new(bool dry)
{
	if (told.token + 1 == TOKENS)
		return 0;
	told.token++;
	told.open[told.token] = true;
	told.dry[told.token] = dry;
	return told.token;
}

static void ask(bool dry, uint64_t shadow_ns)
{
	const struct reload_request q = { .dry_run = dry,
		.shadow_ns = shadow_ns, .token = token_new(dry) };
	int r = reload_ask(&play.stage->engine, &q);

	tell("reload %llu is asked for%s: %d", (unsigned long long)q.token,
	     dry ? ", dry" : "", r);
	if (r < 0)
		told.open[q.token] = false;
}

static void move_ask(void)
{
	bool dry = once_in(4);

	ask(dry, dry && once_in(2) ? draw(4) * SECOND : 0);
}

static void move_back(void)
{
	uint32_t to = once_in(2) ? 0 : shelf_some_kept();
	uint64_t token = token_new(false);
	int      r = reload_rollback(&play.stage->engine, to, token);

	tell("reload %llu, back to %u: %d", (unsigned long long)token,
	     (unsigned)to, r);
	if (r < 0)
		told.open[token] = false;
}

/* Mostly right. */
static void move_files(void)
{
	unsigned to = once_in(4) ? draw(play.scene_count)
	                         : scene_edit(shelf_now());

	shelf_put(to, once_in(4) ? (enum flaw)draw(FLAWS) : FLAW_NONE);
	if (to + 1 == play.scene_count)
		scene_tell(&play.scenes[to]);
	if (once_in(4))
		return;
	sim_reload(play.stage->sim, once_in(2));
}

/* Of the generation in force, or of one to come. */
static void move_worker(void)
{
	const struct engine *en = &play.stage->engine;
	const struct reload *r = en->reload;
	uint32_t             wire = en->voice[VOICE_SYSTEM].line;

	if (play.mischief == 0)
		return;
	if (r->next != NULL && r->next->worker != NULL && !once_in(3))
		wire = r->next->line;
	tell("the worker on wire %u dies", (unsigned)wire);
	play.worker_failed = true;
	sim_own_dies(play.stage->sim, wire);
}

void move_rules_between(void)
{
	move_files();
}

void move_rules(void)
{
	switch (draw(8)) {
	case 0:
	case 1:  move_ask(); break;
	case 2:  move_back(); break;
	case 3:  move_worker(); break;
	default: move_files(); break;
	}
}

static void all_ended(void)
{
	const struct reload *r = play.stage->engine.reload;
	unsigned             chores = play.stage->engine.chores->count;

	for (uint64_t t = 1; t < TOKENS; t++)
		if (told.open[t])
			broken("reload %llu never ends", (unsigned long long)t);
	if (r->stage != RELOAD_IDLE || r->next != NULL || chores != 0)
		broken("a reload never ends: %s, %u chores",
		       reload_stage_name(r->stage), chores);
}

/* Nothing is turned on whatever ground: all is as the rules want it. */
static void nothing_turns(const char *by, int (*pass)(uint64_t ns))
{
	uint64_t before = play.turned;

	if (pass(40 * SECOND) != 0)
		broken("%s: it gives up", by);
	if (play.turned != before)
		broken("%s turned %llu knobs", by,
		       (unsigned long long)(play.turned - before));
	all_ended();
}

static unsigned scene_number(void)
{
	return (unsigned)(scene() - play.scenes);
}

/* Of several who want something else of one, the oldest wins, and a comparison
 * meets them in an order of its own. */
static bool causes_may_differ(void)
{
	for (uint32_t i = 0; i < scene()->count; i++)
		if (scene()->sketch[i].is_function &&
		    scene()->sketch[i].to != TARGET_SELF)
			return true;
	return false;
}

static bool is_promise(const struct want *w)
{
	return want_has(w, SETTING_realtime);
}

/* What a task has hangs on when it was judged: on what its parent ran then, and
 * on how much time was promised to others. */
static bool moment_counts(void)
{
	for (uint32_t i = 0; i < scene()->count; i++) {
		const struct sketch *k = &scene()->sketch[i];

		if (k->lineage != LINEAGE_NONE || is_promise(&k->want) ||
		    is_promise(&k->other))
			return true;
	}
	return false;
}

/* A generation of its own, with a worker that has not failed yet: but for what
 * is asked no more, it is the same. */
static void same_rules_change_nothing(unsigned now, int (*pass)(uint64_t ns))
{
	shelf_put(now, FLAW_NONE);
	told.differ = 0;
	ask(true, 0);
	nothing_turns("a dry run of the same rules", pass);
	if (!play.wild && !causes_may_differ() && told.undecided == 0 &&
	    told.differ != 0)
		broken("the same rules would change %zu values", told.differ);
	ask(false, 0);
	nothing_turns("a reload of the same rules", pass);
	if (scene_number() != now)
		broken("the same rules are others now");
}

/* What changes nothing, changes nothing. */
void reloads_converged(int (*pass)(uint64_t ns))
{
	unsigned now = scene_number();
	uint32_t generation = in_force();

	if (!plays(PLAYS_RELOAD))
		return;
	all_ended();
	shelf_put(scene_edit(now), FLAW_NONE);
	ask(true, 0);
	nothing_turns("a dry run", pass);
	shelf_put(scene_edit(now), FLAW_WRONG);
	ask(false, 0);
	nothing_turns("a refused reload", pass);
	if (in_force() != generation)
		broken("a refused reload is in force");
	if (!play.worker_failed && !moment_counts())
		same_rules_change_nothing(now, pass);
}
