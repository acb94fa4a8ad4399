/* admission.c -- how much real-time may be promised to all threads together.
 *
 * What was promised is what the journal holds, so a thread that left, or gave
 * it back, is not counted, and nothing is counted twice.
 */

#include <inttypes.h>
#include <stdio.h>

#include "enforce/walk.h"

#define MILLION  INT64_C(1000000)
#define TENTHS   (MILLION / 1000)       /* of a percent, in millionths        */
#define PER_MYRIAD 100                  /* millionths                         */

struct promises {
	struct task_id but;             /* whose own promise is replaced      */
	int64_t        millionths;      /* of one CPU                         */
};

static int64_t load_of(int64_t realtime)
{
	return realtime_us(realtime, 1) * MILLION / realtime_us(realtime, 2);
}

static void promise_add(void *ctx, const struct hold *h)
{
	struct promises *p = ctx;

	if (h->setting == SETTING_realtime && h->wanted >= 0 &&
	    !task_id_equal(h->whom, p->but))
		p->millionths += load_of(h->wanted);
}

static int64_t cpus(const struct sensor *door)
{
	int64_t n;

	return door->host(door->self, HOST_cores, &n) == 0 && n > 0 ? n : 1;
}

static void refusal_write(struct enforcer *en, int64_t sum, int64_t most)
{
	snprintf(en->refusal, sizeof en->refusal,
	         "with it real-time threads would compute %" PRId64 ".%" PRId64
	         "%% of a CPU; realtime.share allows %" PRId64 ".%" PRId64 "%%",
	         sum / TENTHS / 10, sum / TENTHS % 10, most / TENTHS / 10,
	         most / TENTHS % 10);
}

void admission_ask(struct walk *w, struct move *m)
{
	struct enforcer       *en = w->en;
	const struct actuator *door = &en->os->actuator;
	struct promises        p = { w->head, load_of(m->change.wanted) };
	int64_t                most = en->realtime_share * PER_MYRIAD *
	                              cpus(&en->os->sensor);

	if (en->journal != NULL)
		journal_each(en->journal, promise_add, &p);
	if (p.millionths <= most)
		return;
	door->read(door->self, task_id_known(w->head), SETTING_realtime,
	           &m->change.before);
	en->realtime_refused++;
	refusal_write(en, p.millionths, most);
	walk_refuse(m, EFFECT_DENIED, en->refusal);
}
