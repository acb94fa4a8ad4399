/* test_engine_origins.c -- where what goes back goes, when the threads of one
 * process have come from different values. */

#include "rehearsing.h"

#define MINUTE (60 * SECOND)

static uint32_t a_process(void)
{
	return select_named(SELECT_PROCESS, "a");
}

/* On battery all of "a" has nice 5, and its main thread insists on that; its
 * workers have something else besides. */
static void begin(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	rules_begin();
	rule_wants(a_process(), select_battery(), SETTING_nice, 5);
	rule_wants(select_thread_of("w*", a_process()), IMAGE_NONE,
	           SETTING_timer_slack, 1000);
	r = rule_of(select_main_of(a_process()));
	r.when = select_battery();
	want_set(&w, SETTING_nice, 5);
	r.want = &w;
	r.insist = true;
	rule_add(r);
	rules_end(NULL);
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
}

/* Somebody else has set the main thread alone to 9, and it is set again. */
static pid_t run_contested(void)
{
	pid_t pid = run("a");

	sim_thread(stage->sim, pid, "first");
	settle();
	ck_assert_int_eq(nice_of(pid), 5);
	sim_set_knob(stage->sim, pid, SETTING_nice, 9);
	pass(MINUTE);
	ck_assert_int_eq(nice_of(pid), 5);
	return pid;
}

START_TEST(after_an_exec_all_goes_back_where_the_main_thread_came_from)
{
	const struct sim_program other = { .name = "other" };
	pid_t                    pid;

	begin();
	pid = run_contested();
	sim_exec_again(stage->sim, pid, &other);
	settle();
	ck_assert_int_eq(nice_of(pid), 9);
	curtain_down();
}
END_TEST

START_TEST(a_thread_that_is_born_now_is_the_main_threads)
{
	pid_t pid, tid;

	begin();
	pid = run_contested();
	tid = sim_thread(stage->sim, pid, "worker");
	settle();
	ck_assert_int_eq(nice_of(tid), 5);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(nice_of(pid), 9);
	ck_assert_int_eq(nice_of(tid), 9);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite   *s = suite_create("engine: origins");
	TCase   *c = tcase_create("origins");
	SRunner *runner;
	int      failed;

	tcase_add_test(
		c, after_an_exec_all_goes_back_where_the_main_thread_came_from);
	tcase_add_test(c, a_thread_that_is_born_now_is_the_main_threads);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
