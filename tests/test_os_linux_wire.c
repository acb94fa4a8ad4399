/* test_os_linux_wire.c -- the wire to a real process that does what it is told. */

#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include "fake_worker.h"
#include "base/limits.h"
#include "keeper/child.h"
#include "model/cpu_sets.h"
#include "os/linux/linux.h"

static struct cpu_sets *sets;
static struct os        os;
static struct wire     *wire = &os.wire;

static void note(void *ctx, const char *sentence)
{
	(void)ctx;
	(void)sentence;
}

static void open_doors(int keeper_fd)
{
	struct linux_options o = { .keeper_fd = keeper_fd,
	                           .worker_user = "nobody" };
	char                 why[256];

	sets = cpu_sets_new();
	o.sets = sets;
	ck_assert_int_eq(linux_open(&o, &os, note, NULL, why, sizeof why), 0);
}

static void close_doors(void)
{
	linux_close(&os);
	cpu_sets_free(sets);
}

/* The next event about the wire; others have nothing to do with it. */
static struct event next_event(void)
{
	struct event e;

	do
		ck_assert_int_ge(os.sensor.next(os.sensor.self, UINT64_MAX, &e,
		                                1), 0);
	while (e.kind != EVENT_WORKER && e.kind != EVENT_MESSAGE);
	return e;
}

/* Nothing lies there to be taken, and nothing more comes before that. */
static void expect_worker(bool alive)
{
	const void  *bytes;
	struct event e;

	ck_assert_int_eq(wire->take(wire->self, &bytes), 0);
	e = next_event();
	ck_assert_int_eq(e.kind, EVENT_WORKER);
	ck_assert_int_eq(e.u.worker.alive, alive);
}

static int64_t next_message(const void **ret_bytes)
{
	int64_t n = wire->take(wire->self, ret_bytes);

	while (n == 0) {
		ck_assert_int_eq(next_event().kind, EVENT_MESSAGE);
		n = wire->take(wire->self, ret_bytes);
	}
	return n;
}

static void expect_message(const char *text)
{
	char        found[2100];
	const void *bytes;
	int64_t     n = next_message(&bytes);

	snprintf(found, sizeof found, "%.*s", (int)n, (const char *)bytes);
	ck_assert_str_eq(found, text);
}

static void expect_nothing_more(void)
{
	const void *bytes;

	ck_assert_int_eq(wire->take(wire->self, &bytes), 0);
}

static void order(const char *text)
{
	ck_assert_int_eq(wire->send(wire->self, text, strlen(text)), 0);
}

static void begin(void)
{
	open_doors(-1);
	ck_assert_int_eq(wire->start(wire->self), 0);
	expect_worker(true);
}

/* The only child that this process has. */
static pid_t worker_pid(void)
{
	char  path[64];
	int   pid = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
	f = fopen(path, "r");
	ck_assert_int_eq(fscanf(f, "%d", &pid), 1);
	fclose(f);
	return pid;
}

/* One line of /proc/PID/NAME that begins with key, blanks made single. */
static const char *proc_line(pid_t pid, const char *name, const char *key)
{
	static char text[256];
	char        path[64], line[256];
	FILE       *f;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	text[0] = '\0';
	while (fgets(line, sizeof line, f) != NULL) {
		char *rest = line, *word;

		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		while ((word = strtok_r(rest, " \t\n", &rest)) != NULL)
			sprintf(text + strlen(text), "%s ", word);
		break;
	}
	fclose(f);
	return text;
}

static long resident_kib(void)
{
	long kib = 0;

	sscanf(proc_line(getpid(), "status", "VmRSS:"), "VmRSS: %ld", &kib);
	return kib;
}

/* ---- how it is started -------------------------------------------------- */

START_TEST(a_worker_is_started_with_nothing_of_ours)
{
	sigset_t set;
	pid_t    pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR2, SIG_IGN);
	setenv("SECRET", "42", 1);
	for (int fd = 5; fd < 100; fd += 7)     /* inherited by any exec      */
		dup2(2, fd);
	begin();
	pid = worker_pid();
	order("state");
	expect_message("fds 0 1 2 3 own LANG=C");
	ck_assert_str_eq(proc_line(pid, "status", "Uid:"),
	                 "Uid: 65534 65534 65534 65534 ");
	ck_assert_str_eq(proc_line(pid, "status", "Gid:"),
	                 "Gid: 65534 65534 65534 65534 ");
	ck_assert_str_eq(proc_line(pid, "status", "Groups:"), "Groups: ");
	ck_assert_str_eq(proc_line(pid, "status", "NoNewPrivs:"),
	                 "NoNewPrivs: 1 ");
	ck_assert_str_eq(proc_line(pid, "status", "CapEff:"),
	                 "CapEff: 0000000000000000 ");
	ck_assert_str_eq(proc_line(pid, "status", "SigBlk:"),
	                 "SigBlk: 0000000000000000 ");
	ck_assert_str_eq(proc_line(pid, "status", "SigIgn:"),
	                 "SigIgn: 0000000000000000 ");
	ck_assert_str_eq(proc_line(pid, "oom_score_adj", ""), "500 ");
	close_doors();
}
END_TEST

START_TEST(root_does_not_start_a_worker_as_root_or_as_nobody_known)
{
	int   fd, pidfd;
	pid_t pid;

	ck_assert_int_eq(linux_spawn_worker("root", &fd, &pidfd, &pid), -EPERM);
	ck_assert_int_eq(linux_spawn_worker("no such user", &fd, &pidfd, &pid),
	                 -ENOENT);
	ck_assert_int_eq(linux_spawn_worker(NULL, &fd, &pidfd, &pid), -ENOENT);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);     /* no child is left   */
}
END_TEST

