/* test_os_linux_facts.c -- what is read about a task is what it was started
 * with, and a recorded /proc is read like a living one. */

#include "looking.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

#define ALL_READ (facts_of_source(FACT_SOURCE_STAT) | \
                  facts_of_source(FACT_SOURCE_COMM) | \
                  facts_of_source(FACT_SOURCE_EXE) | \
                  facts_of_source(FACT_SOURCE_STATUS) | \
                  facts_of_source(FACT_SOURCE_USER))
#define SHORT_NS UINT64_C(300000000)

START_TEST(facts_of_a_child_are_what_it_was_started_with)
{
	static const char *const names[] = {
		"plain", "odd) R 1 (name", "a program with a name so long",
		"deep/down/in/many/folders/) ) (" };
	pid_t               pid = start_as(names[_i], sleeping);
	const char         *name = strrchr(names[_i], '/');
	char                comm[COMM_MAX];

	name = name == NULL ? names[_i] : name + 1;
	snprintf(comm, sizeof comm, "%s", name);
	ck_assert_int_eq(look(id_of(pid), ALL_READ), 0);
	ck_assert_uint_eq(f.known, ALL_READ);
	ck_assert_str_eq(f.name, name);
	ck_assert_str_eq(f.comm, comm);
	ck_assert_str_eq(f.exe, below(names[_i]));
	ck_assert_int_eq(f.ppid, getpid());
	ck_assert_int_eq(f.session, getsid(0));
	ck_assert_uint_eq(f.threads, 1);
	ck_assert_uint_eq(f.uid, 65534);
	ck_assert_uint_eq(f.gid, 65533);
	ck_assert_str_eq(f.user, "nobody");
	ck_assert_int_eq(f.sched, sched_value(SCHED_CLASS_OTHER, 0));
	ck_assert_int_eq(f.start_time_ns, (int64_t)f.born * 10000000);
	ck_assert_int_le(f.start_time_ns, (int64_t)linux_now_ns());
	end(pid);
}
END_TEST

START_TEST(the_first_look_tells_what_the_files_do)
{
	pid_t                  pid = start_as("plain", sleeping), ppid = 0;
	const struct linux_os *in = os.sensor.self;
	int r = os.sensor.glimpse(os.sensor.self, pid, &f, &ppid);

	if (!in->procfs.tells_ids) {
		ck_assert_int_eq(r, -ENODATA);
	} else {
		ck_assert_int_eq(r, 0);
		ck_assert_int_eq(ppid, getpid());
		ck_assert_uint_eq(f.known,
		                  facts_of_source(FACT_SOURCE_STATUS));
		ck_assert_uint_eq(f.uid, 65534);
		ck_assert_uint_eq(f.gid, 65533);
		ck_assert(!f.uids_differ);
	}
	end(pid);
	r = os.sensor.glimpse(os.sensor.self, pid, &f, &ppid);
	ck_assert(r == -ESRCH || !in->procfs.tells_ids);
}
END_TEST

START_TEST(comm_alone_is_the_same_comm)
{
	pid_t pid = start_as("odd) R 1 (name", sleeping);

	ck_assert_int_eq(look(id_of(pid), FACT_BIT(FACT_comm)), 0);
	ck_assert_str_eq(f.comm, "odd) R 1 (name");
	end(pid);
}
END_TEST

START_TEST(a_deleted_program_keeps_its_path)
{
	pid_t pid = start_as("upgraded", sleeping);

	ck_assert_int_eq(unlink(below("upgraded")), 0);
	ck_assert_int_eq(look(id_of(pid), FACT_BIT(FACT_exe)), 0);
	ck_assert_str_eq(f.exe, below("upgraded"));
	end(pid);
}
END_TEST

START_TEST(a_path_too_long_to_keep_is_not_given_in_part)
{
	char  name[PATH_KEEP + 64] = "";
	pid_t pid;

	while (strlen(name) < PATH_KEEP)
		strcat(name, "one-folder-more/");
	strcat(name, "program");
	pid = start_as(name, sleeping);
	ck_assert_int_eq(look(id_of(pid), FACT_BIT(FACT_exe) |
	                                  FACT_BIT(FACT_name)), 0);
	ck_assert_uint_eq(f.unreadable, FACT_BIT(FACT_exe));
	ck_assert(!f.foreign);
	ck_assert_str_eq(f.name, "program");
	end(pid);
}
END_TEST

