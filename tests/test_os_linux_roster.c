/* test_os_linux_roster.c -- what the kernel's list says of a process is what the
 * files of /proc say, and nothing is believed that may have changed since. */

#include "looking.h"

#include <limits.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/text.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/sensor/roster.h"

#define BEINGS_MAX 32
#define TRIES      50           /* of a list that is read anew while a busy
                                   machine makes it old                       */

static struct roster *list;
static struct procfs  files;
static pid_t          being[BEINGS_MAX];
static int            beings;

/* Without the right, or on a kernel that has no such list, there is nothing to
 * test but that the reason is one of those. */
static bool have_list(void)
{
	enum roster_state state = ROSTER_AWAITED;

	for (int i = 0; i < TRIES && state == ROSTER_AWAITED; i++) {
		usleep(10000);
		state = roster_state(list);
	}
	ck_assert(geteuid() != 0 || state == ROSTER_READY ||
	          state == ROSTER_NO_TYPES || state == ROSTER_REFUSED ||
	          state == ROSTER_DENIED || state == ROSTER_DIFFERS);
	ck_assert_uint_eq(roster_why(state)[0] == '\0', state == ROSTER_READY);
	return state == ROSTER_READY;
}

static void begin(void)
{
	setup();
	list = roster_new();
	ck_assert_ptr_nonnull(list);
	ck_assert_int_eq(procfs_open(&files, "/proc"), 0);
	beings = 0;
}

static void finish(void)
{
	while (beings > 0)
		end(being[--beings]);
	roster_free(list);
	procfs_close(&files);
	teardown();
}

/* A child that becomes something, says so, and stays. */
static pid_t be(void (*become)(void))
{
	int   ready[2];
	char  byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		become();
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	ck_assert_int_lt(beings, BEINGS_MAX);
	being[beings++] = pid;
	return pid;
}

static void keep_going(void)
{
}

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

