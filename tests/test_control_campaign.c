/* test_control_campaign.c -- visitors of all kinds, in any order,
 * while programs come and go: whatever they were told, in the end
 * everything is put back. */

#include "visiting.h"

#ifndef SEEDS
#define SEEDS    300
#endif
#define STEPS    120
#define TASKS    12
#define VISITORS 6

static uint64_t dice;

static uint32_t roll(uint32_t sides)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (uint32_t)(dice >> 11) % sides;
}

static struct guest {
	uint32_t visit;
	bool     here;
	size_t   asked, answered;       /* since it came                      */
	char     rest[VISIT_ROOM + VISIT_ROW_MAX];      /* of a line          */
	size_t   used;
} guests[VISITORS];

static struct {
	pid_t pid;                      /* 0: none                            */
	uid_t uid;
} tasks[TASKS];

static const uid_t uids[] = { 0, 1000, 2000 };

/* %d is a task's pid, which may be gone. */
static const char *const lines[] = {
	"{\"pqs\":1,\"ask\":\"status\"}", "{\"pqs\":1,\"ask\":\"rules\"}",
	"{\"pqs\":1,\"ask\":\"log\"}", "{\"pqs\":1,\"ask\":\"log\",\"pid\":%d}",
	"{\"pqs\":1,\"ask\":\"explain\",\"pid\":%d}",
	"{\"pqs\":1,\"ask\":\"set\",\"pid\":%d,\"set\":[\"nice=3\"]}",
	"{\"pqs\":1,\"ask\":\"set\",\"pid\":%d,\"set\":[\"nice=-7\",\"sched=batch\"],"
	"\"keep_ns\":3000000000}",
	"{\"pqs\":1,\"ask\":\"set\",\"pid\":%d,\"set\":[\"qos=background\"]}",
	"{\"pqs\":1,\"ask\":\"set\",\"pid\":%d,\"set\":[\"ionice=idle\","
	"\"timer_slack=9ms\",\"affinity=0-2\"]}",
	"{\"pqs\":1,\"ask\":\"set\",\"pid\":%d,\"set\":[\"nice=\",\"qos=\"]}",
	"{\"pqs\":1,\"ask\":\"set\",\"pid\":%d,\"set\":[\"oom_score_adj=300\"]}",
	"{\"pqs\":1,\"ask\":\"undo\",\"pid\":%d}",
	"{\"pqs\":1,\"ask\":\"focus\",\"pid\":%d}",
	"{\"pqs\":1,\"ask\":\"reload\",\"wait\":true}", "nonsense",
};

static void guest_comes(struct guest *g)
{
	const struct peer who = { .uid = uids[roll(3)] };
	int               visit = sim_visit(stage->sim, &who);

	if (visit < 0)
		return;
	/* whoever had that number was let go */
	for (int i = 0; i < VISITORS; i++)
		if (guests[i].visit == (uint32_t)visit)
			guests[i].here = false;
	*g = (struct guest){ .visit = (uint32_t)visit, .here = true };
}

/* Each whole line that is an end or an error answers one that was said. */
static void guest_reads(struct guest *g)
{
	char *end;

	g->used += sim_listen(stage->sim, g->visit, g->rest + g->used,
	                      sizeof g->rest - 1 - g->used);
	g->rest[g->used] = '\0';
	while ((end = strchr(g->rest, '\n')) != NULL) {
		*end = '\0';
		ck_assert_int_eq(g->rest[0], '{');
		g->answered += strstr(g->rest, "\"end\":") != NULL ||
		               strstr(g->rest, "\"error\":") != NULL;
		g->used -= (size_t)(end + 1 - g->rest);
		memmove(g->rest, end + 1, g->used + 1);
	}
	ck_assert_uint_le(g->answered, g->asked);
}

