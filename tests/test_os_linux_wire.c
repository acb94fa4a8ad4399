/* test_os_linux_wire.c -- what is said over the wire, and what is not. */

#include <time.h>

#include "base/limits.h"
#include "wire_doors.h"

START_TEST(messages_come_whole_and_in_order)
{
	begin();
	order("echo one");
	order("echo two");
	expect_message("one");
	expect_message("two");
	order("words 20000");
	order("echo end");
	for (int i = 0; i < 20000; i++)
		expect_message("word");
	expect_message("end");
	expect_nothing_more();
	close_doors();
}
END_TEST

START_TEST(a_large_image_comes_whole_and_leaves_no_room_behind)
{
	const void *bytes;
	const char *text;
	long        before;

	begin();
	order("bytes 20000000");
	ck_assert_int_eq(next_message(&bytes), 20000000);
	ck_assert_int_eq((uintptr_t)bytes % 8, 0);
	text = bytes;
	for (int i = 0; i < 20000000; i++)
		if (text[i] != (char)(i % 251))
			ck_abort_msg("byte %d is another", i);
	before = resident_kib();
	expect_nothing_more();
	ck_assert_int_gt(before - resident_kib(), 18000);
	order("echo still here");
	expect_message("still here");
	close_doors();
}
END_TEST

START_TEST(an_answer_has_a_bound)
{
	const void *bytes;
	char        text[32];

	begin();
	order("echo a word");
	expect_message("a word");
	order("echo not a word, and so it is the image");
	expect_message("not a word, and so it is the image");
	snprintf(text, sizeof text, "bytes %u", ANSWER_BYTES_MAX);
	order(text);
	ck_assert_int_eq(next_message(&bytes), ANSWER_BYTES_MAX);
	snprintf(text, sizeof text, "bytes %u", ANSWER_BYTES_MAX + 1);
	order(text);
	expect_worker(false);
	expect_nothing_more();
	close_doors();
}
END_TEST

/* A length of 0, and one of 4 GiB. */
START_TEST(a_length_that_no_message_has_is_the_end_of_it)
{
	begin();
	order(_i == 0 ? "size 0" : "size 1");
	expect_worker(false);
	expect_nothing_more();
	close_doors();
}
END_TEST

START_TEST(last_words_are_heard_before_the_end)
{
	const void *bytes;

	begin();
	order("leave-after bytes 3000000");
	ck_assert_int_eq(next_message(&bytes), 3000000);
	expect_worker(false);
	ck_assert_int_eq(wire->start(wire->self), 0);
	expect_worker(true);
	order("leave-after words 300");
	for (int i = 0; i < 300; i++)
		expect_message("word");
	expect_worker(false);
	close_doors();
}
END_TEST

/* It is not told as gone before all that it said was taken, however late; and
 * who waits for something else meanwhile sleeps. */
START_TEST(one_that_is_not_heard_keeps_nobody_awake)
{
	struct event e;
	int          events = 0;
	uint64_t     until;
	clock_t      cpu;

	begin();
	order("leave-after words 3");
	ck_assert_int_eq(next_event().kind, EVENT_MESSAGE);
	cpu = clock();
	until = os.sensor.now_ns(os.sensor.self) + 200000000;
	while (os.sensor.next(os.sensor.self, until, &e, 1) > 0)
		events += e.kind == EVENT_WORKER;
	ck_assert_int_eq(events, 0);
	ck_assert_int_lt(clock() - cpu, CLOCKS_PER_SEC / 10);
	for (int i = 0; i < 3; i++)
		expect_message("word");
	expect_worker(false);
	close_doors();
}
END_TEST

START_TEST(one_that_closes_its_end_is_killed)
{
	begin();
	order("deaf");
	expect_worker(false);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
	close_doors();
}
END_TEST

START_TEST(one_that_is_killed_says_nothing_more)
{
	begin();
	order("echo x");
	ck_assert_int_eq(next_event().kind, EVENT_MESSAGE);
	wire->kill(wire->self);
	expect_nothing_more();
	ck_assert_int_eq(wire->send(wire->self, "x", 1), -EPIPE);
	expect_worker(false);
	wire->kill(wire->self);                 /* nobody, again              */
	close_doors();
}
END_TEST

START_TEST(all_that_is_sent_arrives_however_slow_the_reader)
{
	static char filler[1 << 20];

	memset(filler, '.', sizeof filler);
	begin();
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(wire->send(wire->self, filler,
		                            sizeof filler), 0);
	order("echo end");
	expect_message("end");
	close_doors();
}
END_TEST

START_TEST(what_waits_to_be_sent_has_a_bound)
{
	static char filler[1 << 20];
	int         sent = 0;
	long        before;

	memset(filler, '.', sizeof filler);
	begin();
	order("spin");
	while (wire->send(wire->self, filler, sizeof filler) == 0)
		sent++;
	ck_assert_int_eq(wire->send(wire->self, filler, sizeof filler),
	                 -EAGAIN);
	ck_assert_int_ge(sent, 63);
	ck_assert_int_le(sent, 66);
	before = resident_kib();
	wire->kill(wire->self);
	ck_assert_int_gt(before - resident_kib(), 60000);
	expect_worker(false);
	close_doors();
}
END_TEST

START_TEST(the_workers_own_cpu_time_is_known_while_it_lives)
{
	uint64_t first, now;

	begin();
	ck_assert_int_eq(wire->cpu_ns(wire->self, &first), 0);
	order("spin");
	do
		ck_assert_int_eq(wire->cpu_ns(wire->self, &now), 0);
	while (now < first + 20000000);
	wire->kill(wire->self);
	expect_worker(false);
	ck_assert_int_eq(wire->cpu_ns(wire->self, &now), -ESRCH);
	close_doors();
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_test(t, messages_come_whole_and_in_order);
	tcase_add_test(t, a_large_image_comes_whole_and_leaves_no_room_behind);
	tcase_add_test(t, an_answer_has_a_bound);
	tcase_add_loop_test(t, a_length_that_no_message_has_is_the_end_of_it,
	                    0, 2);
	tcase_add_test(t, last_words_are_heard_before_the_end);
	tcase_add_test(t, one_that_is_not_heard_keeps_nobody_awake);
	tcase_add_test(t, one_that_closes_its_end_is_killed);
	tcase_add_test(t, one_that_is_killed_says_nothing_more);
	tcase_add_test(t, all_that_is_sent_arrives_however_slow_the_reader);
	tcase_add_test(t, what_waits_to_be_sent_has_a_bound);
	tcase_add_test(t, the_workers_own_cpu_time_is_known_while_it_lives);
}

int main(int argc, char **argv)
{
	return play(argc, argv, add_tests, "os/linux: wire");
}
