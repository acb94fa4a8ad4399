/* test_worker_asking.c -- one question at a time: line, time, and end. */

#include "base/limits.h"
#include "fake_wire.h"

static void expect_answer(enum outcome outcome, uint32_t rule)
{
	const struct worker_answer *a = worker_answer(worker);

	ck_assert_ptr_nonnull(a);
	ck_assert_int_eq(a->answer.outcome, outcome);
	ck_assert_uint_eq(a->rule, rule);
}

static void expect_failed(uint32_t rule)
{
	ck_assert_int_eq(hear(), WORKER_ANSWER);
	expect_answer(OUTCOME_ERROR, rule);
	ck_assert_str_ne(worker_answer(worker)->answer.text, "");
}

START_TEST(one_question_is_out_and_the_rest_in_line)
{
	make_ready();
	for (uint32_t id = 1; id <= 3; id++)
		ck_assert_int_eq(ask(id, id, 0), 0);
	for (uint32_t id = 1; id <= 3; id++) {
		ck_assert_uint_eq(got(), id);
		ck_assert_uint_eq(got(), 0);
		ck_assert_int_eq(hear(), WORKER_NOTHING);
		ck_assert_int_eq(answer(id, 7, id, OUTCOME_WANT, sent),
		                 WORKER_ANSWER);
		expect_answer(OUTCOME_WANT, id);
		ck_assert_int_eq(worker_answer(worker)->answer.want
		                 .value[SETTING_nice], 5);
		ck_assert_int_eq(hear(), WORKER_NOTHING);
		ck_assert_ptr_null(worker_answer(worker));
	}
	ck_assert_uint_eq(worker_counts(worker).answered, 3);
	ck_assert_uint_eq(worker_wake_ns(worker), UINT64_MAX);
}
END_TEST

START_TEST(an_answer_comes_with_the_key_of_its_question)
{
	struct asking q = { .head = { .head = { MESSAGE_QUESTION, 1 },
	                              .generation = 7, .rule = 2,
	                              .sent = sent }, .values = 99 };
	const struct worker_answer *a;
	const void *key;
	size_t      n;

	make_ready();
	ask(1, 2, 99);
	answer(1, 7, 2, OUTCOME_NOTHING, sent);
	key = question_key(&q, sizeof q, &n);
	a = worker_answer(worker);
	ck_assert_uint_eq(a->key_bytes, n);
	ck_assert_mem_eq(a->key, key, n);
}
END_TEST

/* Another id does not make another question. */
START_TEST(the_same_is_asked_once_until_it_is_answered)
{
	make_ready();
	ck_assert_int_eq(ask(1, 0, 5), 0);
	ck_assert_int_eq(ask(2, 0, 5), -EALREADY);
	ck_assert_int_eq(ask(3, 0, 6), 0);
	ck_assert_int_eq(ask(4, 0, 6), -EALREADY);
	answer(1, 7, 0, OUTCOME_NOTHING, sent);
	ck_assert_int_eq(ask(5, 0, 5), 0);
}
END_TEST

START_TEST(what_is_no_question_is_refused)
{
	make_ready();
	ck_assert_int_eq(ask(1, RULES, 0), -EINVAL);
	ck_assert_int_eq(worker_ask(worker, "short", 5, now), -EINVAL);
}
END_TEST

START_TEST(the_line_has_a_bound_and_counts_who_is_turned_away)
{
	make_ready();
	for (uint32_t i = 0; i < QUESTIONS_MAX; i++)
		ck_assert_int_eq(ask(i + 1, 0, i), 0);
	ck_assert_int_eq(ask(1, 0, QUESTIONS_MAX), -ENOBUFS);
	ck_assert_int_eq(ask(1, 0, QUESTIONS_MAX), -ENOBUFS);
	ck_assert_uint_eq(worker_counts(worker).full, 2);
	answer(1, 7, 0, OUTCOME_NOTHING, sent);
	ck_assert_int_eq(ask(1, 0, QUESTIONS_MAX), 0);
}
END_TEST

START_TEST(a_full_wire_leaves_the_question_in_line)
{
	make_ready();
	fake.send_fails = EAGAIN;
	ck_assert_int_eq(ask(1, 0, 0), 0);
	ck_assert_uint_eq(got(), 0);
	ck_assert_int_eq(wait_for_it(), WORKER_NOTHING);
	ck_assert_uint_eq(got(), 1);
}
END_TEST

static const struct reads unsent = { FACT_BIT(FACT_pid) |
                                     FACT_BIT(FACT_uid), 0, 0 };

