/* without.c -- what every knob would be if pqs had never run.
 *
 * Beside each value stands what it would be without us: another program's
 * change is made to both, ours to one, and a child is born with both.  So there
 * is something to compare with that no journal had a hand in.  Where the world
 * itself does not tell any more whose a value was, that is noted too.
 */

#include <errno.h>

#include "os/sim/machine.h"

static void blur_knob(struct marks *m, const int64_t *value, enum setting what)
{
	if (value[what] != m->without[what])
		m->blurred |= SETTING_BIT(what);
}

/* Whoever was born of it has the same from it. */
static void blur(struct being *b, uint64_t which)
{
	struct strand *strand;
	struct being  *child;

	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting what = (enum setting)i;

		if ((which & SETTING_BIT(what)) == 0)
			continue;
		blur_knob(&b->marks, b->shared, what);
		DL_FOREACH(b->strands, strand)
			blur_knob(&strand->marks, strand->value, what);
	}
	DL_FOREACH(b->children, child)
		blur(child, which);
}

/* A child that nobody knows of yet has what its parent had before. */
static void overtake(struct being *b, enum setting what)
{
	struct being *child;

	DL_FOREACH(b->children, child) {
		if (child->news == NEWS_TAKEN_IN)
			continue;
		child->overtaken |= SETTING_BIT(what);
		if (child->news == NEWS_LOST)
			blur(child, SETTING_BIT(what));
	}
}

/* A class is looked at for the sake of other settings too, and what was decided
 * of it before that stands. */
void without_read(const struct sim *s, struct strand *strand,
                  enum setting what)
{
	struct marks *m = marks_at(strand, what);

	if (m->grip != s->grips)
		m->read = m->overwritten = 0;
	m->grip = s->grips;
	m->read |= SETTING_BIT(what);
	if (what != SETTING_sched)
		m->overwritten &= ~SETTING_BIT(what);
}

/* No system has a way to set a value only if it is still what was read. */
static void note_overwritten(const struct sim *s, struct marks *m,
                             enum setting what)
{
	if (s->grip.pid != 0 && m->grip == s->grips)
		m->overwritten |= m->read & SETTING_BIT(what);
}

void without_set(struct sim *s, struct strand *strand, enum setting what,
                 int64_t before, int64_t now)
{
	struct marks *m = marks_at(strand, what);

	note_overwritten(s, m, what);
	if (before == now && m->without[what] != now) {
		m->blurred |= SETTING_BIT(what);
		return;
	}
	m->without[what] = now;
	m->blurred &= ~SETTING_BIT(what);
	m->foreign |= SETTING_BIT(what);
	m->ever_foreign |= SETTING_BIT(what);
	overtake(strand->being, what);
}

static void copy(const struct marks *parent, struct marks *child)
{
	*child = *parent;
	child->foreign = child->ever_foreign = 0;
}

void without_share(const struct being *parent, struct being *child)
{
	static const enum setting own[] = { SETTING_freeze, SETTING_reclaim,
	                                    SETTING_cpu_limit };

	copy(&parent->marks, &child->marks);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		child->marks.without[own[i]] = child->shared[own[i]];
		child->marks.blurred &= ~SETTING_BIT(own[i]);
	}
}

void without_inherit(const struct strand *parent, struct strand *child)
{
	copy(&parent->marks, &child->marks);
}

void without_reset(struct strand *child, enum setting what)
{
	child->marks.without[what] = child->value[what];
	child->marks.blurred |= SETTING_BIT(what);
}

void without_exec(struct being *b)
{
	struct strand *strand;

	b->marks.foreign = 0;
	DL_FOREACH(b->strands, strand)
		strand->marks.foreign = 0;
}

/* Where another program has set one thread apart from the others, one that has
 * by chance what a sibling has from us may have been born of that one. */
static void blur_siblings(struct being *b, enum setting what, int64_t now)
{
	struct strand *strand;
	uint64_t       foreign = 0;

	if (setting_rows[what].scope != SETTING_SCOPE_THREAD)
		return;
	DL_FOREACH(b->strands, strand)
		foreign |= strand->marks.foreign & SETTING_BIT(what);
	DL_FOREACH(b->strands, strand)
		if (strand->value[what] == now &&
		    strand->marks.without[what] == now)
			strand->marks.blurred |= foreign;
}

/* Systems tell births in clock ticks, so that who was born a moment before its
 * parent was turned, and has the same of its own, or from what its parent was
 * before another program set that, may be thought to have it from there; and so
 * may those below. */
