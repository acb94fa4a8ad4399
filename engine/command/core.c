/* core.c -- the core process: opens the doors, runs the engine, undoes. */

#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "command/command.h"
#include "command/fallback.h"
#include "command/reading.h"
#include "command/show.h"
#include "command/start.h"
#include "control/control.h"

struct core {
	struct start    start;
	struct os       os;
	struct journal *journal;
	struct engine   engine;
	struct control *control;        /* NULL: nobody can ask               */
	struct show     show;
	struct show     written;        /* into log.file, if there is one     */
	struct reading_again *again;
	bool            ready;          /* the keeper was told                */
	struct fallback fallback;
	bool            recalled;       /* what is in force, or is tried      */
	bool            engine_refused; /* the rules that it began with       */
	char           *why;            /* that; it is not said twice         */
};

static void note(void *ctx, const char *sentence)
{
	struct core *c = ctx;

	show_note(&c->show, "note", sentence);
}

/* Told, and kept for those who ask. */
static void tell(struct core *c, const char *event, const char *sentence)
{
	show_note(&c->show, event, sentence);
	if (c->written.file != NULL)
		show_note(&c->written, event, sentence);
	if (c->control != NULL)
		control_note(c->control, sentence);
}

static void on_change(void *self, const struct change *change)
{
	struct core            *c = self;
	const struct rule_label rule = engine_label(&c->engine, change->rule);

	show_change(&c->show, change, &rule);
	if (c->written.file != NULL)
		show_change(&c->written, change, &rule);
	if (c->control != NULL)
		control_change(c->control, change);
}

static void on_visit(void *self, uint32_t visit)
{
	struct core *c = self;

	if (c->control != NULL)
		control_visit(c->control, visit);
}

static void on_step(void *self, uint64_t now_ns)
{
	struct core *c = self;

	if (c->control != NULL)
		control_step(c->control, now_ns);
}

static uint64_t on_wake(void *self)
{
	struct core *c = self;

	return c->control != NULL ? control_wake_ns(c->control) : UINT64_MAX;
}

static void on_loaded(void *self, size_t rules, uint32_t generation)
{
	const struct keeper_message ready = { .word = KEEPER_READY };
	struct core *c = self;
	char         sentence[160];

	snprintf(sentence, sizeof sentence,
	         "%zu rule%s in force (generation %u), listening to the %s%s",
	         rules, rules == 1 ? "" : "s", (unsigned)generation,
	         c->os.sensor.name,
	         c->start.observe ? ", turning nothing" : "");
	tell(c, "loaded", sentence);
	if (c->start.keeper_fd >= 0 && !c->ready &&
	    write(c->start.keeper_fd, &ready, sizeof ready) != sizeof ready)
		show_note(&c->show, "trouble", "the keeper does not listen");
	c->ready = true;
}

static void note_lines(struct core *c, const char *event, const char *lines)
{
	char sentence[2048];

	for (size_t n; *lines != '\0'; lines += n + (lines[n] == '\n')) {
		n = strcspn(lines, "\n");
		snprintf(sentence, sizeof sentence, "%.*s", (int)n, lines);
		tell(c, event, sentence);
	}
}

static void on_differs(void *self, const struct reload_difference *d)
{
	struct core *c = self;

	if (c->control != NULL)
		control_differs(c->control, d);
}

static void on_reloaded(void *self, const struct reload_result *r)
{
	struct core *c = self;
	char         sentence[160];

	if (c->control != NULL)
		control_reloaded(c->control, r);
	if (r->dry_run ||
	    (r->end != RELOAD_REFUSED && r->end != RELOAD_TAKEN_BACK))
		return;
	if (c->why != NULL && strcmp(c->why, r->why) == 0)
		return;
	note_lines(c, reload_end_name(r->end), r->why);
	snprintf(sentence, sizeof sentence, r->end == RELOAD_REFUSED
	         ? "the new rules are refused; generation %u stays in force"
	         : "the new rules are taken back; generation %u is in force "
	           "again", (unsigned)r->generation);
	tell(c, reload_end_name(r->end), sentence);
}

