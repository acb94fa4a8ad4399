/* test_worker_loss.c -- a worker that is lost is replaced, and a file that
 * costs workers is refused. */

#include "worker_states.h"

START_TEST(a_flood_is_one_loss)
{
	make_ready();
	for (int i = 0; i < 1000; i++)
		put_message(MESSAGE_ANSWER, "x", 1);
	ck_assert_int_eq(hear(), WORKER_LOST);
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	ck_assert_uint_eq(worker_counts(worker).lost, 1);
	ck_assert_uint_eq(fake.kills, 1);
}
END_TEST

START_TEST(a_replacement_with_the_same_image_is_no_news)
{
	make_ready();
	ck_assert_int_eq(told_worker(false), WORKER_LOST);
	ck_assert_uint_eq(worker_guilty(worker), RULE_NONE);
	ck_assert_int_eq(ask(1, 0, 0), 0);
	ck_assert_uint_eq(got(), 0);
	ck_assert_uint_eq(worker_wake_ns(worker), now + limits.back_off_ns);
	ck_assert_int_eq(wait_for_it(), WORKER_NOTHING);
	told_worker(true);
	expect_file(&sources[0]);
	expect_file(&sources[1]);
	expect_options();
	expect_compile();
	ck_assert_int_eq(image_comes("first"), WORKER_NOTHING);
	ck_assert_uint_eq(got(), 1);
}
END_TEST

START_TEST(a_replacement_with_another_image_is_lost)
{
	make_paused();
	wait_for_it();
	told_worker(true);
	ck_assert_int_eq(image_comes("second"), WORKER_LOST);
	ck_assert_str_eq(worker_why(worker), "a replacement compiled the same "
	                 "rules differently");
	told_worker(false);
	wait_for_it();
	told_worker(true);
	ck_assert_int_eq(message(MESSAGE_REFUSED, "no", 2), WORKER_LOST);
	ck_assert_str_eq(worker_why(worker), "a replacement refused the same "
	                 "rules");
	replace();
}
END_TEST

START_TEST(no_replacement_before_the_killed_one_is_gone)
{
	make_ready();
	ck_assert_int_eq(message(99, "", 0), WORKER_LOST);
	ck_assert_uint_eq(worker_wake_ns(worker), UINT64_MAX);
	now += 1000 * MS;
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	ck_assert_uint_eq(fake.starts, 1);
	ck_assert_int_eq(told_worker(false), WORKER_NOTHING);
	ck_assert_uint_eq(fake.starts, 2);
}
END_TEST

static void lose_by_start(uint64_t pause_ns)
{
	uint64_t before = now;

	ck_assert_int_eq(wait_for_it(), WORKER_NOTHING);
	ck_assert_uint_eq(now - before, pause_ns);
	ck_assert_int_eq(told_worker(false), WORKER_LOST);
}

START_TEST(pauses_double_up_to_a_bound_and_start_over_after_a_good_life)
{
	uint64_t pause_ns = limits.back_off_ns;

	make_paused();
	for (int i = 0; i < 7; i++, pause_ns *= 2)
		lose_by_start(pause_ns);
	lose_by_start(64 * limits.back_off_ns);
	lose_by_start(64 * limits.back_off_ns);
	replace();
	now += 10000 * MS - 1;
	ck_assert_int_eq(told_worker(false), WORKER_LOST);
	ck_assert_uint_eq(worker_wake_ns(worker),
	                  now + 64 * limits.back_off_ns);
	replace();
	now += 10000 * MS;
	ck_assert_int_eq(told_worker(false), WORKER_LOST);
	lose_by_start(limits.back_off_ns);
	lose_by_start(2 * limits.back_off_ns);
}
END_TEST

START_TEST(a_restart_that_the_system_refuses_is_tried_again)
{
	make_paused();
	fake.start_fails = EAGAIN;
	ck_assert_int_eq(wait_for_it(), WORKER_LOST);
	ck_assert_ptr_nonnull(strstr(worker_why(worker), strerror(EAGAIN)));
	replace();
}
END_TEST

/* So many workers die, each over the same file. */
static enum worker_news die_over(uint32_t file, unsigned times)
{
	enum worker_news news = WORKER_NOTHING;

	for (unsigned i = 0; i < times; i++) {
		if (worker->state == STATE_PAUSED) {
			ck_assert_int_eq(wait_for_it(), WORKER_NOTHING);
			ck_assert_int_eq(told_worker(true), WORKER_NOTHING);
		}
		for (uint32_t f = 0; f <= file; f++)
			ck_assert_int_eq(reading_comes(f), WORKER_NOTHING);
		news = told_worker(false);
	}
	return news;
}

START_TEST(a_file_that_costs_three_readers_is_refused_by_name)
{
	make_loading();
	ck_assert_int_eq(die_over(1, 2), WORKER_LOST);
	ck_assert_str_eq(worker_why(worker),
	                 "the rules worker died reading b/c.lua");
	ck_assert_int_eq(die_over(1, 1), WORKER_REFUSED);
	ck_assert_str_eq(worker_why(worker), "b/c.lua: the rules worker died "
	                 "reading it, 3 times");
	ck_assert_uint_eq(worker_wake_ns(worker), UINT64_MAX);
	ck_assert_uint_eq(worker_counts(worker).lost, 3);
}
END_TEST

