/* fault.c -- what goes wrong between an engine and its simulated machine. */

#include <errno.h>
#include <stdlib.h>

#include "os/sim/machine.h"

const char *sim_call_name(enum sim_call call)
{
	static const char *const names[SIM_CALLS] = {
#define CALL(name, text) [SIM_##name] = (text),
#include "os/sim/call.def"
#undef CALL
	};

	return names[call];
}

void sim_fail(struct sim *s, enum sim_call call, int error, unsigned times)
{
	s->fault[call].error = abs(error);
	s->fault[call].times = times;
}

uint64_t sim_calls(const struct sim *s, enum sim_call call)
{
	return s->fault[call].calls;
}

void sim_between(struct sim *s, const struct sim_between *who)
{
	s->between = *who;
}

/* Whoever stands between may use the doors too, and is not told of that. */
static int ask_between(struct sim *s, enum sim_call call)
{
	int r;

	if (s->between.before == NULL || s->is_between)
		return 0;
	s->is_between = true;
	r = s->between.before(s->between.self, call);
	s->is_between = false;
	return r;
}

/* Calls are counted even when they are made to fail. */
int sim_call(struct sim *s, enum sim_call call)
{
	struct fault *f = &s->fault[call];
	int           r;

	f->calls++;
	r = s->dead ? 0 : ask_between(s, call);
	if (s->dead && !s->is_between)
		return -ESHUTDOWN;
	if (r == 0 && f->times > 0) {
		f->times--;
		r = -f->error;
	}
	s->grip_failed |= r < 0;
	return r;
}

void sim_die(struct sim *s)
{
	s->dead = true;
}

bool sim_is_dead(const struct sim *s)
{
	return s->dead;
}

/* What the kernel does when a process ends: what it held of others is let go.
 * Births that it had not written down are news to nobody any more. */
void sim_revive(struct sim *s)
{
	struct strand *strand = strand_from(s, 1);

	s->dead = false;
	groups_cut_off(s);
	s->grip.pid = 0;
	for (; strand != NULL; strand = strand_from(s, strand->tid + 1)) {
		if (strand == strand->being->strands &&
		    strand->being->news != NEWS_TAKEN_IN)
			without_lost(strand->being);
		if (strand != strand->being->strands &&
		    strand->news != NEWS_TAKEN_IN)
			without_thread_lost(strand);
	}
}

void sim_taken_in(struct sim *s)
{
	struct strand *strand = strand_from(s, 1);

	for (; strand != NULL; strand = strand_from(s, strand->tid + 1)) {
		if (strand->being->news == NEWS_TOLD)
			strand->being->news = NEWS_TAKEN_IN;
		if (strand->news == NEWS_TOLD)
			strand->news = NEWS_TAKEN_IN;
	}
}