static void on_refused(void *self, const char *why)
{
	struct core *c = self;

	show_flush(&c->show);
	fprintf(stderr, "%s\npqs: the rules are wrong; nothing was changed\n",
	        why);
	free(c->why);
	c->why = strdup(why);
}

static void on_trouble(void *self, const char *sentence)
{
	tell(self, "trouble", sentence);
}

static void on_user(void *self, const char *sentence)
{
	tell(self, "user", sentence);
}

static void on_caught_up(void *self)
{
	struct core *c = self;
	char         sentence[160];

	snprintf(sentence, sizeof sentence,
	         "%zu processes looked at, %llu changes",
	         table_count(c->engine.table),
	         (unsigned long long)c->engine.enforcer.changes);
	tell(c, "caught up", sentence);
}

static int put_back(struct core *c, const char *what, struct enforcer *en)
{
	char   sentence[200];
	size_t left = 0;
	int    n = enforce_undo(en, &left);

	if (n >= 0)
		return show_undone(&c->show, what, n, left, en->not_put_back);
	snprintf(sentence, sizeof sentence, "%s: cannot undo: %s", what,
	         strerror(-n));
	show_note(&c->show, "undo", sentence);
	return EXIT_LEFT;
}

/* A journal that is not empty at the start is that of one who was killed. */
static int open_journal(struct core *c)
{
	struct enforcer en = { .os = &c->os, .sets = c->start.sets };
	int             code = start_journal(&c->start, &c->os, &c->journal);

	if (code != EXIT_OK)
		return code;
	en.journal = c->journal;
	if (!journal_is_empty(c->journal))
		put_back(c, "an earlier run ended without undoing", &en);
	return EXIT_OK;
}

/* Only what did happen. */
static void tell_count(struct core *c, uint64_t n, const char *what)
{
	char text[160];

	if (n == 0)
		return;
	snprintf(text, sizeof text, "%llu %s", (unsigned long long)n, what);
	show_note(&c->show, "count", text);
}

static int open_log(struct core *c)
{
	const struct config *config = &c->start.config;
	int                  r;

	c->written.json = true;
	c->written.sets = c->start.sets;
	c->written.observe = c->start.observe;
	if (config->log.file[0] == '\0')
		return EXIT_OK;
	r = log_file_open(config->log.file, (uint64_t)config->log.max_bytes,
	                  (unsigned)config->log.keep, &c->written.file);
	if (r < 0)
		fprintf(stderr, "pqs: log.file: %s: %s\n", config->log.file,
		        strerror(-r));
	return r < 0 ? EXIT_SYSTEM : EXIT_OK;
}

static void close_log(struct core *c)
{
	struct log_counts n;

	if (c->written.file == NULL)
		return;
	show_flush(&c->written);
	n = log_file_counts(c->written.file);
	tell_count(c, n.dropped, "times lines were left out of the log file, as "
	           "it did not keep up");
	tell_count(c, n.failed, "times the log file could not be written");
	log_file_close(c->written.file);
	c->written.file = NULL;
}

static int open_doors(struct core *c)
{
	struct linux_options o = start_linux(&c->start, true);
	struct linux_gate    gate;

	if (!c->start.observe)
		o.journal = c->start.journal_file;
	if (start_gate(&c->start, &gate) != EXIT_OK)
		return EXIT_WRONG;
	o.gate = &gate;
	if (start_doors(&o, &c->os, note, c) != EXIT_OK)
		return EXIT_SYSTEM;
	return c->start.observe ? EXIT_OK : open_journal(c);
}

