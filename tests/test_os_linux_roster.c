/* test_os_linux_roster.c -- what the kernel's list says of a process is what
 * the files of /proc say. */

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "listed.h"

static void be_oddly_named(void)
{
	prctl(PR_SET_NAME, "a) S 1\n\xff\x01(");
}

static void be_nameless(void)
{
	prctl(PR_SET_NAME, "");
}

static void be_long_named(void)
{
	prctl(PR_SET_NAME, "fifteen--bytes-and more");
}

static void be_somebody(void)
{
	if (setresgid(65533, 65533, 65533) < 0 ||
	    setresuid(65534, 65534, 65534) < 0)
		_exit(1);
}

static void be_of_class(int policy, int priority)
{
	struct sched_param p = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &p) < 0)
		_exit(1);
}

static void be_fifo(void)  { be_of_class(SCHED_FIFO, 3); }
static void be_rr(void)    { be_of_class(SCHED_RR | SCHED_RESET_ON_FORK, 7); }
static void be_batch(void) { be_of_class(SCHED_BATCH, 0); }
static void be_idle(void)  { be_of_class(SCHED_IDLE, 0); }

static void be_deadline(void)
{
	struct { uint32_t size, policy; uint64_t flags; int32_t nice;
	         uint32_t priority; uint64_t runtime, deadline, period; } a = {
		.size = 48, .policy = 6, .runtime = 1000000,
		.deadline = 10000000, .period = 10000000 };

	/* Where the machine has no room for one it stays what it is. */
	(void)syscall(SYS_sched_setattr, 0, &a, 0);
}

static void be_nice(void)
{
	setpriority(PRIO_PROCESS, 0, 11);
}

static void be_idle_on_disks(void)
{
	syscall(SYS_ioprio_set, 1, 0, 3 << 13);
}

static void be_first_on_disks(void)
{
	syscall(SYS_ioprio_set, 1, 0, 1 << 13 | 2);
}

static void be_killed_first(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "w");

	if (file == NULL || fputs("777", file) < 0 || fclose(file) != 0)
		_exit(1);
}

static void be_slack(void)
{
	prctl(PR_SET_TIMERSLACK, 123456UL);
}

static void lead_a_session(void)
{
	setsid();
}

static void be_many(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
			_exit(1);
}

static void be_an_orphan(void)
{
	if (fork() != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	wait_for_ever(NULL);
}

static pid_t be_dead(void)
{
	pid_t     pid = fork();
	siginfo_t i;

	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &i, WEXITED | WNOWAIT), 0);
	being[beings++] = pid;
	return pid;
}

/* A file that lies there by another name than its own. */
static pid_t run_mounted(void)
{
	char  own[4096], other[4096], command[16384], link[64], exe[4096] = "";
	pid_t pid;

	snprintf(own, sizeof own, "%s", below("its-own-name"));
	snprintf(other, sizeof other, "%s", below("another-name"));
	snprintf(command, sizeof command, "cp /bin/sleep '%s' && touch '%s'",
	         own, other);
	ck_assert_int_eq(system(command), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNS) == 0 &&
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		    mount(own, other, NULL, MS_BIND, NULL) == 0)
			execv(other, sleeping);
		_exit(1);
	}
	snprintf(link, sizeof link, "/proc/%d/exe", pid);
	while (strcmp(text_base_name(exe), "another-name") != 0) {
		ssize_t n = readlink(link, exe, sizeof exe - 1);

		exe[n > 0 ? n : 0] = '\0';
		ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
	}
	return being[beings++] = pid;
}

static int64_t number_in(pid_t pid, const char *file)
{
	char    path[64], text[64];
	int64_t number;

	snprintf(path, sizeof path, "%d/%s", pid, file);
	ck_assert_int_gt(procfs_file(&files, path, text, sizeof text), 0);
	text[strcspn(text, "\n")] = '\0';
	ck_assert_int_eq(text_number(text, &number), 0);
	return number;
}