START_TEST(a_worker_that_cannot_run_is_no_worker)
{
	int     fd, pidfd;
	pid_t   pid;
	char    path[256];
	FILE   *f;

	ck_assert_int_eq(linux_find_program("pqs-rules", path, sizeof path), 0);
	unlink(path);
	ck_assert_int_eq(linux_spawn_worker("nobody", &fd, &pidfd, &pid),
	                 -ENOENT);
	f = fopen(path, "w");
	fputs("no program", f);
	fclose(f);
	chmod(path, 0755);
	ck_assert_int_lt(linux_spawn_worker("nobody", &fd, &pidfd, &pid), 0);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
	unlink(path);
	copy_self(path);
}
END_TEST

START_TEST(a_worker_dies_with_its_parent)
{
	int   ends[2], fd, pidfd;
	pid_t parent, pid;
	char  byte;

	ck_assert_int_eq(pipe(ends), 0);
	parent = fork();
	if (parent == 0) {
		dup2(ends[1], STDERR_FILENO);   /* which a worker keeps       */
		close(ends[1]);
		if (linux_spawn_worker("nobody", &fd, &pidfd, &pid) < 0)
			_exit(1);
		dprintf(STDERR_FILENO, "x");
		for (;;)
			pause();
	}
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
}
END_TEST

START_TEST(there_is_one_worker_at_a_time_and_then_another)
{
	begin();
	ck_assert_int_eq(wire->start(wire->self), -EBUSY);
	order("leave");
	expect_worker(false);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
	ck_assert_int_eq(wire->send(wire->self, "x", 1), -EPIPE);
	ck_assert_int_eq(wire->start(wire->self), 0);
	expect_worker(true);
	order("echo again");
	expect_message("again");
	close_doors();
}
END_TEST

START_TEST(closing_leaves_no_worker)
{
	begin();
	order("spin");
	close_doors();
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
}
END_TEST

/* ---- what it says --------------------------------------------------------- */

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
	order("echo image");
	expect_message("image");
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

/* ---- what it is told ------------------------------------------------------- */

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

/* ---- through a keeper ------------------------------------------------------- */

static int keeper_end;

static void begin_with_keeper(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	                            pair), 0);
	keeper_end = pair[1];
	open_doors(pair[0]);
	ck_assert_int_eq(wire->start(wire->self), 0);
}

static pid_t keeper_starts_one(void)
{
	int   fd[2];
	pid_t pid;
	char  word;

	ck_assert_int_eq(recv(keeper_end, &word, 1, 0), 1);
	ck_assert_int_eq(word, KEEPER_START);
	ck_assert_int_eq(linux_spawn_worker("nobody", &fd[0], &fd[1], &pid), 0);
	ck_assert_int_eq(child_hand_over(keeper_end, KEEPER_HERE, fd), 0);
	close(fd[0]);
	close(fd[1]);
	return pid;
}

START_TEST(a_worker_can_be_a_keepers)
{
	uint64_t cpu_ns;
	pid_t    pid;

	begin_with_keeper();
	pid = keeper_starts_one();
	expect_worker(true);
	ck_assert_int_eq(pid, worker_pid());
	order("echo hello");
	expect_message("hello");
	ck_assert_int_eq(wire->cpu_ns(wire->self, &cpu_ns), 0);
	wire->kill(wire->self);
	expect_worker(false);
	ck_assert_int_eq(wire->start(wire->self), 0);
	keeper_starts_one();
	expect_worker(true);
	close_doors();
}
END_TEST

START_TEST(the_keeper_is_asked_once_and_may_fail)
{
	char word;

	begin_with_keeper();
	ck_assert_int_eq(wire->start(wire->self), 0);
	ck_assert_int_eq(recv(keeper_end, &word, 1, 0), 1);
	ck_assert_int_eq(recv(keeper_end, &word, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(child_hand_over(keeper_end, KEEPER_FAILED, NULL), 0);
	expect_worker(false);
	ck_assert_int_eq(wire->start(wire->self), 0);
	close(keeper_end);
	expect_worker(false);
	ck_assert_int_lt(wire->start(wire->self), 0);
	close_doors();
}
END_TEST

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

START_TEST(what_a_keeper_sends_unasked_is_closed)
{
	int before, null = open("/dev/null", O_RDONLY);
	int two[2] = { null, null };

	begin_with_keeper();
	keeper_starts_one();
	expect_worker(true);
	before = open_descriptors();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(child_hand_over(keeper_end, KEEPER_HERE, two),
		                 0);
	order("echo behind");           /* the keeper's words came before     */
	expect_message("behind");
	ck_assert_int_eq(open_descriptors(), before);
	close_doors();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("os/linux: wire");
	TCase *t = tcase_create("wire");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_worker_is_started_with_nothing_of_ours);
	tcase_add_test(t,
	        root_does_not_start_a_worker_as_root_or_as_nobody_known);
	tcase_add_test(t, a_worker_that_cannot_run_is_no_worker);
	tcase_add_test(t, a_worker_dies_with_its_parent);
	tcase_add_test(t, there_is_one_worker_at_a_time_and_then_another);
	tcase_add_test(t, closing_leaves_no_worker);
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
	tcase_add_test(t, a_worker_can_be_a_keepers);
	tcase_add_test(t, the_keeper_is_asked_once_and_may_fail);
	tcase_add_test(t, what_a_keeper_sends_unasked_is_closed);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	if (argc >= 1 && strcmp(argv[0], "pqs-rules") == 0)
		return fake_worker();
	return argc == 2 ? run_suite(suite()) : run_in_scratch();
}
