/* session.c -- the visitors: heard, answered piece by piece, and let go.
 *
 * In one round of the engine one visitor is served, for a bounded number of
 * rows.  A visitor that does not read is not written to; one that says nothing,
 * or reads nothing, for long is dropped.
 */
#include "control/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/decisions.h"
#include "control/verb.h"

/* So many asks at once, then one each. */
#define ASK_EACH_NS  UINT64_C(5000000)
#define ASKS_AT_ONCE 50

#define SAMPLE_NS    UINT64_C(10000000000)

static const char *const refusals[REFUSALS] = {
	[REFUSAL_MALFORMED] = "malformed", [REFUSAL_VERSION] = "version",
	[REFUSAL_UNKNOWN] = "unknown", [REFUSAL_WRONG] = "wrong",
	[REFUSAL_DENIED] = "denied", [REFUSAL_GONE] = "gone",
	[REFUSAL_UNREADY] = "unready",
};

static const struct gate *gate_of(const struct session *s)
{
	return &s->control->engine->os->gate;
}

uint64_t control_now_ns(const struct control *c)
{
	const struct sensor *sensor = &c->engine->os->sensor;

	return sensor->now_ns(sensor->self);
}

int session_refuse(struct session *s, enum refusal refusal,
                   const char *format, ...)
{
	va_list args;

	s->refusal = refusal;
	va_start(args, format);
	vsnprintf(s->why, sizeof s->why, format, args);
	va_end(args);
	return -EINVAL;
}

static void send_line(struct session *s, struct json *j)
{
	int64_t bytes = json_end(j);

	if (bytes > 0 && gate_of(s)->send(gate_of(s)->self, s->visit, j->out,
	                                  (size_t)bytes) < 0)
		s->dropped = true;
}

static void send_refusal(struct session *s)
{
	char        line[1024];
	struct json j;

	json_begin(&j, line, sizeof line);
	json_number(&j, "pqs", CONTROL_VERSION);
	json_text(&j, "error", refusals[s->refusal]);
	json_text(&j, "why", s->why);
	send_line(s, &j);
	s->control->counts.refused++;
	s->verb = NULL;
}

static void send_end(struct session *s)
{
	char        line[256];
	struct json j;

	json_begin(&j, line, sizeof line);
	json_number(&j, "pqs", CONTROL_VERSION);
	json_text(&j, "end", s->verb->name);
	json_number(&j, "rows", (int64_t)s->rows);
	send_line(s, &j);
	s->verb = NULL;
}

/* What has no room in a row is told rather than cut. */
static void send_row(struct session *s, struct json *row)
{
	if (row->cut) {
		(void)session_refuse(s, REFUSAL_WRONG, "row %llu is too long",
		                     (unsigned long long)s->rows);
		send_refusal(s);
		return;
	}
	s->rows++;
	send_line(s, row);
}

static size_t look_at_room(struct session *s, uint64_t now_ns)
{
	size_t room = gate_of(s)->room(gate_of(s)->self, s->visit);

	if (room > s->room || (room < s->room && s->room == VISIT_ROOM))
		s->read_ns = now_ns;
	s->room = room;
	return room;
}

/* One row, or the end of it all; false: there is none yet. */
static bool say(struct session *s, uint64_t now_ns)
{
	struct json row;
	int         r;

	json_begin(&row, s->control->row, sizeof s->control->row);
	r = s->verb->row == NULL ? 0 : s->verb->row(s, &row);
	if (r == -EAGAIN)
		return false;
	s->heard_ns = now_ns;
	if (r > 0)
		send_row(s, &row);
	else if (r == 0)
		send_end(s);
	else
		send_refusal(s);
	return true;
}

static bool is_paid(struct session *s, uint64_t now_ns)
{
	if (s->credit_ns < now_ns)
		s->credit_ns = now_ns;
	s->unpaid = s->credit_ns > now_ns + ASKS_AT_ONCE * ASK_EACH_NS;
	if (s->unpaid)
		return false;
	s->credit_ns += ASK_EACH_NS;
	return true;
}

