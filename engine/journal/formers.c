/* formers.c -- values that tasks had from us until a moment ago. */

#include "journal/formers.h"

/* A child has its parent's values before it has a time of birth, and is told of
 * later still: who is at it may be kept waiting in between, and for long if it
 * is meant to give way.  Times of birth are counted in clock ticks. */
#define BIRTH_NS UINT64_C(1000000000)
#define TICK_NS  UINT64_C(20000000)

static const struct former *at(const struct formers *f, uint64_t i)
{
	return &f->all[i % FORMERS_MAX];
}

void formers_put(struct formers *f, const struct former *what)
{
	if (f->next - f->first == FORMERS_MAX) {
		f->first++;
		f->dropped++;
	}
	f->all[f->next++ % FORMERS_MAX] = *what;
}

bool formers_heard(struct formers *f, uint64_t at_ns)
{
	uint64_t first = f->first;

	if (at_ns > f->heard_ns)
		f->heard_ns = at_ns;
	while (f->first != f->next &&
	       at(f, f->first)->until_ns + BIRTH_NS < f->heard_ns)
		f->first++;
	return f->first != first;
}

void formers_clear(struct formers *f)
{
	f->first = f->next;
}

static bool is_of(const struct former *o, struct task_id process)
{
	return o->whom.pid == process.pid && o->whom.born == process.born;
}

static bool was_then(const struct former *o, uint64_t born_ns)
{
	return born_ns + TICK_NS >= o->since_ns &&
	       born_ns <= o->until_ns + BIRTH_NS;
}

/* Whoever was told of, and did not have it then, has it from somewhere else. */
static bool may_be_unknown(const struct formers *f, const struct former *o,
                           uint64_t born_ns)
{
	uint64_t told_ns = f->told_ns > f->heard_ns ? f->told_ns : f->heard_ns;
	uint64_t latest_ns = born_ns + TICK_NS;

	return latest_ns >= o->until_ns || latest_ns >= told_ns;
}

/* Of whom something went back, that one was met. */
const struct former *formers_find(const struct formers *f, struct task_id whom,
                                  enum setting s, int64_t value,
                                  uint64_t born_ns)
{
	const struct former *found = NULL;
	bool                 is_thread = task_id_is_thread(whom);

	if (born_ns + BIRTH_NS < f->heard_ns)
		return NULL;
	for (uint64_t i = f->next; i != f->first; i--) {
		const struct former *o = at(f, i - 1);

		if (o->setting != s || !is_of(o, whom))
			continue;
		if (is_thread && o->whom.tid == whom.tid)
			return NULL;
		if (found == NULL && o->value == value &&
		    was_then(o, born_ns) &&
		    (!is_thread || may_be_unknown(f, o, born_ns)))
			found = o;
	}
	return found;
}

uint64_t formers_of(const struct formers *f, struct task_id process)
{
	uint64_t has = 0;

	for (uint64_t i = f->first; i != f->next; i++)
		if (is_of(at(f, i), process) &&
		    at(f, i)->until_ns + BIRTH_NS >= f->told_ns)
			has |= SETTING_BIT(at(f, i)->setting);
	return has;
}
