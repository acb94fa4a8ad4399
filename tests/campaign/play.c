/* play.c -- one seed, from curtain to curtain. */

#include "campaign.h"

#define STEPS    120
#define CALM_NS  (120 * SECOND) /* all keeps are over by then                 */
#define QUIET_NS (20 * SECOND)  /* who waits for a limit asks more often      */
#define QUIETS   200
#define GUARD_NS (5 * MS)       /* that long a program is held at most        */
#define EMPTY_NS (20 * SECOND)

struct play play;

/* From the seed alone, so that the others are drawn as they
 * would be without. */
static unsigned plays_drawn(uint64_t seed)
{
	unsigned plays = 0;

	for (int f = 0; f < FEATURES; f++) {
		uint64_t mixed = (seed * 64 + (uint64_t)f + 1) *
		                 UINT64_C(0x9e3779b97f4a7c15);

		mixed = (mixed ^ mixed >> 31) * UINT64_C(0xbf58476d1ce4e5b9);
		plays |= (unsigned)((mixed >> 40) % 3 == 0) << f;
	}
	return plays;
}

static void trouble(void *self, const char *sentence)
{
	(void)self;
	tell("trouble: %s", sentence);
}

static void curtain_up(void)
{
	struct rehearsal_options o = {
		.seed = play.seed, .worker = player_cast(),
		.ears = { .change = watch_change, .trouble = trouble },
		.core = CORE_PID, .keeper = KEEPER_PID,
	};

	o.without_groups = !plays(PLAYS_POOLS);
	o.guard_ns = plays(PLAYS_GUARD) ? GUARD_NS : 0;
	scenes_open();
	scene_limits(&play.limits);
	o.limits = play.limits;
	if (play.plant == PLANT_rate) {
		o.limits.task.each_ns /= 10;
		o.limits.rule.each_ns /= 10;
		o.limits.machine.each_ns /= 10;
		o.limits.dwell_ns /= 10;
	}
	reloads_offer(&o);
	play.stage = rehearsal_new(&o);
	if (play.stage == NULL)
		broken("no memory");
	scene_draw(&play.scenes[play.scene_count++]);
	scene_build(&play.scenes[0]);
	if (plays(PLAYS_RELOAD))
		shelf_lend(&play.stage->options, 0);
	tell("plays%s%s%s%s%s%s", plays(PLAYS_RELOAD) ? " reload" : "",
	     plays(PLAYS_POOLS) ? " pools" : "",
	     plays(PLAYS_MAIN) ? " main" : "",
	     plays(PLAYS_GUARD) ? " guard" : "",
	     plays(PLAYS_FIGHT) ? " fight" : "",
	     plays(PLAYS_HEIRS) ? " heirs" : "");
	limits_tell();
	scene_tell(scene());
}

static void run_pqs(pid_t pid)
{
	const struct sim_program p = { .name = "pqs" };

	sim_next_pid(play.stage->sim, pid);
	if (sim_exec(play.stage->sim, &p) != pid)
		broken("no place for pqs");
}

static void forget(void)
{
	trace_clear();
	ledger_clear();
	rates_clear();
	watch_trust(0);
}

/* Undo by a fresh process, as after a crash. */
static void undo(const char *when)
{
	size_t left;
	int    r = enforce_undo(&play.stage->engine.enforcer, &left);

	tell("undo: %d back, %zu left", r, left);
	if (r < 0)
		broken("%s: it failed: %s", when, strerror(-r));
	watch_undone(when);
	play.undone++;
}

static void restart(void)
{
	int r;

	reloads_restart();
	r = rehearsal_restart(play.stage);
	tell("another engine: %d", r);
	if (r < 0)
		broken("no other engine can begin: %s", strerror(-r));
	/* As pqs does at its start; but who takes over knows what to do with
	 * groups that there are. */
	if (plays(PLAYS_POOLS) && !plays(PLAYS_HEIRS))
		undo("before another begins");
	between_plant();
	rates_clear();
	play.unheard_ns = sim_now_ns(play.stage->sim) + GUARD_NS;
}

/* Another engine takes over; nothing fails while it begins. */
static void take_over(void)
{
	unsigned mischief = play.mischief;

	play.mischief = 0;
	restart();
	if (once_in(3))
		undo("after a crash");
	play.mischief = mischief;
}

static bool store_failed(uint64_t before)
{
	return play.disk_full || play.store_faults != before;
}

/* Whom the kernel asks about it is told of at once, as long as there
 * is somebody to ask; what one engine had not heard when it died the
 * next one never hears. */
