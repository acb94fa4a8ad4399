/* test_os_linux_poll.c -- where the kernel tells nothing, or allows less. */

#include <sched.h>
#include <sys/prctl.h>

#include "sensing.h"

#include <sys/stat.h>

#include "os/linux/sensor/poll.h"

static void setup(void)
{
	struct linux_options o;

	sets = interned_new();
	o = options_for_tests();
	/* The connector is only in the first network namespace. */
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	sensor_begin(&o, false);
}

static void teardown(void)
{
	linux_close(&os);
	interned_free(sets);
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

/* A recorded process, its program told by where its stack begins. */
static void record(const char *folder, pid_t pid, pid_t ppid, int born)
{
	char  path[256];
	FILE *file;

	snprintf(path, sizeof path, "%s/%d", folder, pid);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	snprintf(path, sizeof path, "%s/%d/stat", folder, pid);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "%d (x) S %d 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0 0 "
	        "1 1 %d 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
	        pid, ppid, born, pid);
	fclose(file);
}

static void forget(const char *folder)
{
	pid_t pid = fork();

	if (pid == 0)
		execl("/bin/rm", "rm", "-rf", folder, (char *)NULL);
	reap(pid);
}

/* Pids are used again, so a child's may be the lower one. */
START_TEST(births_are_told_in_their_order_whatever_the_pids)
{
	static const pid_t chain[] = { 500, 90, 800, 7, 650, 3, 640, 300 };
	static const int   made[] = { 4, 1, 7, 0, 3, 6, 2, 5 };
	char               folder[] = "/tmp/test_poll_XXXXXX";
	struct procfs      records;
	struct poller     *looker;
	size_t             at = 0;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(procfs_open(&records, folder), 0);
	ck_assert_int_eq(poller_open(os.sensor.self, &records, 1000000000,
	                             &looker), 0);
	for (int i = 0; i < 8; i++)
		record(folder, chain[made[i]],
		       made[i] == 0 ? 0 : chain[made[i] - 1], 100 + made[i]);
	poller_look(looker, linux_now_ns());
	for (int i = 0; i < 8; i++) {
		await(EVENT_FORK, chain[i], &at);
		await(EVENT_EXEC, chain[i], &at);
	}
	poller_close(looker);
	procfs_close(&records);
	forget(folder);
}
END_TEST

START_TEST(a_user_without_rights_is_told_what_is_missing)
{
	struct linux_options o;
	pid_t                pid;
	size_t               at = 0;

	sets = interned_new();
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
	interned_free(sets);
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
	tcase_add_test(t, births_are_told_in_their_order_whatever_the_pids);
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
	return run_suite(suite());
}