static int open_engine(struct core *c)
{
	struct engine_options o = start_engine(&c->start);
	int                   r;

	o.os = &c->os;
	o.journal = c->journal;
	o.ears = (struct engine_ears){
		.self = c, .change = on_change, .loaded = on_loaded,
		.refused = on_refused, .trouble = on_trouble, .user = on_user,
		.caught_up = on_caught_up, .visit = on_visit,
		.visits_step = on_step, .visits_wake_ns = on_wake,
	};
	if (c->again == NULL)
		c->again = reading_again_new(&c->start);
	if (c->again == NULL)
		return EXIT_SYSTEM;
	reading_again_offer(c->again, &o);
	o.recalls = c->start.rest_count == 0 && o.last_generation > 0;
	o.reload_ears = (struct reload_ears){ .self = c,
	                                      .reloaded = on_reloaded,
	                                      .differs = on_differs };
	if (c->recalled) {
		o.sources = c->fallback.kept.sources.source;
		o.source_count = c->fallback.kept.sources.count;
		o.options = &c->fallback.kept.options;
	}
	if (c->recalled && c->fallback.kept.image != NULL)
		o.recalled = &c->fallback.kept;
	r = engine_open(&c->engine, &o);
	if (r == 0 && c->os.gate.self != NULL)
		c->control = control_new(&(struct control_options){
			.engine = &c->engine, .uid = geteuid() });
	if (r < 0)
		fprintf(stderr, "pqs: cannot start the rules worker: %s\n",
		        strerror(-r));
	return r < 0 ? EXIT_SYSTEM : EXIT_OK;
}

static unsigned long long us_of(uint64_t ns)
{
	return ns / 1000;
}

/* In microseconds. */
static void tell_steps(struct core *c)
{
	const struct stalls *s = &c->engine.stalls;
	char                 text[400];

	snprintf(text, sizeof text, "%llu steps of the loop: half took up to "
	         "%llu us, 99 %% up to %llu us, 99.99 %% up to %llu us, the "
	         "longest %llu us, %llu us of them CPU time, %llu us at %s; "
	         "the most CPU time of one %llu us, %llu us at %s; past 1 ms "
	         "%llu, by CPU time %llu", (unsigned long long)s->rounds,
	         us_of(stall_quantile_ns(s, 5000)),
	         us_of(stall_quantile_ns(s, 9900)),
	         us_of(stall_quantile_ns(s, 9999)), us_of(s->longest.ns),
	         us_of(s->longest.cpu_ns), us_of(s->longest.most_ns),
	         phase_name(s->longest.most), us_of(s->dearest.cpu_ns),
	         us_of(s->dearest.most_ns), phase_name(s->dearest.most),
	         (unsigned long long)s->past, (unsigned long long)s->past_cpu);
	show_note(&c->show, "steps", text);
}

static void summary(struct core *c)
{
	const struct engine_counts *n = &c->engine.counts;
	const uint64_t             *e = c->engine.enforcer.effects;
	char                        text[400];

	snprintf(text, sizeof text,
	         "%llu events, %llu judgings, %llu questions; %llu %s, "
	         "%llu already so, %llu inert, %llu denied, %llu unsupported",
	         (unsigned long long)n->events, (unsigned long long)n->judged,
	         (unsigned long long)n->asked,
	         (unsigned long long)e[EFFECT_APPLIED],
	         c->start.observe ? "would be applied" : "applied",
	         (unsigned long long)e[EFFECT_ALREADY],
	         (unsigned long long)e[EFFECT_INERT],
	         (unsigned long long)e[EFFECT_DENIED],
	         (unsigned long long)e[EFFECT_UNSUPPORTED]);
	show_note(&c->show, "summary", text);
	tell_steps(c);
	tell_count(c, limiter_counts(c->engine.limiter).refused,
	           "times a change had to wait (limits in pqs.yaml)");
	tell_count(c, c->engine.enforcer.yields, "settings were left to "
	           "somebody else who had changed them");
	tell_count(c, c->engine.enforcer.fights, "settings were set again, as "
	           "a rule insists on them");
	tell_count(c, n->lost, "times events were lost, and everything was "
	           "listed again");
	tell_count(c, n->foreseen, "programs had their settings before they "
	           "ran");
	tell_count(c, n->foreseen_late, "programs could not wait longer for "
	           "that (exec_guard.deadline)");
	tell_count(c, n->claims_dropped, "opinions of rules were dropped, as "
	           "one task had too many");
	tell_count(c, n->torn, "times caps left nothing, and the higher "
	           "layer's held");
	tell_count(c, n->users_refused, "times a user's process was judged "
	           "without that user's rules, as too many users had some");
	tell_count(c, c->engine.enforcer.groups_refused, "times a task could "
	           "not be put into a pool, as there were too many already");
	tell_count(c, n->unrecorded, "changes were left out, as no record of "
	           "them could be written");
	tell_count(c, c->show.dropped, "lines were dropped, as nobody read "
	           "them");
}