static void guard_watch(void)
{
	uint64_t late = sim_late(play.stage->sim);

	if (play.faults == 0 && !play.losing && !play.jumped &&
	    play.watched_ns > play.unheard_ns && late != play.late)
		broken("a program was held to the deadline");
	play.late = late;
	play.watched_ns = sim_now_ns(play.stage->sim);
	play.jumped = false;
}

/* The engine goes on, and may come to its end. */
static void run(uint64_t ns)
{
	uint64_t store_faults = play.store_faults;
	int      r;

	play.faults = 0;
	r = ns == 0 ? rehearsal_settle(play.stage)
	            : rehearsal_pass(play.stage, ns);
	if (r == 0 && !sim_is_dead(play.stage->sim)) {
		if (!store_failed(store_faults))
			sim_taken_in(play.stage->sim);
		watch_bounds();
		reloads_watch();
		guard_watch();
		return;
	}
	if (r == -ELOOP || (!sim_is_dead(play.stage->sim) && play.faults == 0))
		broken("it gives up: %s", r < 0 ? strerror(-r) : "stopped");
	play.given_up += !sim_is_dead(play.stage->sim);
	tell("the engine has ended: %s", strerror(-r));
	take_over();
}

static void step(void)
{
	unsigned n = 1 + draw(3);

	play.step++;
	for (unsigned i = 0; i < n; i++)
		move_machine();
	switch (draw(8)) {
	case 0:
	case 1:
	case 2:
	case 3:  run(0); break;
	case 4:  run(draw(3000) * MS); break;
	default: run(draw(60) * MS); break;
	}
}

/* Whether a fresh engine would see all as this one does. */
static bool is_without_history(enum setting s)
{
	const struct scene *sc = scene();
	bool                has_class = s == SETTING_realtime ||
	                                s == SETTING_sched ||
	                                s == SETTING_nice ||
	                                s == SETTING_slice;

	if (setting_rows[s].scope == SETTING_SCOPE_SESSION ||
	    !setting_rows[s].undoable || is_of_group(s) ||
	    play.worker_failed)
		return false;
	for (uint32_t i = 0; i < sc->count; i++) {
		const struct sketch *k = &sc->sketch[i];

		if (k->to != TARGET_SELF || k->lineage != LINEAGE_NONE ||
		    k->moment != MOMENT_NONE || k->lasting_ns != 0)
			return false;
		if (has_class && (want_has(&k->want, SETTING_realtime) ||
		                  want_has(&k->other, SETTING_realtime)))
			return false;
	}
	return true;
}

static int pass(uint64_t ns)
{
	return rehearsal_pass(play.stage, ns);
}

static bool somebody_waits(void)
{
	const struct engine *en = &play.stage->engine;
	uint64_t             before = limiter_counts(en->limiter).refused;

	run(QUIET_NS);
	return limiter_counts(en->limiter).refused != before;
}

/* Until nobody has to wait for a limit any more. */
static void calm(void)
{
	int quiets = 0;

	run(CALM_NS);
	while (somebody_waits())
		if (++quiets == QUIETS)
			broken("somebody waits for ever");
}

static void finale(void)
{
	move_calm();
	if (plays(PLAYS_FIGHT))
		run(2 * FIGHT_WAIT_NS_MAX);
	calm();
	watch_converged();
	reloads_converged(pass);
	watch_remember(is_without_history);
	restart();
	calm();
	watch_converged();
	watch_compare();
	restart();
	undo("at the end");
	run(SECOND);
	move_all_exit();
	run(EMPTY_NS);
	watch_empty();
}

void play_seed(uint64_t seed, enum plant plant, bool wild, bool verbose)
{
	play = (struct play){
		.seed = seed, .plant = plant, .wild = wild,
		.verbose = verbose, .plays = plays_drawn(seed),
		.no_threads = (plays_drawn(seed) >> PLAYS_RELOAD & 1) != 0 &&
		              seed % 2 == 0,
		.luck = seed * UINT64_C(0x9e3779b97f4a7c15) | 1,
	};
	forget();
	curtain_up();
	between_stand();
	between_plant();
	run_pqs(CORE_PID);
	run_pqs(KEEPER_PID);
	play.losing = wild && once_in(2);
	sim_delay(play.stage->sim, draw(5) * MS);
	run(0);
	play.mischief = once_in(4) ? 0 : 1 + draw(8);
	tell("mischief %u%s", play.mischief, play.losing ? ", losing" : "");
	for (int i = 0; i < STEPS; i++)
		step();
	finale();
	rehearsal_free(play.stage);
	play.stage = NULL;
	shelf_clear();
	scenes_close();
}
