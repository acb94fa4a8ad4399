/* test_os_linux_queue.c -- the line of events: what is late finds its place,
 * and a full one owes a loss. */

#include "kernel_events.h"

static struct event event_at(uint64_t ns)
{
	return (struct event){ .kind = EVENT_EXEC, .at_ns = ns };
}

START_TEST(a_late_event_finds_its_place)
{
	static const uint64_t in[] = { 10, 30, 20, 40, 5, 20 };
	static const uint64_t out[] = { 5, 10, 20, 20, 30, 40 };
	static struct queue   q;
	struct event          e[8];

	for (int i = 0; i < 6; i++) {
		struct event late = event_at(in[i]);

		ck_assert_int_eq(queue_put(&q, &late), 0);
	}
	ck_assert_uint_eq(queue_take(&q, 99, e, 8), 6);
	for (int i = 0; i < 6; i++)
		ck_assert_uint_eq(e[i].at_ns, out[i]);
}
END_TEST

START_TEST(a_full_line_owes_one_loss_and_keeps_its_order)
{
	static struct queue q;
	struct event        taken[3];
	size_t              n, total = 0;

	for (uint64_t i = 0; i < QUEUE_MAX + 5; i++) {
		struct event e = event_at(i);

		ck_assert_int_eq(queue_put(&q, &e),
		                 i < QUEUE_MAX ? 0 : -ENOBUFS);
	}
	ck_assert_uint_eq(queue_room(&q), 0);
	ck_assert_uint_eq(q.refused, 5);
	while ((n = queue_take(&q, 7, taken, 3)) == 3 &&
	       taken[2].kind == EVENT_EXEC)
		total += n;
	ck_assert_uint_eq(total + n, QUEUE_MAX + 1);
	ck_assert_int_eq(taken[n - 1].kind, EVENT_LOST);
	ck_assert_uint_eq(queue_take(&q, 7, taken, 3), 0);
	ck_assert_uint_eq(queue_room(&q), QUEUE_MAX - QUEUE_RESERVED);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("the line");

	tcase_add_test(t, a_late_event_finds_its_place);
	tcase_add_test(t, a_full_line_owes_one_loss_and_keeps_its_order);
	return run_case(t, "os linux queue");
}
