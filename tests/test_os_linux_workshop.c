/* test_os_linux_workshop.c -- what takes long is done beside the loop. */

#include "recorded.h"

#include <dirent.h>
#include <sched.h>
#include <stdatomic.h>

static void setup(void)
{
	recorded_setup();
	ck_assert_int_eq(linux_workshop_open(in, &os.workshop), 0);
}

/* The open descriptors that watch files. */
static int watches_open(void)
{
	DIR           *d = opendir("/proc/self/fd");
	struct dirent *e;
	int            n = 0;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL) {
		char    path[300], to[64] = "";
		ssize_t length;

		snprintf(path, sizeof path, "/proc/self/fd/%s", e->d_name);
		length = readlink(path, to, sizeof to - 1);
		n += length > 0 && strncmp(to, "anon_inode:inotify",
		                           (size_t)length) == 0;
	}
	closedir(d);
	return n;
}

static atomic_int open_meanwhile;

static void look(void *ctx)
{
	(void)ctx;
	atomic_store(&open_meanwhile, watches_open());
}

static void heed_another(void)
{
	const struct workshop *shop = &os.workshop;
	const char            *paths[] = { folder };
	size_t                 missing;
	struct watch          *w = shop->watch(shop->self, paths, 1, &missing);

	ck_assert_ptr_nonnull(w);
	shop->heed(shop->self, w);
}

/* To close one takes the kernel milliseconds. */
START_TEST(a_watch_that_another_replaces_is_closed_beside_the_loop)
{
	heed_another();
	ck_assert_int_eq(watches_open(), 1);
	heed_another();
	ck_assert_int_eq(watches_open(), 2);
	ck_assert_int_eq(os.workshop.begin(os.workshop.self, look, NULL), 0);
	os.workshop.finish(os.workshop.self);
	ck_assert_int_eq(atomic_load(&open_meanwhile), 1);
	ck_assert_int_eq(watches_open(), 1);
}
END_TEST

static atomic_int policy;

static void look_at_policy(void *ctx)
{
	(void)ctx;
	atomic_store(&policy, sched_getscheduler(0));
}

START_TEST(what_is_done_beside_the_loop_takes_the_cpu_from_nobody)
{
	int before = sched_getscheduler(0);

	ck_assert_int_eq(os.workshop.begin(os.workshop.self, look_at_policy,
	                                   NULL), 0);
	os.workshop.finish(os.workshop.self);
	ck_assert_int_eq(atomic_load(&policy), SCHED_BATCH);
	ck_assert_int_eq(sched_getscheduler(0), before);
}
END_TEST

START_TEST(a_watch_that_was_replaced_tells_no_more)
{
	size_t at = 0;

	heed_another();
	heed_another();
	write_file("a.lua", "");
	ck_assert(await(EVENT_RELOAD, 0, &at)->u.reload.files);
	os.workshop.heed(os.workshop.self, NULL);
	told_count = 0;
	write_file("b.lua", "");
	ck_assert_int_eq(os.sensor.next(os.sensor.self, linux_now_ns() +
	                                50000000, told, EVENTS_PER_STEP), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("os/linux workshop");
	TCase *c = tcase_create("watches");

	tcase_add_checked_fixture(c, setup, recorded_teardown);
	tcase_add_test(c,
	    a_watch_that_another_replaces_is_closed_beside_the_loop);
	tcase_add_test(c,
	    what_is_done_beside_the_loop_takes_the_cpu_from_nobody);
	tcase_add_test(c, a_watch_that_was_replaced_tells_no_more);
	suite_add_tcase(s, c);
	return run_suite(s);
}