static void be_others(void)
{
	if (setresgid(1003, 1004, 1005) < 0 || setresuid(1000, 1001, 1002) < 0)
		_exit(1);
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

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
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

static pid_t run_as(const char *name)
{
	return being[beings++] = start_as(name, sleeping);
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

/* NULL: it was not told of. */
static const struct roster_entry *list_to(pid_t pid)
{
	const struct roster_entry *e = NULL;

	for (int i = 0; i < TRIES && e == NULL; i++) {
		roster_tell(list, true, &pid, 1);
		e = roster_find(list, pid);
	}
	return e;
}

static bool says_as_files(const struct roster_entry *e, pid_t pid)
{
	struct proc_stat  says, stat;
	struct procfs_ids owner, ids;
	char              comm[COMM_MAX];

	if (procfs_stat(&files, pid, &stat) < 0 ||
	    procfs_ids(&files, pid, &ids) < 0 ||
	    procfs_comm(&files, pid, pid, comm, sizeof comm) < 0)
		return false;
	roster_stat(e, &files, &says);
	roster_ids(e, &owner);
	return says.ppid == stat.ppid && says.session == stat.session &&
	       ((says.flags ^ stat.flags) & PROCFS_KTHREAD) == 0 &&
	       says.threads == stat.threads && says.born == stat.born &&
	       says.sched == stat.sched && owner.uid == ids.uid &&
	       owner.gid == ids.gid && owner.uids_differ == ids.uids_differ &&
	       (!roster_has_comm(e) || (strcmp(says.comm, stat.comm) == 0 &&
	                                strcmp(says.comm, comm) == 0));
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

/* As a listing goes: some at a time, the first of them at first. */
static size_t told_of(const pid_t *pids, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += roster_find(list, pids[i]) != NULL &&
		         says_as_files(roster_find(list, pids[i]), pids[i]);
	return found;
}

START_TEST(a_listing_is_told_of_in_parts)
{
	pid_t later;

	if (!have_list())
		return;
	for (int i = 0; i < 21; i++)
		be(keep_going);
	for (int at = 0; at < 21; at += 7) {
		roster_tell(list, at == 0, being + at, 7);
		ck_assert_uint_eq(told_of(being + at, 7), 7);
		ck_assert_uint_eq(told_of(being, (size_t)at), 0);
	}
	/* One that began in between, and took the place of that one. */
	roster_tell(list, true, being, 7);
	roster_tell(list, false, being + 14, 7);
	ck_assert_uint_eq(told_of(being + 14, 7), 7);
	roster_tell(list, false, being + 7, 7);
	ck_assert_uint_eq(told_of(being + 7, 7), 0);
	/* Nobody is told of who is not there. */
	roster_tell(list, true, being, 21);
	later = be(keep_going);
	roster_tell(list, false, &later, 1);
	roster_over(list);
	ck_assert_uint_eq(told_of(being, 22), 0);
	/* Of one whose beginning was not told of the rest is. */
	roster_tell(list, false, being + 7, 7);
	ck_assert_uint_eq(told_of(being, 7), 0);
	ck_assert_uint_eq(told_of(being + 7, 7), 7);
}
END_TEST

START_TEST(what_is_doubted_or_old_is_not_told)
{
	pid_t pid = be(keep_going);

	if (!have_list())
		return;
	ck_assert_ptr_nonnull(list_to(pid));
	roster_doubt(list, pid);
	ck_assert_ptr_null(roster_find(list, pid));
	ck_assert_ptr_nonnull(list_to(pid));
	roster_ended(list, getpid());
	ck_assert_ptr_null(roster_find(list, pid));
	ck_assert_ptr_nonnull(list_to(pid));
	roster_doubt_all(list);
	ck_assert_ptr_null(roster_find(list, pid));
	ck_assert_ptr_nonnull(list_to(pid));
	usleep(1100000);
	ck_assert_ptr_null(roster_find(list, pid));
	ck_assert_ptr_null(roster_find(list, 0));
}
END_TEST

/* As seen by whoever asks the sensor. */
static void lend_list(void)
{
	struct linux_os *in = os.sensor.self;

	in->look.roster = list;
	linux_actuator_listen(&os.actuator, list, files.tick_ns);
}

static void take_list_back(void)
{
	struct linux_os *in = os.sensor.self;

	in->look.roster = NULL;
	linux_actuator_listen(&os.actuator, NULL, files.tick_ns);
}

START_TEST(the_first_look_is_at_the_list)
{
	pid_t        pid = run_as("plain"), ppid = 0;
	struct facts read = { 0 };
	uint64_t     all = facts_of_source(FACT_SOURCE_STAT) |
	                   facts_of_source(FACT_SOURCE_STATUS) |
	                   FACT_BIT(FACT_comm) | FACT_BIT(FACT_name);

	if (!have_list())
		return;
	lend_list();
	ck_assert_ptr_nonnull(list_to(pid));
	ck_assert_int_eq(os.sensor.glimpse(os.sensor.self, pid, &f, &ppid), 0);
	take_list_back();
	ck_assert_int_eq(os.sensor.facts(os.sensor.self, id_of(pid), all,
	                                 &read), 0);
	ck_assert_uint_eq(f.known, all & ~FACT_BIT(FACT_rss));
	ck_assert_int_eq(ppid, getpid());
	ck_assert_int_eq(f.ppid, read.ppid);
	ck_assert_int_eq(f.session, read.session);
	ck_assert_uint_eq(f.born, read.born);
	ck_assert_int_eq(f.start_time_ns, read.start_time_ns);
	ck_assert_uint_eq(f.threads, read.threads);
	ck_assert_int_eq(f.sched, read.sched);
	ck_assert_uint_eq(f.uid, read.uid);
	ck_assert_uint_eq(f.gid, read.gid);
	ck_assert_str_eq(f.comm, read.comm);
	ck_assert_str_eq(f.name, read.name);
	facts_clear(&read);
}
END_TEST

/* A child with that very pid, as the kernel will have it again one day. */
static pid_t be_born_as(pid_t pid)
{
	struct clone_args a = { .exit_signal = SIGCHLD,
	                        .set_tid = (uint64_t)(uintptr_t)&pid,
	                        .set_tid_size = 1 };
	pid_t             child = (pid_t)syscall(SYS_clone3, &a, sizeof a);

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		wait_for_ever(NULL);
	}
	return child;
}

/* Listed, it dies, and before any knob is looked at somebody else has its pid.
 * Whatever comes first finds out. */
START_TEST(a_stranger_with_a_listed_pid_is_not_touched)
{
	const struct roster_entry *e;
	struct task_id             id;
	struct turned              t;
	pid_t                      pid = be(keep_going), stranger = -1;
	int64_t                    value;

	if (!have_list())
		return;
	lend_list();
	for (int i = 0; i < TRIES && stranger < 0; i++) {
		e = list_to(pid);
		ck_assert_ptr_nonnull(e);
		id = (struct task_id){ pid, pid, e->born_ns / files.tick_ns };
		end(pid);
		beings--;
		usleep(20000);          /* births are told apart by ticks     */
		stranger = be_born_as(pid);
		if (stranger < 0)       /* somebody was faster                */
			pid = be(keep_going);
	}
	ck_assert_int_eq(stranger, pid);
	being[beings++] = stranger;
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, id), 0);
	if (_i == 0)
		ck_assert_int_eq(os.actuator.proven(os.actuator.self), -ESRCH);
	if (_i == 1)
		ck_assert_int_eq(os.actuator.read(os.actuator.self, id,
		                                  SETTING_nice, &value),
		                 -ESRCH);
	if (_i == 2) {
		os.actuator.apply(os.actuator.self, id, SETTING_nice, 5, &t);
		ck_assert_int_eq(t.effect, EFFECT_GONE);
	}
	os.actuator.let_go(os.actuator.self);
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, id), -ESRCH);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)stranger), 0);
	take_list_back();
}
END_TEST