/* As the calls and files have them that turn them. */
static bool knobs_as_calls(const struct roster_entry *e, pid_t pid)
{
	long    io = syscall(SYS_ioprio_get, 1, pid);
	int     nice = getpriority(PRIO_PROCESS, (id_t)pid);
	int64_t oom = number_in(pid, "oom_score_adj");
	int64_t slack = number_in(pid, "timerslack_ns");
	int64_t ionice;

	ck_assert_int_eq(ionice_from(io, &ionice), 0);
	return roster_had(e, SETTING_nice, nice) &&
	       !roster_had(e, SETTING_nice, nice + 1) &&
	       roster_had(e, SETTING_ionice, ionice) == (io != 0) &&
	       !roster_had(e, SETTING_ionice, ionice + 1) &&
	       roster_had(e, SETTING_oom_score_adj, oom) &&
	       !roster_had(e, SETTING_oom_score_adj, oom + 1) &&
	       roster_had(e, SETTING_timer_slack, slack) == (slack != 0) &&
	       !roster_had(e, SETTING_timer_slack, slack + 1) &&
	       !roster_had(e, SETTING_sched, SCHED_CLASS_OTHER);
}

static bool names_as_link(const struct roster_entry *e, pid_t pid)
{
	char path[PATH_MAX], name[ROSTER_NAME_BYTES];
	bool deleted;

	if (roster_name(e, name, sizeof name) < 0)
		return true;
	return procfs_exe(&files, pid, path, sizeof path, &deleted) == 0 &&
	       strcmp(text_base_name(path), name) == 0;
}

static bool numbers_as_pidfd(const struct roster_entry *e, pid_t pid)
{
	struct stat is;
	int         fd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool        same = fd >= 0 && fstat(fd, &is) == 0 &&
	                   (e->number == 0 || e->number == is.st_ino);

	if (fd >= 0)
		close(fd);
	return same;
}

static void assert_told(pid_t pid)
{
	const struct roster_entry *e = list_to(pid);

	ck_assert_msg(e != NULL, "pid %d", pid);
	ck_assert_msg(says_as_files(e, pid), "pid %d", pid);
	ck_assert_msg(names_as_link(e, pid), "pid %d", pid);
	ck_assert_msg(knobs_as_calls(e, pid), "pid %d", pid);
	ck_assert_msg(numbers_as_pidfd(e, pid), "pid %d", pid);
}

static void assert_named(pid_t pid, const char *expected)
{
	const struct roster_entry *e = list_to(pid);
	char                       name[ROSTER_NAME_BYTES];

	ck_assert_ptr_nonnull(e);
	if (expected == NULL) {
		ck_assert_int_eq(roster_name(e, name, sizeof name), -ENODATA);
		return;
	}
	ck_assert_int_eq(roster_name(e, name, sizeof name), 0);
	ck_assert_str_eq(name, expected);
}

static void (*const becomings[])(void) = {
	be_idle_on_disks, be_first_on_disks, be_killed_first, be_slack,
	keep_going, be_oddly_named, be_nameless, be_long_named, be_others,
	be_somebody, be_fifo, be_rr, be_batch, be_idle, be_deadline, be_nice,
	lead_a_session, be_many, be_an_orphan,
};

START_TEST(the_list_says_what_the_files_say)
{
	if (!have_list())
		return;
	for (size_t i = 0; i < sizeof becomings / sizeof *becomings; i++)
		be(becomings[i]);
	be_dead();
	for (int i = 0; i < beings; i++)
		assert_told(being[i]);
	assert_told(2);
	assert_told(getpid());
}
END_TEST

START_TEST(a_program_goes_by_the_name_of_its_file)
{
	char long_name[ROSTER_NAME_BYTES + 8], before[4096];

	if (!have_list())
		return;
	memset(long_name, 'l', sizeof long_name);
	long_name[sizeof long_name - 1] = '\0';
	assert_named(run_as("plain"), "plain");
	assert_named(run_as("odd) R 1 (\nname\xff"), "odd) R 1 (\nname\xff");
	assert_named(run_as(long_name), NULL);
	assert_named(run_as("upgraded (deleted)"), NULL);
	run_as("gone");
	ck_assert_int_eq(unlink(below("gone")), 0);
	assert_named(being[beings - 1], "gone");
	run_as("before");
	snprintf(before, sizeof before, "%s", below("before"));
	ck_assert_int_eq(rename(before, below("after")), 0);
	assert_named(being[beings - 1], "after");
	assert_named(run_mounted(), NULL);
	assert_named(be_dead(), NULL);
	assert_named(2, NULL);
	for (int i = 0; i < beings; i++)
		assert_told(being[i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("os linux roster");
	TCase *t = tcase_create("list");

	tcase_add_checked_fixture(t, begin, finish);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_list_says_what_the_files_say);
	tcase_add_test(t, a_program_goes_by_the_name_of_its_file);
	suite_add_tcase(s, t);
	return run_suite(s);
}
