/* test_engine_later.c -- a call that fails once delays what is wanted, and no
 * more. */

#include "rehearsing.h"

#define CALLS 12

static enum sim_call victim;
static unsigned      until;             /* the call that fails; 0: none       */

static int before(void *self, enum sim_call call)
{
	(void)self;
	if (call != victim || until == 0 || --until != 0)
		return 0;
	return -EINVAL;
}

/* From now on the n-th such call fails. */
static void fail_nth(enum sim_call call, unsigned n)
{
	const struct sim_between here = { NULL, before, NULL };

	sim_between(stage->sim, &here);
	victim = call;
	until = n;
}

/* Five for "a", and nothing for anybody else. */
static void begin(void)
{
	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, SETTING_nice,
	           5);
	rules_end(NULL);
	curtain_up(1, NULL);
}

START_TEST(what_cannot_be_learnt_of_a_program_at_first_is_learnt_later)
{
	const struct sim_program other = { .name = "other" };
	pid_t                    pid;

	for (unsigned n = 1; n < CALLS; n++) {
		begin();
		pid = run("a");
		settle();
		ck_assert_int_eq(nice_of(pid), 5);
		sim_exec_again(stage->sim, pid, &other);
		fail_nth(SIM_FACTS, n);
		pass(3 * SECOND);
		ck_assert_msg(nice_of(pid) == 0, "call %u failed", n);
		curtain_down();
	}
}
END_TEST

int main(void)
{
	Suite   *s = suite_create("engine: later");
	TCase   *c = tcase_create("later");
	SRunner *runner;
	int      failed;

	tcase_add_test(
		c, what_cannot_be_learnt_of_a_program_at_first_is_learnt_later);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