static void guest_says(struct guest *g)
{
	char   line[300];
	size_t n;

	n = (size_t)snprintf(line, sizeof line,
	                     lines[roll(sizeof lines / sizeof lines[0])],
	                     (int)tasks[roll(TASKS)].pid);
	line[n++] = '\n';
	/* what is half said is no question */
	g->asked += sim_say(stage->sim, g->visit, line, n) == n;
}

static void guest_acts(struct guest *g)
{
	if (!g->here || !is_there(g->visit)) {
		guest_comes(g);
		return;
	}
	switch (roll(12)) {
	case 0:
		sim_leave(stage->sim, g->visit);
		g->here = false;
		break;
	case 1:
		sim_hush(stage->sim, g->visit);
		g->here = false;
		break;
	case 2:
		sim_fail(stage->sim, SIM_SEND, roll(2) ? EPIPE : EAGAIN, 1);
		break;
	case 3: case 4: case 5:
		guest_reads(g);
		break;
	default:
		guest_says(g);
	}
}

static void task_acts(void)
{
	uint32_t i = roll(TASKS);

	if (tasks[i].pid == 0) {
		tasks[i].uid = uids[roll(3)];
		tasks[i].pid = run_under(0, roll(2) ? "x" : "f", tasks[i].uid);
	} else if (roll(3) == 0) {
		sim_exit(stage->sim, tasks[i].pid);
		tasks[i].pid = 0;
	} else {
		const struct sim_program p = { .name = roll(2) ? "x" : "f" };

		sim_exec_again(stage->sim, tasks[i].pid, &p);
	}
}

static void step(void)
{
	switch (roll(6)) {
	case 0:
		task_acts();
		break;
	case 1:
		pass(roll(3) * SECOND + roll(100) * MS);
		break;
	case 2:
		sim_host(stage->sim, HOST_on_battery, roll(2));
		break;
	default:
		guest_acts(&guests[roll(VISITORS)]);
	}
	if (roll(2))
		settle();
}

static void assert_original(pid_t pid, pid_t untouched)
{
	static const enum setting s[] = { SETTING_nice, SETTING_sched,
		SETTING_ionice, SETTING_timer_slack, SETTING_affinity,
		SETTING_oom_score_adj };

	for (size_t i = 0; i < sizeof s / sizeof s[0]; i++)
		ck_assert_msg(knob(pid, s[i]) == knob(untouched, s[i]),
		              "%s of %d", setting_rows[s[i]].name,
		              (int)pid);
}

START_TEST(in_the_end_everything_is_put_back)
{
	pid_t    untouched;
	uint32_t v;

	dice = (uint64_t)_i * 0x9e3779b97f4a7c15 + 1;
	memset(guests, 0, sizeof guests);
	memset(tasks, 0, sizeof tasks);
	sim_delay(stage->sim, roll(2) * 5 * MS);
	for (int i = 0; i < STEPS; i++)
		step();
	for (int i = 0; i < VISITORS; i++)
		if (guests[i].here)
			sim_leave(stage->sim, guests[i].visit);
	sim_fail(stage->sim, SIM_SEND, EPIPE, 0);
	pass(2 * VISIT_STALL_NS);
	for (v = 0; v < VISITS_MAX; v++)
		ck_assert(!is_there(v));
	ck_assert_uint_gt(stage->engine.enforcer.changes, 0);
	untouched = run("z");
	v = visitor(0);
	say(v, "{\"pqs\":1,\"ask\":\"undo\",\"all\":true}\n");
	pass(SECOND);
	assert_heard(v, "\"end\":\"undo\"");
	pass(30 * SECOND);
	for (int i = 0; i < TASKS; i++)
		if (tasks[i].pid != 0)
			assert_original(tasks[i].pid, untouched);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	ck_assert_uint_eq(leases_count(stage->engine.leases), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("control: a campaign");
	TCase *c = tcase_create("seeds");

	tcase_add_checked_fixture(c, visits_begin, visits_end);
	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, in_the_end_everything_is_put_back, 0, SEEDS);
	suite_add_tcase(s, c);
	return run_suite(s);
}