START_TEST(arguments_are_read_aside)
{
	static const char expected[] = "sl eep\0001000\0000";
	pid_t pid = start_as("plain", sleeping);

	look_slowly(id_of(pid), FACT_BIT(FACT_args) | FACT_BIT(FACT_cmdline) |
	                        FACT_BIT(FACT_comm));
	ck_assert_uint_eq(f.cmdline_bytes, sizeof expected);
	ck_assert_mem_eq(f.cmdline, expected, sizeof expected);
	ck_assert_str_eq(f.comm, "plain");
	end(pid);
}
END_TEST

START_TEST(many_arguments_are_cut_at_the_bound)
{
	static char word[3000];
	char *const argv[] = { (char *)"x", (char *)"1000", word, word, NULL };
	pid_t       pid;

	memset(word, '0', sizeof word - 1);
	pid = start_as("plain", argv);
	look_slowly(id_of(pid), FACT_BIT(FACT_args));
	ck_assert_uint_eq(f.cmdline_bytes, ARGS_KEEP);
	ck_assert_mem_eq(f.cmdline, "x\0001000\000000", 9);
	ck_assert_int_eq(f.cmdline[ARGS_KEEP - 2], '0');
	ck_assert_int_eq(f.cmdline[ARGS_KEEP - 1], '\0');
	end(pid);
}
END_TEST

START_TEST(a_thread_has_a_name_of_its_own)
{
	struct task_id one = id_of(getpid());
	pid_t          tids[2];
	uint64_t       cursor = 0;
	char           path[64], exe[PATH_KEEP];

	look_slowly(one, FACT_BIT(FACT_args));  /* the reader is a thread now */
	ck_assert_int_eq(look(one, FACT_BIT(FACT_exe)), 0);
	snprintf(exe, sizeof exe, "%s", f.exe);
	ck_assert_int_eq(os.sensor.threads(os.sensor.self, getpid(), &cursor,
	                                   tids, 2), 2);
	one.tid = tids[0] == getpid() ? tids[1] : tids[0];
	snprintf(path, sizeof path, "/proc/self/task/%d/comm", one.tid);
	FILE *comm = fopen(path, "w");
	ck_assert(fputs("its own", comm) >= 0 && fclose(comm) == 0);
	facts_clear(&f);
	f = (struct facts){ 0 };
	ck_assert_int_eq(look(one, ALL_READ), 0);
	ck_assert_str_eq(f.name, "its own");
	ck_assert_str_eq(f.comm, "its own");
	ck_assert_str_eq(f.exe, exe);
	ck_assert_int_eq(f.ppid, getppid());
}
END_TEST

static void *look_at_itself(void *ret_start_ns)
{
	struct task_id self = id_of(getpid());

	self.tid = (pid_t)syscall(SYS_gettid);
	ck_assert_int_eq(os.sensor.thread_start(os.sensor.self, self,
	                                        ret_start_ns), 0);
	return NULL;
}

START_TEST(a_thread_has_a_time_of_birth_of_its_own)
{
	const struct timespec later = { 0, 50000000 };
	struct task_id        self = id_of(getpid());
	uint64_t              start_ns = 0, own_ns = 0;
	pthread_t             thread;

	ck_assert_int_eq(look(self, ALL_READ), 0);
	ck_assert_int_eq(os.sensor.thread_start(os.sensor.self,
	                                        task_id_main(self), &start_ns),
	                 0);
	ck_assert_uint_eq(start_ns, (uint64_t)f.start_time_ns);
	nanosleep(&later, NULL);
	pthread_create(&thread, NULL, look_at_itself, &own_ns);
	pthread_join(thread, NULL);
	ck_assert_uint_gt(own_ns, start_ns);
	self.tid = 1;
	ck_assert_int_eq(os.sensor.thread_start(os.sensor.self, self, &own_ns),
	                 -ESRCH);
}
END_TEST

START_TEST(a_process_with_one_thread_is_that_thread)
{
	pid_t    pid = start_as("plain", sleeping), tids[2] = { 0 };
	uint64_t cursor = 0;

	ck_assert_int_eq(os.sensor.threads(os.sensor.self, pid, &cursor, tids,
	                                   2), 1);
	ck_assert_int_eq(tids[0], pid);
	ck_assert_int_eq(os.sensor.threads(os.sensor.self, pid, &cursor, tids,
	                                   2), 0);
	end(pid);
	cursor = 0;
	ck_assert_int_eq(os.sensor.threads(os.sensor.self, pid, &cursor, tids,
	                                   2), -ESRCH);
}
END_TEST