START_TEST(a_file_that_is_read_without_end_is_refused_by_name)
{
	enum worker_news news = WORKER_NOTHING;

	make_loading();
	for (unsigned i = 0; i < 3; i++) {
		if (i > 0) {
			told_worker(false);
			wait_for_it();
			told_worker(true);
		}
		ck_assert_int_eq(reading_comes(0), WORKER_NOTHING);
		news = wait_for_it();
		ck_assert_uint_eq(fake.kills, i + 1);
	}
	ck_assert_int_eq(news, WORKER_REFUSED);
	ck_assert_str_eq(worker_why(worker), "a.lua: the rules worker took "
	                 "longer than 20s reading it, 3 times");
}
END_TEST

/* Accidents happen over any file; and past the last it is nobody's doing. */
START_TEST(only_one_and_the_same_file_is_suspected)
{
	make_loading();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(die_over(0, 2), WORKER_LOST);
		ck_assert_int_eq(die_over(1, 2), WORKER_LOST);
	}
	ck_assert_int_eq(die_over(COUNT(sources), 4), WORKER_LOST);
	ck_assert_str_eq(worker_why(worker),
	                 "the rules worker died reading the rules");
}
END_TEST

/* IMAGE twice, or REFUSED behind it: the rules in force are the first ones. */
START_TEST(what_comes_after_an_image_costs_the_worker_its_life)
{
	make_ready();
	ck_assert_int_eq(_i == 0 ? image_comes("first")
	                         : message(MESSAGE_REFUSED, "no", 2),
	                 WORKER_LOST);
	ck_assert_str_eq(worker_why(worker),
	                 "the rules worker spoke out of turn");
	replace();
	ck_assert_int_eq(ask(1, 0, 0), 0);
	post_clear(&fake.to_worker);
	ck_assert_int_eq(answer(1, 7, 0, OUTCOME_WANT, sent), WORKER_ANSWER);
}
END_TEST

/* Every cut, and every bit of the head and of some of the rest the other way:
 * refused, or an image that was checked. */
START_TEST(no_cut_or_flip_of_an_image_gets_by)
{
	size_t   n, lent;
	char    *image = image_of(RULES, "first", &n);
	uint64_t lost = 0;

	for (size_t i = 0; i < n + 8 * n; i += i < n + 8 * 256 ? 1 : 97) {
		size_t size = i < n ? i : n, bit = i - n;

		if (i >= n)
			image[bit / 8] ^= (char)(1 << bit % 8);
		make_loading();
		if (message(MESSAGE_IMAGE, image, size) == WORKER_IMAGE)
			ck_assert_ptr_nonnull(worker_image(worker, &lent));
		else
			lost += worker_counts(worker).lost;
		if (i >= n)
			image[bit / 8] ^= (char)(1 << bit % 8);
		teardown();
		setup();
	}
	ck_assert_uint_gt(lost, n);     /* each cut, at least                 */
	free(image);
}
END_TEST

START_TEST(who_is_dismissed_or_freed_is_killed_and_makes_no_news)
{
	make_busy();
	worker_dismiss(worker);
	ck_assert_uint_eq(fake.kills, 1);
	ck_assert_int_eq(told_worker(false), WORKER_NOTHING);
	ck_assert_uint_eq(worker_wake_ns(worker), UINT64_MAX);
	ck_assert_int_eq(ask(2, 0, 0), -EPIPE);
	ck_assert_int_eq(worker_start(worker, now), -EALREADY);
	teardown();
	setup();
	make_busy();
	worker_free(worker);
	ck_assert_uint_eq(fake.kills, 1);
	worker = NULL;
}
END_TEST

int main(void)
{
	TCase *t = case_new("worker");

	tcase_add_test(t, a_flood_is_one_loss);
	tcase_add_test(t, a_replacement_with_the_same_image_is_no_news);
	tcase_add_test(t, a_replacement_with_another_image_is_lost);
	tcase_add_test(t, no_replacement_before_the_killed_one_is_gone);
	tcase_add_test(t,
	        pauses_double_up_to_a_bound_and_start_over_after_a_good_life);
	tcase_add_test(t, a_restart_that_the_system_refuses_is_tried_again);
	tcase_add_test(t,
	        who_is_dismissed_or_freed_is_killed_and_makes_no_news);
	tcase_add_test(t, a_file_that_costs_three_readers_is_refused_by_name);
	tcase_add_test(t, a_file_that_is_read_without_end_is_refused_by_name);
	tcase_add_test(t, only_one_and_the_same_file_is_suspected);
	tcase_add_loop_test(t,
	        what_comes_after_an_image_costs_the_worker_its_life, 0, 2);
	tcase_add_test(t, no_cut_or_flip_of_an_image_gets_by);
	return run_case(t, "worker: loss");
}