/* Nothing more is heard of it; it may still read. */
static void hear_no_more(struct session *s, int64_t why)
{
	s->ending = true;
	if (why == -EPIPE)
		s->dropped = true;
	if (why != -EMSGSIZE)
		return;
	(void)session_refuse(s, REFUSAL_MALFORMED, "a line has at most %d "
	                     "bytes", VISIT_LINE_MAX - 1);
	send_refusal(s);
}

static void obey(struct session *s, const char *line, size_t bytes)
{
	s->heard_ns = control_now_ns(s->control);
	s->control->counts.asked++;
	if (verb_ask(s, line, bytes) < 0)
		send_refusal(s);
}

/* The next line, if there is one.  True: then it is being answered. */
static bool hear(struct session *s, uint64_t now_ns)
{
	const char *line;
	int64_t     n;

	if (s->ending || s->dropped || look_at_room(s, now_ns) < VISIT_ROW_MAX ||
	    !is_paid(s, now_ns))
		return false;
	n = gate_of(s)->take(gate_of(s)->self, s->visit, &line);
	if (n == -EAGAIN) {
		s->credit_ns -= ASK_EACH_NS;
		return false;
	}
	if (n < 0) {
		hear_no_more(s, n);
		return false;
	}
	obey(s, line, (size_t)n);
	return true;
}

/* Of who follows a stream: another line ends it, and is obeyed.  It may have
 * said all that it has to say, and listen.  What has an end is waited for. */
static bool interrupt(struct session *s)
{
	const char *line;
	int64_t     n = s->patience_ns != 0 ? -EAGAIN
	                : gate_of(s)->take(gate_of(s)->self, s->visit, &line);

	if (n == -EPIPE)
		s->dropped = true;
	if (n == -EMSGSIZE)
		hear_no_more(s, n);
	if (n < 0)
		return false;
	send_end(s);
	obey(s, line, (size_t)n);
	return true;
}

/* True while there is more to say at once, and room for it. */
static bool answer(struct session *s, uint64_t now_ns)
{
	for (int i = 0; i < VISIT_ROWS_PER_STEP &&
	     (i == 0 || !engine_is_long(s->control->engine)); i++) {
		if (s->verb == NULL || s->dropped)
			return !s->dropped;
		if (look_at_room(s, now_ns) < VISIT_ROW_MAX)
			return false;
		if (!say(s, now_ns))
			return interrupt(s);
	}
	return !s->dropped;
}

static void session_close(struct session *s)
{
	struct control *c = s->control;

	gate_of(s)->dismiss(gate_of(s)->self, s->visit);
	kept_clear(s);
	c->session[s->visit] = NULL;
	c->busy &= ~(UINT64_C(1) << s->visit);
	c->open--;
	free(s);
}

/* True: it wants to go on at once. */
static bool session_step(struct session *s, uint64_t now_ns)
{
	return s->verb == NULL ? hear(s, now_ns) : answer(s, now_ns);
}

static struct session *session_open(struct control *c, uint32_t visit)
{
	const struct gate *gate = &c->engine->os->gate;
	struct session    *s;
	struct peer        peer;

	if (gate->peer(gate->self, visit, &peer) < 0)
		return NULL;
	s = calloc(1, sizeof *s);
	if (s == NULL) {
		gate->dismiss(gate->self, visit);
		return NULL;
	}
	s->control = c;
	s->visit = visit;
	s->peer = peer;
	s->commands = peer.uid == 0 || peer.uid == c->uid || peer.in_group;
	s->heard_ns = s->read_ns = control_now_ns(c);
	s->room = VISIT_ROOM;
	c->session[visit] = s;
	c->open++;
	return s;
}

void control_visit(void *control, uint32_t visit)
{
	struct control *c = control;

	if (visit < VISITS_MAX)
		c->busy |= UINT64_C(1) << visit;
}

void control_stir(struct control *c)
{
	for (uint32_t i = 0; c->open > 0 && i < VISITS_MAX; i++)
		if (c->session[i] != NULL && c->session[i]->verb != NULL)
			c->busy |= UINT64_C(1) << i;
}