static const struct lie {
	uint32_t     id, generation, rule;
	enum outcome outcome;
	bool         reads_unsent;
} lies[] = {
	{ 2, 7, 3, OUTCOME_NOTHING, false },    /* not the one that was asked */
	{ 1, 8, 3, OUTCOME_NOTHING, false },    /* of other rules             */
	{ 1, 7, 4, OUTCOME_NOTHING, false },
	{ 1, 7, 3, OUTCOME_WANT, true },        /* knows what it was not told */
	{ 1, 7, 3, OUTCOME_NOTHING, true },
	{ 1, 7, 3, OUTCOME_NEEDS, false },      /* needs what it has          */
};

START_TEST(a_forged_answer_costs_the_worker_its_life)
{
	const struct lie *l = &lies[_i];

	make_ready();
	ask(1, 3, 0);
	ck_assert_int_eq(answer(l->id, l->generation, l->rule, l->outcome,
	                        l->reads_unsent ? unsent : sent), WORKER_LOST);
	ck_assert_uint_eq(fake.kills, 1);
	ck_assert_uint_eq(worker_guilty(worker), 3);
	expect_failed(3);
}
END_TEST

START_TEST(a_garbled_or_endless_answer_costs_the_worker_its_life)
{
	static char bytes[ANSWER_BYTES_MAX];

	make_ready();
	ask(1, 3, 0);
	ck_assert_int_eq(message(MESSAGE_ANSWER, bytes,
	                         _i == 0 ? 2 : sizeof bytes), WORKER_LOST);
	ck_assert_str_eq(worker_why(worker),
	                 "the rules worker sent a garbled answer");
}
END_TEST

START_TEST(who_needs_more_is_believed)
{
	make_ready();
	ask(1, 3, 0);
	ck_assert_int_eq(answer(1, 7, 3, OUTCOME_NEEDS, unsent), WORKER_ANSWER);
	ck_assert_uint_eq(worker_answer(worker)->answer.read.task, unsent.task);
}
END_TEST

START_TEST(cpu_time_is_looked_at_no_sooner_than_it_can_be_used_up)
{
	uint64_t asked = now;

	fake.cpu_ns = 700 * MS;                 /* of earlier questions       */
	make_ready();
	ask(1, 3, 0);
	ck_assert_uint_eq(worker_wake_ns(worker), asked + 50 * MS);
	fake.cpu_ns += 20 * MS;
	ck_assert_int_eq(wait_for_it(), WORKER_NOTHING);
	ck_assert_uint_eq(worker_wake_ns(worker), asked + 80 * MS);
	fake.cpu_ns += 30 * MS - 1;
	ck_assert_int_eq(wait_for_it(), WORKER_NOTHING);
	ck_assert_uint_eq(worker_wake_ns(worker), asked + 81 * MS);
	fake.cpu_ns += 1;
	ck_assert_int_eq(wait_for_it(), WORKER_LOST);
	ck_assert_str_eq(worker_why(worker),
	                 "a question used up its 50ms of CPU time");
	ck_assert_uint_eq(worker_guilty(worker), 3);
	ck_assert_uint_eq(fake.kills, 1);
}
END_TEST

START_TEST(one_that_sleeps_over_a_question_has_two_seconds)
{
	uint64_t asked = now;
	unsigned looks = 0;

	make_ready();
	ask(1, 3, 0);
	while (wait_for_it() == WORKER_NOTHING)
		looks++;
	ck_assert_uint_eq(now, asked + 2000 * MS);
	ck_assert_uint_le(looks, 40);
	ck_assert_str_eq(worker_why(worker), "a question took longer than 2s");
}
END_TEST

START_TEST(the_rule_that_was_asked_is_blamed_and_the_others_asked_again)
{
	make_ready();
	ask(1, 3, 0);
	ask(2, 4, 0);
	ask(3, 5, 0);
	ck_assert_uint_eq(got(), 1);
	ck_assert_int_eq(told_worker(false), WORKER_LOST);
	ck_assert_uint_eq(worker_guilty(worker), 3);
	ck_assert_int_eq(ask(4, 3, 0), -EALREADY);
	expect_failed(3);
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	wait_for_it();
	told_worker(true);
	post_clear(&fake.to_worker);
	ck_assert_int_eq(image_comes("first"), WORKER_NOTHING);
	ck_assert_uint_eq(got(), 2);
	answer(2, 7, 4, OUTCOME_NOTHING, sent);
	hear();
	ck_assert_uint_eq(got(), 3);
}
END_TEST

static void lose_over(uint32_t rule)
{
	ck_assert_int_eq(ask(1, rule, 0), 0);
	ck_assert_int_eq(told_worker(false), WORKER_LOST);
	expect_failed(rule);
}

