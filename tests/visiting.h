/* visiting.h -- visitors at the gate of an engine on a simulated machine. */
#ifndef TESTS_VISITING_H
#define TESTS_VISITING_H

#include "control/control.h"
#include "rehearsing.h"

#define STATUS "{\"pqs\":1,\"ask\":\"status\"}"

static struct control *control;
static char            said[1 << 20];   /* what a visitor has read last       */

static inline void gate_change(void *self, const struct change *change)
{
	control_change(self, change);
}

/* Whoever is at the gate of the engine on the stage is answered from now on. */
static inline void gate_open(void)
{
	struct engine_ears *ears = &stage->engine.ears;

	control = control_new(&(struct control_options){
	                      .engine = &stage->engine });
	ck_assert_ptr_nonnull(control);
	ears->self = control;
	ears->change = gate_change;
	ears->visit = control_visit;
	ears->visits_step = control_step;
	ears->visits_wake_ns = control_wake_ns;
}

static inline void gate_shut(void)
{
	control_free(control);
	control = NULL;
}

/* A gate before an engine with the usual rules. */
static inline void visits_begin(void)
{
	rules_usual(act_by_battery);
	gate_open();
}

static inline void visits_end(void)
{
	gate_shut();
	curtain_down();
}

static inline uint32_t visitor(uid_t uid)
{
	const struct peer who = { .uid = uid, .gid = uid, .pid = 1 };
	int               visit = sim_visit(stage->sim, &who);

	ck_assert_int_ge(visit, 0);
	return (uint32_t)visit;
}

static inline void say(uint32_t visit, const char *text)
{
	ck_assert_uint_eq(sim_say(stage->sim, visit, text, strlen(text)),
	                  strlen(text));
}

/* All that it was answered and did not read yet. */
static inline const char *heard(uint32_t visit)
{
	size_t used = 0, n;

	settle();
	while ((n = sim_listen(stage->sim, visit, said + used,
	                       sizeof said - 1 - used)) > 0) {
		used += n;
		settle();
	}
	said[used] = '\0';
	return said;
}

static inline const char *ask(uint32_t visit, const char *text)
{
	say(visit, text);
	say(visit, "\n");
	return heard(visit);
}

static inline void assert_heard(uint32_t visit, const char *text)
{
	const char *all = heard(visit);

	ck_assert_msg(strstr(all, text) != NULL, "'%s' is not in:\n%s", text,
	              all);
}

static inline void assert_answer(uint32_t visit, const char *line,
                                 const char *text)
{
	const char *all = ask(visit, line);

	ck_assert_msg(strstr(all, text) != NULL, "%s: '%s' is not in:\n%s",
	              line, text, all);
}

/* The line that asks this about a process; rest (may be "") are more keys. */
static inline const char *order(const char *verb, pid_t pid, const char *rest)
{
	static char line[300];

	snprintf(line, sizeof line, "{\"pqs\":1,\"ask\":\"%s\",\"pid\":%d%s}",
	         verb, (int)pid, rest);
	return line;
}

static inline bool is_there(uint32_t visit)
{
	return sim_is_there(stage->sim, visit);
}

#endif