START_TEST(who_is_on_the_list_is_gripped_when_a_knob_is_looked_at)
{
	const struct roster_entry *e;
	struct task_id             id;
	struct turned              t;
	pid_t                      pid = be(keep_going);
	int64_t                    value;

	if (!have_list())
		return;
	lend_list();
	e = list_to(pid);
	ck_assert_ptr_nonnull(e);
	id = (struct task_id){ pid, pid, e->born_ns / files.tick_ns };
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, id), 0);
	ck_assert(os.actuator.had(os.actuator.self, id, SETTING_nice, 0));
	ck_assert(!os.actuator.had(os.actuator.self, id, SETTING_nice, 5));
	ck_assert_int_eq(os.actuator.read(os.actuator.self, id, SETTING_nice,
	                                  &value), 0);
	ck_assert(!os.actuator.had(os.actuator.self, id, SETTING_nice, 0));
	ck_assert_int_eq(os.actuator.proven(os.actuator.self), 0);
	os.actuator.apply(os.actuator.self, id, SETTING_nice, 5, &t);
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_int_eq(os.actuator.proven(os.actuator.self), 0);
	os.actuator.let_go(os.actuator.self);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)pid), 5);
	/* Nor is what the list said believed the next time. */
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, id), 0);
	ck_assert(!os.actuator.had(os.actuator.self, id, SETTING_nice, 0));
	ck_assert_int_eq(os.actuator.proven(os.actuator.self), 0);
	os.actuator.let_go(os.actuator.self);
	take_list_back();
}
END_TEST

/* Between the list and the look the child becomes another. */
START_TEST(who_changed_since_is_read_anew)
{
	struct linux_options o;
	struct linux_os     *in;
	pid_t                pid, ppid;
	size_t               at = 0;

	if (!have_list())
		return;
	linux_close(&os);
	o = options_for_tests();
	sensor_begin(&o, false);
	in = os.sensor.self;
	roster_free(in->look.roster);
	pid = child_that(be_others);
	lend_list();
	ck_assert_ptr_nonnull(list_to(pid));
	go();
	reap(pid);
	await(EVENT_UID, pid, &at);
	ck_assert_ptr_null(roster_find(list, pid));
	ck_assert_int_lt(os.sensor.glimpse(os.sensor.self, pid, &f, &ppid), 0);
	take_list_back();
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
	tcase_add_test(t, a_listing_is_told_of_in_parts);
	tcase_add_test(t, what_is_doubted_or_old_is_not_told);
	tcase_add_test(t, the_first_look_is_at_the_list);
	tcase_add_loop_test(t, a_stranger_with_a_listed_pid_is_not_touched, 0,
	                    3);
	tcase_add_test(t, who_is_on_the_list_is_gripped_when_a_knob_is_looked_at);
	tcase_add_test(t, who_changed_since_is_read_anew);
	suite_add_tcase(s, t);
	return run_suite(s);
}