#define TICK_NS UINT64_C(20000000)

static void blur_alike(const struct sim *s, struct being *b, enum setting what,
                       int64_t now, int64_t without)
{
	struct strand *strand;
	struct being  *child;

	DL_FOREACH(b->strands, strand) {
		struct marks *m = marks_at(strand, what);

		if (*knob_at(s, strand, what) == now &&
		    (m->without[what] == now || m->without[what] != without))
			m->blurred |= SETTING_BIT(what);
	}
	DL_FOREACH(b->children, child)
		blur_alike(s, child, what, now, without);
}

static bool is_of_session(enum setting what)
{
	return setting_rows[what].scope == SETTING_SCOPE_SESSION;
}

void without_turned(const struct sim *s, struct strand *strand,
                    enum setting what, int64_t now)
{
	struct being *b = strand->being, *child;
	struct marks *m = marks_at(strand, what);

	if (m->grip == s->grips)
		m->blurred |= m->overwritten & SETTING_BIT(what);
	blur_siblings(b, what, now);
	DL_FOREACH(b->children, child) {
		if (child->id.born + TICK_NS >= s->now_ns &&
		    !is_of_session(what))
			blur_alike(s, child, what, now, m->without[what]);
	}
	overtake(b, what);
}

/* Of one that nobody knew it is not known either what its children have. */
void without_orphans(struct being *dying)
{
	struct being *child;

	DL_FOREACH(dying->children, child) {
		if (child->news == NEWS_TAKEN_IN)
			continue;
		child->orphaned = true;
		if (child->news == NEWS_LOST || dying->news == NEWS_LOST)
			blur(child, UINT64_MAX);
	}
}

void without_lost(struct being *b)
{
	b->news = NEWS_LOST;
	blur(b, b->orphaned ? UINT64_MAX : b->overtaken);
}

/* What it has from us some thread has with another origin, or the one that
 * starts them has had since another program set it: perhaps before an exec that
 * was not written down. */
static bool is_of_unknown_origin(const struct strand *strand, int what)
{
	const struct strand *other, *leader = strand->being->strands;
	int64_t              value = strand->value[what];
	int64_t              without = strand->marks.without[what];

	DL_FOREACH(leader, other)
		if (other->value[what] == value &&
		    other->marks.without[what] != without)
			return true;
	return value != without &&
	       (leader->marks.ever_foreign >> what & 1) != 0;
}

void without_thread_lost(struct strand *strand)
{
	strand->news = NEWS_LOST;
	for (int i = 0; i < SETTING_COUNT; i++)
		if (is_of_unknown_origin(strand, i))
			strand->marks.blurred |= SETTING_BIT((enum setting)i);
}

void without_found(struct being *b)
{
	if (b->news == NEWS_LOST)
		b->news = NEWS_TOLD;
}

/* Class and deadline are one knob to the kernel. */
static int64_t without_of(const struct marks *m, enum setting what)
{
	int64_t sched = m->without[SETTING_sched];

	if (what == SETTING_realtime &&
	    sched_class_of(sched) != SCHED_CLASS_DEADLINE)
		return ~sched;
	return m->without[what];
}

static int find(struct sim *s, pid_t tid, enum setting what,
                struct strand **ret_strand)
{
	*ret_strand = strand_find(s, tid);
	if (*ret_strand == NULL)
		return -ESRCH;
	if (knob_at(s, *ret_strand, what) == NULL)
		return -EOPNOTSUPP;
	return (marks_at(*ret_strand, what)->blurred & SETTING_BIT(what)) != 0
	       ? -ENODATA : 0;
}

int sim_without(struct sim *s, pid_t tid, enum setting what,
                int64_t *ret_value)
{
	struct strand *strand;
	int            r = find(s, tid, what, &strand);

	if (r == 0)
		*ret_value = without_of(marks_at(strand, what), what);
	return r;
}

int sim_is_as_without(struct sim *s, pid_t tid, enum setting what)
{
	struct strand *strand;
	int            r = find(s, tid, what, &strand);

	return r < 0 ? r : *knob_at(s, strand, what) ==
	                   marks_at(strand, what)->without[what];
}

bool sim_is_foreign(struct sim *s, pid_t tid, enum setting what)
{
	struct strand *strand;
	int            r = find(s, tid, what, &strand);

	return (r == 0 || r == -ENODATA) &&
	       (marks_at(strand, what)->foreign & SETTING_BIT(what)) != 0;
}
