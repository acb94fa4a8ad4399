/* test_os_linux_poll.c -- where the kernel tells nothing, or allows less. */

#include <sched.h>
#include <sys/prctl.h>
#undef SCHED_RESET_ON_FORK      /* <sched.h> and setting.h both have one      */

#include "sensing.h"

static void setup(void)
{
	struct linux_options o;

	sets = cpu_sets_new();
	o = options_for_tests();
	/* The connector is only in the first network namespace. */
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	sensor_begin(&o, false);
}

static void teardown(void)
{
	linux_close(&os);
	cpu_sets_free(sets);
}

static void wait_to_be_killed(void)
{
	for (;;)
		pause();
}

static void run_sleep(void)
{
	execl("/bin/sleep", "sleep", "1000", (char *)NULL);
}

static void take_another_name(void)
{
	prctl(PR_SET_NAME, "another");
	pause();
}

static void become_nobody(void)
{
	if (setresuid(65534, 65534, 65534) == 0)
		pause();
}

START_TEST(a_refused_connector_is_said_and_replaced)
{
	ck_assert_str_eq(os.sensor.name, "polling /proc");
	ck_assert_int_eq(noted_count, 1);
	ck_assert_ptr_nonnull(strstr(noted[0], "proc connector is refused"));
	ck_assert_ptr_nonnull(strstr(noted[0], "10 ms"));
}
END_TEST

START_TEST(looking_finds_births_execs_and_ends)
{
	pid_t               pid = child_that(run_sleep);
	const struct event *e;
	size_t              at = 0;
	uint64_t            born;

	e = await(EVENT_FORK, pid, &at);
	ck_assert_int_eq(e->u.task.parent.pid, getpid());
	ck_assert_uint_ne(born = e->u.task.who.born, 0);
	ck_assert(!was_told(EVENT_EXEC, pid));
	go();
	e = await(EVENT_EXEC, pid, &at);
	ck_assert_uint_eq(e->u.task.who.born, born);
	kill(pid, SIGKILL);
	e = await(EVENT_EXIT, pid, &at);        /* though still a zombie      */
	ck_assert_uint_eq(e->u.task.who.born, born);
	reap(pid);
}
END_TEST

START_TEST(a_program_found_running_is_a_fork_and_an_exec)
{
	pid_t  pid = child_that(run_sleep);
	size_t at = 0;
	char   path[64], exe[64] = "";

	go();
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	while (strstr(exe, "sleep") == NULL)
		if (readlink(path, exe, sizeof exe - 1) < 0)
			ck_abort_msg("%s: %s", path, strerror(errno));
	await(EVENT_FORK, pid, &at);
	await(EVENT_EXEC, pid, &at);
	end(pid);
}
END_TEST

/* Runs this program's own file again: only where its memory lies differs. */
static const char *oneself;

static void run_oneself(void)
{
	if (setenv("JUST_PAUSE", "1", 1) == 0)
		execl(oneself, oneself, (char *)NULL);
}

START_TEST(running_the_same_file_again_is_an_exec)
{
	pid_t  pid = child_that(run_oneself);
	size_t at = 0;

	await(EVENT_FORK, pid, &at);
	go();
	await(EVENT_EXEC, pid, &at);
	end(pid);
}
END_TEST

START_TEST(looking_finds_another_name_and_another_user)
{
	static void (*const does[])(void) = { take_another_name,
	                                      become_nobody };
	static const enum event_kind kinds[] = { EVENT_RENAME, EVENT_UID };
	pid_t  pid = child_that(does[_i]);
	size_t at = 0;

	await(EVENT_FORK, pid, &at);
	go();
	await(kinds[_i], pid, &at);
	ck_assert(!was_told(EVENT_EXEC, pid));
	end(pid);
}
END_TEST

START_TEST(a_parent_comes_before_its_child)
{
	size_t at = 0;
	pid_t  pid, inner;
	int    ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		inner = fork();
		if (inner > 0 && write(ends[1], &inner, sizeof inner) < 0)
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		wait_to_be_killed();
	}
	ck_assert_int_eq(read(ends[0], &inner, sizeof inner), sizeof inner);
	await(EVENT_FORK, pid, &at);
	ck_assert_int_eq(await(EVENT_FORK, inner, &at)->u.task.parent.pid, pid);
	kill(inner, SIGKILL);
	end(pid);
}
END_TEST

START_TEST(a_user_without_rights_is_told_what_is_missing)
{
	struct linux_options o;
	pid_t                pid;
	size_t               at = 0;

	sets = cpu_sets_new();
	o = options_for_tests();
	o.fifo_priority = 10;
	o.buffer_bytes = 1 << 30;
	ck_assert_int_eq(setresgid(65534, 65534, 65534), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	sensor_begin(&o, false);
	/* About the stream or its buffer, and about the event thread. */
	ck_assert_int_eq(noted_count, 2);
	ck_assert_ptr_nonnull(strstr(noted[1], "event thread stays"));
	pid = child_that(run_sleep);
	await(EVENT_FORK, pid, &at);
	go();
	await(EVENT_EXEC, pid, &at);
	kill(pid, SIGKILL);
	await(EVENT_EXIT, pid, &at);
	reap(pid);
	linux_close(&os);
	cpu_sets_free(sets);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("os linux poll");
	TCase *t = tcase_create("no connector");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_refused_connector_is_said_and_replaced);
	tcase_add_test(t, looking_finds_births_execs_and_ends);
	tcase_add_test(t, a_program_found_running_is_a_fork_and_an_exec);
	tcase_add_test(t, running_the_same_file_again_is_an_exec);
	tcase_add_loop_test(t, looking_finds_another_name_and_another_user,
	                    0, 2);
	tcase_add_test(t, a_parent_comes_before_its_child);
	suite_add_tcase(s, t);

	t = tcase_create("no rights");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_user_without_rights_is_told_what_is_missing);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	oneself = argc > 0 ? argv[0] : "";
	if (getenv("JUST_PAUSE") != NULL)
		wait_to_be_killed();
	return suite_run(suite());
}