/* Once, and by name. */
static void expect_off(const char *why)
{
	ck_assert_uint_eq(worker_wake_ns(worker), 0);
	ck_assert_int_eq(hear(), WORKER_SWITCHED_OFF);
	ck_assert_str_eq(worker_why(worker), why);
	ck_assert_uint_eq(worker_counts(worker).switched_off, 1);
}

#define OFF "a.lua is switched off until the rules are loaded again: its " \
            "functions "

/* Rules 0 to 3 are of one file, 4 to 7 of the other. */
START_TEST(a_file_that_costs_three_workers_is_asked_no_more)
{
	make_ready();
	for (uint32_t i = 0; i < 2; i++) {
		lose_over(2 + i);
		replace();
	}
	ck_assert(worker_asks(worker, 3));
	ck_assert_int_eq(ask(1, 3, 0), 0);
	ck_assert_int_eq(ask(2, 4, 0), 0);
	ck_assert_int_eq(ask(3, 0, 1), 0);
	ck_assert_int_eq(told_worker(false), WORKER_LOST);
	expect_off(OFF "failed too often");
	expect_failed(3);
	expect_failed(0);               /* that in line, too                  */
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	ck_assert_int_eq(ask(4, 3, 2), -EPIPE);
	ck_assert_int_eq(ask(4, 1, 2), -EPIPE);
	ck_assert(!worker_asks(worker, 1));
	ck_assert(worker_asks(worker, 4));
	replace();
	post_clear(&fake.to_worker);
	answer(2, 7, 4, OUTCOME_NOTHING, sent);
	ck_assert_int_eq(ask(5, 4, 2), 0);
	ck_assert_int_eq(ask(6, 3, 2), -EPIPE);
}
END_TEST

static const struct { enum outcome outcome; int after; } weighed[] = {
	{ OUTCOME_SPENT, -EPIPE }, { OUTCOME_NOMEM, -EPIPE },
	{ OUTCOME_ERROR, 0 },      { OUTCOME_NOTHING, 0 },
};

START_TEST(what_uses_up_its_budget_is_a_strike_and_what_fails_is_not)
{
	make_ready();
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_int_eq(ask(i, 3, i), 0);
		ck_assert_int_eq(answer(i, 7, 3, weighed[_i].outcome, sent),
		                 WORKER_ANSWER);
		expect_answer(weighed[_i].outcome, 3);
	}
	ck_assert_int_eq(ask(9, 3, 9), weighed[_i].after);
}
END_TEST

/* Asks rule 0, which uses so much; what the core makes of it. */
static void cost(uint32_t id, uint64_t cpu_ns)
{
	ck_assert_int_eq(ask(id, 0, id), 0);
	fake.cpu_ns += cpu_ns;
	ck_assert_int_eq(answer(id, 7, 0, OUTCOME_NOTHING, sent),
	                 WORKER_ANSWER);
}

/* 50 ms at once, then 20 ms a second, beside the price of being asked. */
START_TEST(a_file_that_uses_more_than_drips_in_is_asked_no_more)
{
	uint32_t id = 1;

	make_ready();
	for (int i = 0; i < 5; i++)
		cost(id++, 10 * MS + QUESTION_CPU_FREE_NS);
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	for (int i = 0; i < 10; i++) {
		now += 500 * MS;
		cost(id++, 10 * MS + QUESTION_CPU_FREE_NS);
		ck_assert_int_eq(hear(), WORKER_NOTHING);
	}
	now += 500 * MS - 1000;
	cost(id++, 10 * MS + QUESTION_CPU_FREE_NS);
	expect_off(OFF "used too much CPU time");
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	ck_assert_int_eq(ask(id, 1, 0), -EPIPE);
	ck_assert_int_eq(ask(id, 4, 0), 0);
}
END_TEST

START_TEST(a_bucket_holds_no_more_than_its_size)
{
	make_ready();
	cost(1, 10 * MS);
	now += 3600000 * MS;
	for (uint32_t id = 2; id < 7; id++)
		cost(id, 10 * MS + QUESTION_CPU_FREE_NS);
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	cost(8, QUESTION_CPU_FREE_NS + 1);
	expect_off(OFF "used too much CPU time");
}
END_TEST

START_TEST(many_cheap_questions_cost_a_file_nothing)
{
	make_ready();
	for (uint32_t id = 1; id < 2000; id++)
		cost(id, QUESTION_CPU_FREE_NS);
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	ck_assert_uint_eq(worker_counts(worker).switched_off, 0);
}
END_TEST

/* It may answer what it can guess, and leave its end unread until that is full;
 * then nobody is asked any more. */
