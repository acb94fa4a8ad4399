/* test_worker.c -- a worker's life as the core sees it: every state, and what
 * it says. */

#include "worker_states.h"

static void make_starting(void)
{
	ck_assert_int_eq(worker_start(worker, now), 0);
}

static void make_dismissed(void)
{
	make_ready();
	worker_dismiss(worker);
}

static void make_checking(void)
{
	worker_check_aside(worker);
	make_loading();
	ck_assert_int_eq(image_comes("first"), WORKER_COMPILED);
}

static void stay_off(void)
{
}

static void (*const reach[STATES])(void) = {
	[STATE_OFF] = stay_off,         [STATE_STARTING] = make_starting,
	[STATE_LOADING] = make_loading, [STATE_READY] = make_ready,
	[STATE_BUSY] = make_busy,       [STATE_PAUSED] = make_paused,
	[STATE_DISMISSED] = make_dismissed, [STATE_CHECKING] = make_checking,
};

static enum worker_news happen(enum heard what)
{
	switch (what) {
	case HEARD_HERE:
	case HEARD_GONE:
		return told_worker(what == HEARD_HERE);
	case HEARD_READING:
		return reading_comes(0);
	case HEARD_IMAGE:
		return image_comes("first");
	case HEARD_REFUSED:
		return message(MESSAGE_REFUSED, "a.lua:1: no", 11);
	case HEARD_ANSWER:
		return answer(1, 7, 0, OUTCOME_NOTHING, sent);
	case HEARD_NONSENSE:
		return message(MESSAGE_FILE, "x", 1);
	default:
		now += 20000 * MS;
		return hear();
	}
}

struct outcome_of_news {
	enum worker_news news;
	enum state       after;
	unsigned         kills;
};

#define SAME(state) { WORKER_NOTHING, state, 0 }
#define KILLED      { WORKER_LOST, STATE_PAUSED, 1 }
#define DIED        { WORKER_LOST, STATE_PAUSED, 0 }

static const struct outcome_of_news expected[STATES][HEARDS] = {
	[STATE_OFF] = {
		{ WORKER_NOTHING, STATE_OFF, 1 }, SAME(STATE_OFF),
		SAME(STATE_OFF),
		SAME(STATE_OFF), SAME(STATE_OFF), SAME(STATE_OFF),
		SAME(STATE_OFF), SAME(STATE_OFF) },
	[STATE_STARTING] = {
		SAME(STATE_LOADING), DIED, SAME(STATE_STARTING),
		SAME(STATE_STARTING),
		SAME(STATE_STARTING), SAME(STATE_STARTING),
		SAME(STATE_STARTING), DIED },
	[STATE_LOADING] = {
		SAME(STATE_LOADING), DIED, SAME(STATE_LOADING),
		{ WORKER_IMAGE, STATE_READY, 0 },
		{ WORKER_REFUSED, STATE_OFF, 1 }, KILLED, KILLED, KILLED },
	[STATE_CHECKING] = {
		SAME(STATE_CHECKING), SAME(STATE_CHECKING), KILLED, KILLED,
		KILLED, KILLED, KILLED, SAME(STATE_CHECKING) },
	[STATE_READY] = {
		SAME(STATE_READY), DIED, KILLED, KILLED, KILLED, KILLED, KILLED,
		SAME(STATE_READY) },
	[STATE_BUSY] = {
		SAME(STATE_BUSY), DIED, KILLED, KILLED, KILLED,
		{ WORKER_ANSWER, STATE_READY, 0 }, KILLED, KILLED },
	[STATE_PAUSED] = {
		{ WORKER_NOTHING, STATE_PAUSED, 1 }, SAME(STATE_PAUSED),
		SAME(STATE_PAUSED),
		SAME(STATE_PAUSED), SAME(STATE_PAUSED), SAME(STATE_PAUSED),
		SAME(STATE_PAUSED), SAME(STATE_STARTING) },
	[STATE_DISMISSED] = {
		{ WORKER_NOTHING, STATE_DISMISSED, 1 }, SAME(STATE_DISMISSED),
		SAME(STATE_DISMISSED), SAME(STATE_DISMISSED),
		SAME(STATE_DISMISSED), SAME(STATE_DISMISSED),
		SAME(STATE_DISMISSED), SAME(STATE_DISMISSED) },
};

START_TEST(every_state_knows_what_to_do_with_all_news)
{
	enum state state = (enum state)(_i / HEARDS);
	enum heard what = (enum heard)(_i % HEARDS);
	const struct outcome_of_news *e = &expected[state][what];
	unsigned kills;

	reach[state]();
	ck_assert_int_eq(worker->state, state);
	kills = fake.kills;
	ck_assert_msg(happen(what) == e->news, "state %d, %d: other news",
	              state, what);
	ck_assert_msg(worker->state == e->after, "state %d, %d: then %d",
	              state, what, worker->state);
	ck_assert_uint_eq(fake.kills - kills, e->kills);
}
END_TEST

START_TEST(a_worker_is_given_every_file_and_told_to_compile)
{
	make_loading();
	expect_file(&sources[0]);
	expect_file(&sources[1]);
	expect_options();
	expect_compile();
	ck_assert_uint_eq(worker_wake_ns(worker), now + limits.load_wall_ns);
}
END_TEST

