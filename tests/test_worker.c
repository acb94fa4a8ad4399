/* test_worker.c -- a worker's life as the core sees it: every state. */

#include "fake_wire.h"

static void make_busy(void)
{
	make_ready();
	ck_assert_int_eq(ask(1, 0, 0), 0);
}

static void make_paused(void)
{
	make_ready();
	ck_assert_int_eq(told_worker(false), WORKER_LOST);
}

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

/* The worker says which file it begins to read. */
static enum worker_news reading_comes(uint32_t file)
{
	struct message head = { MESSAGE_READING, file };
	struct event   e = { .kind = EVENT_MESSAGE };

	post_put(&fake.to_core, &head, sizeof head);
	return worker_hear(worker, &e, now);
}

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

static void expect_file(const struct rule_source *s)
{
	struct message_file head;
	size_t              n;
	char               *bytes = post_take(&fake.to_worker, &n);

	ck_assert_ptr_nonnull(bytes);
	memcpy(&head, bytes, sizeof head);
	ck_assert_uint_eq(head.head.kind, MESSAGE_FILE);
	ck_assert_uint_eq(head.layer, s->layer);
	ck_assert_uint_eq(head.path_bytes, strlen(s->path));
	ck_assert_uint_eq(n, sizeof head + head.path_bytes + 1 + s->bytes);
	ck_assert_str_eq(bytes + sizeof head, s->path);
	ck_assert_mem_eq(bytes + n - s->bytes, s->text, s->bytes);
	free(bytes);
}

static void expect_options(void)
{
	static const char text[] = "hog\00070%\0build/jobs\0004";
	struct message    head;
	size_t            n;
	char             *bytes = post_take(&fake.to_worker, &n);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(n, sizeof head + sizeof text);
	memcpy(&head, bytes, sizeof head);
	ck_assert_uint_eq(head.kind, MESSAGE_OPTIONS);
	ck_assert_uint_eq(head.id, 1);
	ck_assert_mem_eq(bytes + sizeof head, text, sizeof text);
	free(bytes);
}

static void expect_compile(void)
{
	struct message head;
	size_t         n;
	char          *bytes = post_take(&fake.to_worker, &n);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(n, sizeof head);
	memcpy(&head, bytes, n);
	ck_assert_uint_eq(head.kind, MESSAGE_COMPILE);
	free(bytes);
}

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
	tcase_add_loop_test(t, files_are_read_in_their_order, 0, 3);
	tcase_add_test(t, what_comes_after_a_refusal_is_not_heard);
	tcase_add_loop_test(t,
	        what_comes_after_an_image_costs_the_worker_its_life, 0, 2);
	tcase_add_test(t, no_cut_or_flip_of_an_image_gets_by);
	return run_case(t, "worker");
}