/* Putting back can take long on a machine full of processes, and nobody waits
 * for us by then. */
static void step_down(void)
{
	struct sched_param none = { .sched_priority = 0 };

	(void)sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
}

static int end_engine(struct core *c)
{
	int code = EXIT_OK;

	step_down();
	c->show.patient = true;
	summary(c);             /* of the rules, without the undoing      */
	if (c->journal != NULL)
		code = put_back(c, "ended", &c->engine.enforcer);
	return code;
}

static int run_engine(struct core *c)
{
	int r, code;

	do {
		r = engine_round(&c->engine);
		show_flush(&c->show);
		show_flush(&c->written);
	} while (r > 0);
	if (r < 0)
		fprintf(stderr, "pqs: cannot go on: %s\n", strerror(-r));
	if (c->engine.refused)
		return EXIT_WRONG;
	code = end_engine(c);
	return r < 0 ? EXIT_SYSTEM : code;
}

/* Rules that are wrong need not leave the machine without any. */
static bool fall_back(struct core *c)
{
	char sentence[160];

	c->recalled = fallback_next(&c->fallback, &c->start, sentence,
	                            sizeof sentence);
	if (c->recalled)
		show_note(&c->show, "recalled", sentence);
	return c->recalled;
}

static int work(struct core *c)
{
	int code;

	do {
		code = open_engine(c);
		if (code != EXIT_OK)
			break;
		code = run_engine(c);
		control_free(c->control);
		c->control = NULL;
		c->engine_refused = c->engine.refused;
		engine_close(&c->engine);
	} while (c->engine_refused && fall_back(c));
	return code;
}

/* Before the doors are open, as people may be waiting for what is wrong. */
static int find_rules(struct core *c)
{
	int code = start_sources(&c->start, c->start.rest,
	                         c->start.rest_count);

	return code == EXIT_WRONG && fall_back(c) ? EXIT_OK : code;
}

/* An image is a large block, and so is a rule file: they go back to the kernel
 * when they are freed, however often that was asked for. */
static void keep_memory_small(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 64 << 10);
}

int command_core(int argc, char **argv)
{
	static struct core c;
	int code = start_options(&c.start, argc, argv);

	keep_memory_small();
	if (code == EXIT_OK)
		code = start_config(&c.start);
	c.show.json = c.start.log_json;
	c.show.sets = c.start.sets;
	c.show.observe = c.start.observe;
	if (code == EXIT_OK)
		code = find_rules(&c);
	if (code == EXIT_OK)
		code = open_log(&c);
	if (code == EXIT_OK)
		code = open_doors(&c);
	if (code == EXIT_OK)
		code = work(&c);
	close_log(&c);
	show_flush(&c.show);
	journal_close(c.journal);
	/* A terminal's ^C reaches us, and once more through the keeper. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (c.os.sensor.name != NULL)
		linux_close(&c.os);
	reading_again_free(c.again);
	fallback_clear(&c.fallback);
	free(c.why);
	start_clear(&c.start);
	return code;
}