START_TEST(a_full_wire_is_tried_again_until_all_is_sent)
{
	fake.send_fails = EAGAIN;
	make_loading();
	ck_assert_uint_eq(fake.to_worker.count, 0);
	fake.send_fails = EAGAIN;
	ck_assert_int_eq(wait_for_it(), WORKER_NOTHING);
	ck_assert_uint_eq(fake.to_worker.count, 0);
	ck_assert_int_eq(wait_for_it(), WORKER_NOTHING);
	expect_file(&sources[0]);
	expect_file(&sources[1]);
	expect_options();
	expect_compile();
}
END_TEST

START_TEST(an_image_is_lent_with_the_news_of_it)
{
	size_t n, lent;
	void  *image = image_of(RULES, "first", &n);

	make_loading();
	ck_assert_int_eq(message(MESSAGE_IMAGE, image, n), WORKER_IMAGE);
	ck_assert_mem_eq(worker_image(worker, &lent), image, n);
	ck_assert_uint_eq(lent, n);
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	ck_assert_ptr_null(worker_image(worker, &lent));
	ck_assert_uint_eq(lent, 0);
	ck_assert_uint_eq(worker_wake_ns(worker), UINT64_MAX);
	free(image);
}
END_TEST

START_TEST(a_broken_image_is_not_believed)
{
	size_t n, lent;
	char  *image = image_of(RULES, "first", &n);

	make_loading();
	((struct image_header *)(void *)image)->part[IMAGE_RULES].count++;
	ck_assert_int_eq(message(MESSAGE_IMAGE, image, n), WORKER_LOST);
	ck_assert_ptr_null(worker_image(worker, &lent));
	ck_assert_ptr_nonnull(strstr(worker_why(worker), "broken image"));
	ck_assert_uint_eq(fake.kills, 1);
	told_worker(false);
	wait_for_it();
	told_worker(true);
	ck_assert_int_eq(message(MESSAGE_IMAGE, image, 3), WORKER_LOST);
	free(image);
}
END_TEST

START_TEST(an_image_before_all_rules_were_sent_is_not_believed)
{
	fake.send_fails = EAGAIN;
	make_loading();
	ck_assert_int_eq(image_comes("first"), WORKER_LOST);
	ck_assert_uint_eq(fake.kills, 1);
}
END_TEST

START_TEST(what_is_wrong_with_the_rules_is_told_and_nothing_started_again)
{
	static const char why[] = "a.lua:1: \033[2Jno\nb.lua:2: nor that";

	make_loading();
	ck_assert_int_eq(message(MESSAGE_REFUSED, why, sizeof why - 1),
	                 WORKER_REFUSED);
	ck_assert_str_eq(worker_why(worker),
	                 "a.lua:1: ?[2Jno\nb.lua:2: nor that");
	ck_assert_int_eq(told_worker(false), WORKER_NOTHING);
	ck_assert_uint_eq(worker_wake_ns(worker), UINT64_MAX);
	ck_assert_int_eq(ask(1, 0, 0), -EPIPE);
	ck_assert_int_eq(worker_start(worker, now), 0);         /* once more */
	ck_assert_uint_eq(fake.starts, 2);
}
END_TEST

START_TEST(a_start_that_fails_at_once_is_the_callers_to_know)
{
	fake.start_fails = EPERM;
	ck_assert_int_eq(worker_start(worker, now), -EPERM);
	ck_assert_uint_eq(worker_wake_ns(worker), UINT64_MAX);
	ck_assert_int_eq(worker_start(worker, now), 0);
	ck_assert_int_eq(worker_start(worker, now), -EALREADY);
}
END_TEST

/* Out of turn, twice, and past the end. */
START_TEST(files_are_read_in_their_order)
{
	static const uint32_t wrong[] = { 1, UINT32_MAX, 0 };

	make_loading();
	if (_i == 2)
		ck_assert_int_eq(reading_comes(0), WORKER_NOTHING);
	ck_assert_int_eq(reading_comes(wrong[_i]), WORKER_LOST);
	ck_assert_uint_eq(fake.kills, 1);
}
END_TEST

START_TEST(what_comes_after_a_refusal_is_not_heard)
{
	size_t n;
	void  *image = image_of(RULES, "first", &n);

	make_loading();
	put_message(MESSAGE_REFUSED, "a.lua:1: no", 11);
	put_message(MESSAGE_IMAGE, image, n);
	ck_assert_int_eq(hear(), WORKER_REFUSED);
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	ck_assert_int_eq(message(MESSAGE_IMAGE, image, n), WORKER_NOTHING);
	ck_assert_int_eq(ask(1, 0, 0), -EPIPE);
	free(image);
}
END_TEST

int main(void)
{
	TCase *t = case_new("worker");

	tcase_add_loop_test(t, every_state_knows_what_to_do_with_all_news, 0,
	                    STATES * HEARDS);
	tcase_add_test(t, a_worker_is_given_every_file_and_told_to_compile);
	tcase_add_test(t, a_full_wire_is_tried_again_until_all_is_sent);
	tcase_add_test(t, an_image_is_lent_with_the_news_of_it);
	tcase_add_test(t, a_broken_image_is_not_believed);
	tcase_add_test(t, an_image_before_all_rules_were_sent_is_not_believed);
	tcase_add_test(t,
	        what_is_wrong_with_the_rules_is_told_and_nothing_started_again);
	tcase_add_test(t, a_start_that_fails_at_once_is_the_callers_to_know);
	tcase_add_loop_test(t, files_are_read_in_their_order, 0, 3);
	tcase_add_test(t, what_comes_after_a_refusal_is_not_heard);
	return run_case(t, "worker");
}