START_TEST(a_kernel_thread_has_a_name_and_no_program)
{
	ck_assert_int_eq(look(id_of(2), ALL_READ), 0);
	ck_assert_str_eq(f.name, "kthreadd");
	ck_assert_str_eq(f.comm, "kthreadd");
	ck_assert_uint_eq(f.unreadable, FACT_BIT(FACT_exe));
	ck_assert_uint_ne(f.flags & PROCFS_KTHREAD, 0);
	look_slowly(id_of(2), FACT_BIT(FACT_cmdline));
	ck_assert_uint_ne(f.unreadable & FACT_BIT(FACT_cmdline), 0);
}
END_TEST

START_TEST(who_left_or_is_another_is_gone)
{
	pid_t          pid = start_as("plain", sleeping);
	struct task_id stranger = id_of(pid);

	ck_assert_int_eq(look(stranger, FACT_BIT(FACT_ppid)), 0);
	stranger.born = f.born + 1;
	f.known = 0;
	ck_assert_int_eq(look(stranger, FACT_BIT(FACT_ppid)), -ESRCH);
	end(pid);
	for (int fact = 0; fact < FACT_COUNT; fact++)
		if (FACT_BIT(fact) & (ALL_READ | FACT_BIT(FACT_cgroup)))
			ck_assert_int_eq(look(id_of(pid), FACT_BIT(fact)),
			                 -ESRCH);
}
END_TEST

START_TEST(what_is_held_is_not_read_again)
{
	f.known = FACT_BIT(FACT_comm);
	f.unreadable = FACT_BIT(FACT_exe);
	strcpy(f.comm, "held");
	ck_assert_int_eq(look(id_of(getpid()), FACT_BIT(FACT_comm) |
	                      FACT_BIT(FACT_exe) | FACT_BIT(FACT_ppid)), 0);
	ck_assert_str_eq(f.comm, "held");
	ck_assert_ptr_null(f.exe);
	ck_assert_int_eq(f.ppid, getppid());
}
END_TEST

static const char recorded_stat[] =
	"77 (a) S 9 (b\n) S 3 4 77 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 12 0 4242 "
	"1000 100 18446744073709551615 1 2 3 0 0 0 0 0 0 0 0 0 17 0 40 2 0 0 0 "
	"0 0 0 0 0 0 0 0\n";

START_TEST(a_recorded_stat_is_read_behind_any_name)
{
	struct facts *held = &f;

	record("77/stat", recorded_stat);
	turn_to_records(PATIENCE_NS);
	ck_assert_int_eq(look(id_of(77), facts_of_source(FACT_SOURCE_STAT) |
	                                 FACT_BIT(FACT_comm)), 0);
	ck_assert_str_eq(held->comm, "a) S 9 (b\n");
	ck_assert_int_eq(held->ppid, 3);
	ck_assert_int_eq(held->session, 77);
	ck_assert_uint_eq(held->flags, 4194304);
	ck_assert_uint_eq(held->threads, 12);
	ck_assert_uint_eq(held->born, 4242);
	ck_assert_int_eq(held->sched, sched_value(SCHED_CLASS_RR, 40));
}
END_TEST

START_TEST(a_stat_that_is_none_is_unreadable)
{
	static const char *const texts[] = { "", "77 (a", "77 (a)", "77 (a) S",
		"77 (a) S 1 2 3", "77 ) S 1 2 3 (",
		"77 (a) S x 4 77 0 -1 1\n" };

	record("77/stat", texts[_i]);
	turn_to_records(PATIENCE_NS);
	ck_assert_int_eq(look(id_of(77), FACT_BIT(FACT_ppid)), 0);
	ck_assert_uint_eq(f.unreadable, FACT_BIT(FACT_ppid));
	ck_assert_uint_eq(f.known, 0);
}
END_TEST

static const struct {
	const char *text, *cgroup, *unit;
} places[] = {
	{ "0::/system.slice/cron.service\n",
	  "/system.slice/cron.service", "cron.service" },
	{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
	  "app-editor.scope/inner\n",
	  "/user.slice/user-1000.slice/user@1000.service/app.slice/"
	  "app-editor.scope/inner", "app-editor.scope" },
	{ "0::/user.slice/user-1.slice\n", "/user.slice/user-1.slice",
	  "user-1.slice" },
	{ "9:name=systemd:/a.slice/b.service\n4:memory:/else\n0::/\n",
	  "/a.slice/b.service", "b.service" },
	{ "9:name=systemd:/a.slice/b.service\n0::/a.slice/b.service/c\n",
	  "/a.slice/b.service/c", "b.service" },
	{ "9:name=systemd:/\n4:memory:/else\n2:cpu,cpuacct:/x\n0::/\n", "/x",
	  NULL },
	{ "9:name=systemd:/\n0::/\n", "/", NULL },
	{ "0::/odd:name/.service\n", "/odd:name/.service", NULL },
	{ "", NULL, NULL }, { "nonsense\n7:\n8:memory\n", NULL, NULL },
};