START_TEST(one_that_reads_no_question_has_two_seconds_too)
{
	uint64_t begun = now;

	make_ready();
	fake.deaf = true;
	ck_assert_int_eq(ask(1, 3, 0), 0);
	while (wait_for_it() == WORKER_NOTHING)
		ck_assert_uint_le(now, begun + 2000 * MS);
	ck_assert_uint_eq(now, begun + 2000 * MS);
	ck_assert_str_eq(worker_why(worker), "the rules worker does not read "
	                 "what it is asked");
	ck_assert_uint_eq(worker_guilty(worker), RULE_NONE);
	ck_assert_uint_eq(fake.kills, 1);
	fake.deaf = false;
	told_worker(false);
	post_clear(&fake.to_worker);
	wait_for_it();
	told_worker(true);
	post_clear(&fake.to_worker);
	ck_assert_int_eq(image_comes("first"), WORKER_NOTHING);
	ck_assert_uint_eq(got(), 1);
}
END_TEST

START_TEST(an_answer_after_its_time_is_for_nobody)
{
	make_ready();
	ask(1, 3, 0);
	ask(2, 4, 0);
	now += 2000 * MS;
	ck_assert_int_eq(hear(), WORKER_LOST);
	ck_assert_int_eq(answer(1, 7, 3, OUTCOME_WANT, sent), WORKER_ANSWER);
	expect_answer(OUTCOME_ERROR, 3);        /* that it was lost           */
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	replace();
	post_clear(&fake.to_worker);
	ck_assert_int_eq(answer(2, 7, 4, OUTCOME_WANT, sent), WORKER_ANSWER);
	expect_answer(OUTCOME_WANT, 4);
}
END_TEST

START_TEST(what_is_dropped_is_neither_asked_nor_answered)
{
	make_ready();
	ask(1, 3, 0);
	ask(2, 4, 0);
	worker_drop(worker);
	ck_assert_int_eq(ask(3, 3, 0), 0);      /* the same as the one out    */
	ck_assert_uint_eq(got(), 1);
	ck_assert_int_eq(answer(1, 7, 3, OUTCOME_NOTHING, sent),
	                 WORKER_NOTHING);
	ck_assert_uint_eq(got(), 3);
	worker_drop(worker);
	ck_assert_int_eq(told_worker(false), WORKER_LOST);
	ck_assert_uint_eq(worker_guilty(worker), 3);
	ck_assert_int_eq(hear(), WORKER_NOTHING);
}
END_TEST

START_TEST(what_was_lost_can_be_dropped)
{
	make_ready();
	ask(1, 3, 0);
	ck_assert_int_eq(told_worker(false), WORKER_LOST);
	ck_assert_uint_eq(worker_wake_ns(worker), 0);
	worker_drop(worker);
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	ck_assert_int_eq(ask(2, 3, 0), 0);
}
END_TEST

int main(void)
{
	TCase *t = case_new("asking");

	tcase_add_test(t, one_question_is_out_and_the_rest_in_line);
	tcase_add_test(t, an_answer_comes_with_the_key_of_its_question);
	tcase_add_test(t, the_same_is_asked_once_until_it_is_answered);
	tcase_add_test(t, what_is_no_question_is_refused);
	tcase_add_test(t, the_line_has_a_bound_and_counts_who_is_turned_away);
	tcase_add_test(t, a_full_wire_leaves_the_question_in_line);
	tcase_add_loop_test(t, a_forged_answer_costs_the_worker_its_life, 0,
	                    COUNT(lies));
	tcase_add_loop_test(t,
	        a_garbled_or_endless_answer_costs_the_worker_its_life, 0, 2);
	tcase_add_test(t, who_needs_more_is_believed);
	tcase_add_test(t,
	        cpu_time_is_looked_at_no_sooner_than_it_can_be_used_up);
	tcase_add_test(t, one_that_sleeps_over_a_question_has_two_seconds);
	tcase_add_test(t,
	        the_rule_that_was_asked_is_blamed_and_the_others_asked_again);
	tcase_add_test(t, a_file_that_costs_three_workers_is_asked_no_more);
	tcase_add_test(t, a_file_that_uses_more_than_drips_in_is_asked_no_more);
	tcase_add_test(t, a_bucket_holds_no_more_than_its_size);
	tcase_add_test(t, many_cheap_questions_cost_a_file_nothing);
	tcase_add_test(t, one_that_reads_no_question_has_two_seconds_too);
	tcase_add_test(t, an_answer_after_its_time_is_for_nobody);
	tcase_add_loop_test(t,
	        what_uses_up_its_budget_is_a_strike_and_what_fails_is_not, 0,
	        COUNT(weighed));
	tcase_add_test(t, what_is_dropped_is_neither_asked_nor_answered);
	tcase_add_test(t, what_was_lost_can_be_dropped);
	return run_case(t, "worker: asking");
}