/* When patience with it ends; UINT64_MAX: it is we who are at work. */
static uint64_t deadline_ns(const struct session *s)
{
	if (s->room < VISIT_ROOM)
		return s->read_ns + VISIT_STALL_NS;
	if (s->verb != NULL)
		return UINT64_MAX;
	return VISIT_IDLE_NS + (s->read_ns > s->heard_ns ? s->read_ns
	                                                 : s->heard_ns);
}

/* When one that asked too often is heard again. */
static uint64_t again_ns(const struct session *s)
{
	return s->unpaid ? s->credit_ns - ASKS_AT_ONCE * ASK_EACH_NS
	                 : UINT64_MAX;
}

static bool is_over(const struct session *s)
{
	return s->dropped ||
	       (s->ending && s->verb == NULL && s->room == VISIT_ROOM);
}

static void see_to_time(struct control *c, struct session *s, uint64_t now_ns)
{
	(void)look_at_room(s, now_ns);
	if (again_ns(s) <= now_ns) {
		s->unpaid = false;
		control_visit(c, s->visit);
	}
	if (s->patience_ns != 0 && s->patience_ns <= now_ns)
		control_visit(c, s->visit);
	if (!is_over(s) && deadline_ns(s) > now_ns)
		return;
	c->counts.dropped += !is_over(s);
	session_close(s);
}

static void sample(struct control *c, uint64_t now_ns)
{
	if (c->lately.at_ns != 0 && now_ns - c->lately.at_ns < SAMPLE_NS)
		return;
	c->before = c->lately;
	c->lately.at_ns = now_ns;
	c->lately.events = c->engine->counts.events;
	c->lately.judged = c->engine->counts.judged;
}

/* Whose turn it is among those that have something to do. */
static uint32_t next_turn(struct control *c)
{
	do
		c->turn = (c->turn + 1) % VISITS_MAX;
	while ((c->busy >> c->turn & 1) == 0);
	return c->turn;
}

void control_step(void *control, uint64_t now_ns)
{
	struct control *c = control;
	struct session *s;
	uint32_t        visit;

	sample(c, now_ns);
	if (c->busy != 0) {
		visit = next_turn(c);
		s = c->session[visit];
		if (s == NULL)
			s = session_open(c, visit);
		if (s == NULL || !session_step(s, now_ns))
			c->busy &= ~(UINT64_C(1) << visit);
	}
	for (uint32_t i = 0; c->open > 0 && i < VISITS_MAX; i++)
		if (c->session[i] != NULL)
			see_to_time(c, c->session[i], now_ns);
}

uint64_t control_wake_ns(void *control)
{
	const struct control *c = control;
	uint64_t              first = UINT64_MAX;

	if (c->busy != 0)
		return 0;
	if (c->open == 0)
		return UINT64_MAX;
	for (uint32_t i = 0; i < VISITS_MAX; i++) {
		const struct session *s = c->session[i];

		if (s != NULL && deadline_ns(s) < first)
			first = deadline_ns(s);
		if (s != NULL && again_ns(s) < first)
			first = again_ns(s);
		if (s != NULL && s->patience_ns != 0 && s->patience_ns < first)
			first = s->patience_ns;
	}
	return first;
}

struct control *control_new(const struct control_options *o)
{
	struct control *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->decisions = calloc(1, sizeof *c->decisions);
	if (c->decisions == NULL) {
		free(c);
		return NULL;
	}
	c->engine = o->engine;
	c->uid = o->uid;
	c->started_ns = control_now_ns(c);
	return c;
}

void control_free(struct control *c)
{
	if (c == NULL)
		return;
	for (uint32_t i = 0; i < VISITS_MAX; i++)
		if (c->session[i] != NULL)
			session_close(c->session[i]);
	free(c->decisions);
	free(c);
}

void control_change(struct control *c, const struct change *change)
{
	c->foreign += change->foreign;
	decisions_change(c->decisions, c->engine, change);
	control_stir(c);
}

void control_note(struct control *c, const char *sentence)
{
	decisions_note(c->decisions, c->engine, sentence);
	control_stir(c);
}

struct control_counts control_counts(const struct control *c)
{
	return c->counts;
}