START_TEST(a_place_among_the_groups_is_found)
{
	uint64_t both = FACT_BIT(FACT_cgroup) | FACT_BIT(FACT_unit);
	uint64_t none = (places[_i].cgroup == NULL ? FACT_BIT(FACT_cgroup) : 0)
	              | (places[_i].unit == NULL ? FACT_BIT(FACT_unit) : 0);

	record("77/cgroup", places[_i].text);
	turn_to_records(PATIENCE_NS);
	ck_assert_int_eq(look(id_of(77), both), 0);
	ck_assert_uint_eq(f.unreadable, none);
	ck_assert_uint_eq(f.known, both & ~none);
	if (places[_i].cgroup != NULL)
		ck_assert_str_eq(f.cgroup, places[_i].cgroup);
	if (places[_i].unit != NULL)
		ck_assert_str_eq(f.unit, places[_i].unit);
}
END_TEST

START_TEST(a_user_that_no_file_knows_is_asked_for_aside)
{
	struct linux_os *in;

	record("77/status", "Name:\tx\nUid:\t4321\t0\t0\t0\n"
	                    "Gid:\t5\t6\t6\t6\n");
	in = turn_to_records(PATIENCE_NS);
	look_slowly(id_of(77), FACT_BIT(FACT_user) | FACT_BIT(FACT_gid));
	ck_assert_uint_eq(f.gid, 5);
	ck_assert_uint_eq(f.unreadable, FACT_BIT(FACT_user));
	ck_assert_str_eq(users_name(in->look.users, 4321), "");
	facts_forget(&f, FACT_BIT(FACT_user));
	ck_assert_int_eq(look(id_of(77), FACT_BIT(FACT_user)), 0);
}
END_TEST

START_TEST(users_are_those_of_the_file)
{
	struct users *u;

	record("passwd", "root:x:0:0::/:/bin/sh\nann:x:7:7::/:/\n"
	                 "other:x:7:7::/:/\nbroken line\n");
	u = users_new(below("passwd"));
	ck_assert_str_eq(users_name(u, 0), "root");
	ck_assert_str_eq(users_name(u, 7), "ann");
	ck_assert_ptr_null(users_name(u, 8));
	for (uid_t uid = 100; uid < 100 + USERS_MAX; uid++)
		ck_assert_int_eq(users_learn(u, uid, "one"), 0);
	ck_assert_str_eq(users_name(u, 99 + USERS_MAX), "one");
	ck_assert_ptr_null(users_name(u, 7));   /* too many: forgotten        */
	users_free(u);
}
END_TEST

/* A pipe that is open and never written to holds its reader until the
 * descriptor that this returns is closed. */
static int hold_the_reader(pid_t pid)
{
	char name[64];
	int  fd = -1;

	snprintf(name, sizeof name, "%d/cmdline", pid);
	ck_assert_int_eq(mkfifo(below(name), 0600), 0);
	ck_assert_int_eq(look(id_of(pid), FACT_BIT(FACT_args)), -EINPROGRESS);
	while (fd < 0)
		fd = open(below(name), O_WRONLY | O_NONBLOCK);
	return fd;
}

START_TEST(what_is_too_slow_becomes_unreadable)
{
	size_t at = 0;
	int    held;

	record("78/cmdline", "x");
	turn_to_records(SHORT_NS);
	held = hold_the_reader(77);
	ck_assert_int_eq(look(id_of(78), FACT_BIT(FACT_args)), -EINPROGRESS);
	await(EVENT_FACTS, 77, &at);
	ck_assert_int_eq(look(id_of(77), FACT_BIT(FACT_args)), 0);
	ck_assert_uint_eq(f.unreadable, FACT_BIT(FACT_args));
	f.unreadable = 0;
	await(EVENT_FACTS, 78, &at);    /* stood behind it as long    */
	ck_assert_int_eq(look(id_of(78), FACT_BIT(FACT_args)), 0);
	ck_assert_uint_eq(f.unreadable, FACT_BIT(FACT_args));
	close(held);
}
END_TEST

