/* test_os_sim_worker.c -- a simulated worker: what it says comes late, and what
 * it costs is counted. */

#include "sim_doors.h"

static char   heard[256];
static size_t heard_bytes;

static void hear(void *ctx, uint32_t wire, const void *bytes, size_t n)
{
	ck_assert_uint_eq(wire, 0);
	ck_assert_ptr_eq(ctx, heard);
	memcpy(heard + heard_bytes, bytes, n);
	heard_bytes += n;
}

static void worker_here(void)
{
	heard_bytes = 0;
	sim_on_message(sim, hear, heard);
	ck_assert_int_eq(os.wire.send(os.wire.self, "x", 1), -EPIPE);
	ck_assert_int_eq(os.wire.start(os.wire.self), 0);
	ck_assert_int_eq(os.wire.send(os.wire.self, "x", 1), -EPIPE);
	ck_assert_int_eq(next(UINT64_MAX), 1);
	ck_assert_int_eq(events[0].kind, EVENT_WORKER);
	ck_assert(events[0].u.worker.alive);
}

START_TEST(messages_arrive_late_whole_and_in_order)
{
	const void *bytes;
	char        answers[16];
	size_t      n = 0;
	int64_t     size;

	sim_delay(sim, 5 * MS);
	worker_here();
	for (char c = 'a'; c < 'i'; c++)
		ck_assert_int_eq(os.wire.send(os.wire.self, &c, 1), 0);
	ck_assert_uint_eq(heard_bytes, 0);
	next(sim_now_ns(sim) + 6 * MS);
	ck_assert_uint_eq(heard_bytes, 8);
	ck_assert_mem_eq(heard, "abcdefgh", 8);
	for (char c = 'A'; c < 'I'; c++)
		ck_assert_int_eq(sim_wire_send(sim, &c, 1), 0);
	ck_assert_int_eq(os.wire.take(os.wire.self, &bytes), 0);
	while (next(sim_now_ns(sim) + 6 * MS) > 0)
		while ((size = os.wire.take(os.wire.self, &bytes)) > 0) {
			ck_assert_int_eq(size, 1);
			answers[n++] = *(const char *)bytes;
		}
	ck_assert_uint_eq(n, 8);
	ck_assert_mem_eq(answers, "ABCDEFGH", 8);
}
END_TEST

START_TEST(a_worker_that_dies_is_told_after_its_last_words)
{
	const void *bytes;

	sim_delay(sim, 5 * MS);
	worker_here();
	sim_wire_send(sim, "bye", 3);
	sim_worker_dies(sim);
	ck_assert_int_eq(os.wire.send(os.wire.self, "x", 1), -EPIPE);
	ck_assert_int_eq(sim_wire_send(sim, "x", 1), -EPIPE);
	ck_assert_int_eq(next(UINT64_MAX), 2);
	ck_assert_int_eq(events[0].kind, EVENT_MESSAGE);
	ck_assert_int_eq(events[1].kind, EVENT_WORKER);
	ck_assert(!events[1].u.worker.alive);
	ck_assert_int_eq(os.wire.take(os.wire.self, &bytes), 3);
	worker_here();
}
END_TEST

START_TEST(a_killed_worker_says_nothing_more)
{
	const void *bytes;

	worker_here();
	sim_wire_send(sim, "one", 3);
	ck_assert_int_eq(next(0), 1);
	sim_wire_send(sim, "two", 3);
	os.wire.send(os.wire.self, "x", 1);
	os.wire.kill(os.wire.self);
	os.wire.kill(os.wire.self);
	ck_assert_int_eq(next(0), 1);
	ck_assert_int_eq(events[0].kind, EVENT_WORKER);
	ck_assert(!events[0].u.worker.alive);
	ck_assert_int_eq(os.wire.take(os.wire.self, &bytes), 0);
	ck_assert_uint_eq(heard_bytes, 0);
	os.wire.start(os.wire.self);
	os.wire.kill(os.wire.self);
	ck_assert_int_eq(next(0), 1);
	ck_assert(!events[0].u.worker.alive);
	worker_here();
}
END_TEST

START_TEST(a_worker_that_does_not_keep_up_is_sent_no_more)
{
	static char big[SIM_WIRE_ROOM + 1];

	sim_on_message(sim, NULL, NULL);
	os.wire.start(os.wire.self);
	drain();
	ck_assert_int_eq(os.wire.send(os.wire.self, big, sizeof big), 0);
	ck_assert_int_eq(os.wire.send(os.wire.self, big, 1), -EAGAIN);
	drain();
	ck_assert_int_eq(os.wire.send(os.wire.self, big, 1), 0);
	ck_assert_int_eq(os.wire.send(os.wire.self, big,
	                              (size_t)MESSAGE_BYTES_MAX + 1),
	                 -EMSGSIZE);
}
END_TEST

START_TEST(a_worker_spends_time_only_on_what_is_unanswered)
{
	uint64_t ns;

	ck_assert_int_eq(os.wire.cpu_ns(os.wire.self, &ns), -ESRCH);
	worker_here();
	next(10 * MS);
	os.wire.cpu_ns(os.wire.self, &ns);
	ck_assert_uint_eq(ns, 0);
	os.wire.send(os.wire.self, "x", 1);
	next(15 * MS);
	os.wire.cpu_ns(os.wire.self, &ns);
	ck_assert_uint_eq(ns, 5 * MS);
	sim_wire_send(sim, "y", 1);
	next(20 * MS);
	next(20 * MS);
	os.wire.cpu_ns(os.wire.self, &ns);
	ck_assert_uint_eq(ns, 5 * MS);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, messages_arrive_late_whole_and_in_order);
	tcase_add_test(c, a_worker_that_dies_is_told_after_its_last_words);
	tcase_add_test(c, a_killed_worker_says_nothing_more);
	tcase_add_test(c, a_worker_that_does_not_keep_up_is_sent_no_more);
	tcase_add_test(c, a_worker_spends_time_only_on_what_is_unanswered);
	return run_case(c, "sim: worker");
}
