/* exec_alone.c -- settings for a command where no pqs is running: this process
 * sets them on itself, by its own right, and the command inherits them. */

#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/exec.h"

static void no_note(void *ctx, const char *sentence)
{
	(void)ctx;
	(void)sentence;         /* about doors that are not used here         */
}

/* What would stay behind when the command has ended. */
static const char *needs_pqs(enum setting s)
{
	if (s == SETTING_pool || setting_rows[s].scope == SETTING_SCOPE_GROUP)
		return "needs a running pqs";
	if (setting_rows[s].scope == SETTING_SCOPE_SESSION)
		return "needs a running pqs: it is the whole session's, and is "
		       "to be put back";
	return NULL;
}

static bool worked(const struct turned *t)
{
	return t->effect == EFFECT_APPLIED || t->effect == EFFECT_ALREADY ||
	       t->effect == EFFECT_INERT;
}

/* Nothing is to be put back: whoever had the old values is this process alone,
 * and it is about to be the command. */
static void turn(struct exec *x, const struct actuator *door,
                 const struct want *w, enum setting s)
{
	struct task_id   me = { getpid(), getpid(), 0 };
	struct interned *sets = x->asking.start.sets;
	struct turned    t = { EFFECT_UNSUPPORTED, needs_pqs(s), 0 };
	char             wanted[VALUE_TEXT_MAX], now[VALUE_TEXT_MAX];
	bool             known = t.why == NULL;

	if (known) {
		if (door->for_good != NULL)
			door->for_good(door->self);
		door->apply(door->self, me, s, w->value[s], &t);
		door->weigh(door->self, me, w, s, &t);
		known = door->read(door->self, me, s, &t.now) == 0;
	}
	exec_tell(x, s, setting_print(s, w->value[s], sets, wanted,
	                              sizeof wanted),
	          known ? setting_print(s, t.now, sets, now, sizeof now) : NULL,
	          worked(&t), t.why);
}

/* As it is without a pqs: a thread has its precedence from its nice value, and
 * a deadline instead of a class. */
static void add_own(const struct exec *x, const struct actuator *door,
                    struct want *w)
{
	struct task_id me = { getpid(), getpid(), 0 };
	int64_t        nice = w->value[SETTING_nice];

	if (want_has(&x->own, SETTING_precedence) &&
	    (want_has(w, SETTING_nice) ||
	     door->read(door->self, me, SETTING_nice, &nice) == 0)) {
		nice -= x->own.value[SETTING_precedence];
		want_set(w, SETTING_nice, nice < -20 ? -20
		                          : nice > 19 ? 19 : nice);
	}
	if (!want_has(&x->own, SETTING_realtime))
		return;
	w->has &= ~SETTING_BIT(SETTING_sched);
	want_set(w, SETTING_realtime, x->own.value[SETTING_realtime]);
}

int exec_alone(struct exec *x, const struct want *knobs)
{
	struct linux_options o = start_linux(&x->asking.start, false);
	struct task_id       me = { getpid(), getpid(), 0 };
	struct want          w = knobs != NULL ? *knobs : x->want;
	struct os            os;
	int                  code;

	o.groups = "";
	intents_expand(&x->asking.start.config.intents, &w);
	code = start_doors(&o, &os, no_note, NULL);
	if (code != EXIT_OK)
		return code;
	if (os.actuator.grip(os.actuator.self, me) < 0)
		code = EXIT_SYSTEM;
	if (code == EXIT_OK && knobs == NULL)
		add_own(x, &os.actuator, &w);
	for (uint64_t left = w.has; code == EXIT_OK && left != 0;)
		turn(x, &os.actuator, &w, setting_take(&left));
	os.actuator.let_go(os.actuator.self);
	linux_close(&os);
	return code;
}