START_TEST(only_so_many_are_awaited)
{
	struct linux_os *in = turn_to_records(PATIENCE_NS);
	int              held = hold_the_reader(77);

	for (pid_t pid = 1000; pid < 1000 + SLOW_READS_MAX - 1; pid++)
		ck_assert_int_eq(look(id_of(pid), FACT_BIT(FACT_args)),
		                 -EINPROGRESS);
	ck_assert_uint_eq(reader_refused(in->look.reader), 0);
	ck_assert_int_eq(look(id_of(999), FACT_BIT(FACT_args)), 0);
	ck_assert_uint_eq(f.unreadable, FACT_BIT(FACT_args));
	ck_assert_uint_eq(reader_refused(in->look.reader), 1);
	close(held);
}
END_TEST

START_TEST(answers_that_nobody_fetched_make_room)
{
	struct linux_os *in = turn_to_records(SHORT_NS);
	uint64_t         until;
	size_t           at = 0;

	for (pid_t pid = 1000; pid < 1000 + SLOW_READS_MAX; pid++)
		(void)look(id_of(pid), FACT_BIT(FACT_args));
	await(EVENT_FACTS, 999 + SLOW_READS_MAX, &at);
	until = linux_now_ns() + 2 * SHORT_NS;
	while (linux_now_ns() < until)
		usleep(1000);
	ck_assert_int_eq(look(id_of(999), FACT_BIT(FACT_args)), -EINPROGRESS);
	ck_assert_uint_eq(reader_refused(in->look.reader), 0);
}
END_TEST

START_TEST(boot_and_people_are_the_systems_own)
{
	char   id[64];
	uid_t  low, high;

	ck_assert_int_eq(linux_boot_id(id, sizeof id), 0);
	ck_assert_uint_eq(strspn(id, "0123456789abcdef-"), 36);
	ck_assert_int_eq(linux_boot_id(id, 36), -EBADMSG);
	linux_people(&low, &high);
	ck_assert_uint_eq(low, 1000);
	ck_assert_uint_eq(high, 60000);
}
END_TEST

static void add_living(TCase *t)
{
	tcase_add_loop_test(t, facts_of_a_child_are_what_it_was_started_with,
	                    0, 4);
	tcase_add_test(t, the_first_look_tells_what_the_files_do);
	tcase_add_test(t, comm_alone_is_the_same_comm);
	tcase_add_test(t, a_deleted_program_keeps_its_path);
	tcase_add_test(t, a_path_too_long_to_keep_is_not_given_in_part);
	tcase_add_test(t, arguments_are_read_aside);
	tcase_add_test(t, many_arguments_are_cut_at_the_bound);
	tcase_add_test(t, a_thread_has_a_name_of_its_own);
	tcase_add_test(t, a_thread_has_a_time_of_birth_of_its_own);
	tcase_add_test(t, a_process_with_one_thread_is_that_thread);
	tcase_add_test(t, a_kernel_thread_has_a_name_and_no_program);
	tcase_add_test(t, who_left_or_is_another_is_gone);
	tcase_add_test(t, what_is_held_is_not_read_again);
	tcase_add_test(t, boot_and_people_are_the_systems_own);
}

static void add_recorded(TCase *t)
{
	tcase_add_test(t, a_recorded_stat_is_read_behind_any_name);
	tcase_add_loop_test(t, a_stat_that_is_none_is_unreadable, 0, 7);
	tcase_add_loop_test(t, a_place_among_the_groups_is_found, 0,
	                    (int)(sizeof places / sizeof *places));
	tcase_add_test(t, a_user_that_no_file_knows_is_asked_for_aside);
	tcase_add_test(t, users_are_those_of_the_file);
	tcase_add_test(t, what_is_too_slow_becomes_unreadable);
	tcase_add_test(t, only_so_many_are_awaited);
	tcase_add_test(t, answers_that_nobody_fetched_make_room);
}

int main(void)
{
	Suite *s = suite_create("os linux facts");
	TCase *living = tcase_create("living tasks");
	TCase *recorded = tcase_create("recorded tasks");

	tcase_add_checked_fixture(living, setup, teardown);
	tcase_set_timeout(living, 60);
	add_living(living);
	suite_add_tcase(s, living);

	tcase_add_checked_fixture(recorded, setup, teardown);
	tcase_set_timeout(recorded, 60);
	add_recorded(recorded);
	suite_add_tcase(s, recorded);
	return run_suite(s);
}
