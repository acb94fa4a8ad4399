/* test_os_linux_pretence.c -- what is told of living children, also of those
 * that pretend to be something else. */

#include "knowing.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

/* In a child: writes over its arguments, and on into the environment, says so
 * and waits. */
static void write_title(char *args, size_t room, const char *title, int done)
{
	memset(args, 0, room);
	memcpy(args, title, strlen(title));
	if (write(done, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* Longer than the path of this program and its arguments. */
static char long_title[1024];

static pid_t start_titled(const char *title)
{
	char  self[256] = "", word;
	char *argv[] = { self, (char *)title, (char *)"and", (char *)"room",
	                 NULL };
	int   ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof self - 1), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setenv("ROOM", long_title, 1);
		dup2(ends[1], 3);
		execv(self, argv);
		_exit(1);
	}
	ck_assert_int_eq(read(ends[0], &word, 1), 1);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

START_TEST(what_a_task_wrote_over_its_arguments_is_its_title)
{
	const char  *titles[] = { "worker", "server: a worker", long_title };
	const char  *args[] = { "", "a|worker|", "" };
	struct task *who;
	pid_t        pid;

	memset(long_title, 'w', sizeof long_title - 1);
	pid = start_titled(titles[_i]);
	who = meet(pid);
	ck_assert_str_eq(told_as(who, FACT_title), titles[_i]);
	ck_assert_str_eq(told_as(who, FACT_cmdline), titles[_i]);
	ck_assert_str_eq(told_as(who, FACT_args), args[_i]);
	end(pid);
}
END_TEST

START_TEST(who_wrote_nothing_has_no_title)
{
	char *const  spaced[] = { (char *)"sl eep", (char *)"1000", NULL };
	char *const  empty[] = { (char *)"x", (char *)"1000", (char *)"0",
	                         NULL };
	pid_t        pid = start_as("plain", _i == 0 ? spaced : empty);

	ck_assert_str_eq(told_as(meet(pid), FACT_title), "-");
	end(pid);
}
END_TEST

/* In a mount namespace of its own, a program of ours under the path of another;
 * NULL: that path is there alone, in a file system of its own. */
static pid_t start_disguised(const char *program, const char *as)
{
	char  copy[8192];
	int   ends[2];
	char  word = 0;
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(copy, sizeof copy, "mount -t tmpfs none '%s' && "
		         "cp /bin/sleep '%s'", folder, as);
		if (unshare(CLONE_NEWNS) == 0 &&
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		    (program != NULL ? mount(program, as, NULL, MS_BIND, NULL)
		                     : system(copy)) == 0)
			execl(as, as, "1000", (char *)NULL);
		(void)!write(ends[1], "x", 1);
		_exit(1);
	}
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &word, 1), 0);   /* closed by its exec */
	close(ends[0]);
	return pid;
}

START_TEST(a_path_cannot_be_borrowed_by_mounting_over_it)
{
	char         command[8192], program[4096], link[64], path[4096] = "";
	struct task *who;
	pid_t        pid;

	record("trusted", "a program of somebody else\n");
	snprintf(program, sizeof program, "%s", below("own"));
	snprintf(command, sizeof command, "cp /bin/sleep '%s'", program);
	ck_assert_int_eq(system(command), 0);
	pid = start_disguised(program, below("trusted"));
	snprintf(link, sizeof link, "/proc/%d/exe", pid);
	ck_assert_int_gt(readlink(link, path, sizeof path - 1), 0);
	ck_assert_str_eq(path, below("trusted"));       /* so says the kernel */
	who = meet(pid);
	ck_assert_str_eq(told_as(who, FACT_exe), "?");
	ck_assert(who->facts->foreign);
	ck_assert_str_eq(told_as(who, FACT_name), "trusted");
	end(pid);
}
END_TEST

/* To look for it here is to ask whoever serves the file system. */
START_TEST(a_path_that_is_elsewhere_alone_is_looked_for_aside)
{
	pid_t        pid = start_disguised(NULL, below("elsewhere"));
	struct task *who = meet(pid);
	struct value v;

	ck_assert_int_eq(table_fact(table, who, FACT_exe, &v), -EINPROGRESS);
	ck_assert_str_eq(told_as(who, FACT_name), "elsewhere");
	ck_assert_str_eq(told_as(who, FACT_exe), "?");
	ck_assert(who->facts->foreign);
	end(pid);
}
END_TEST

START_TEST(a_namespace_of_its_own_alone_makes_no_program_foreign)
{
	pid_t        pid = start_disguised("/bin/sleep", "/bin/sleep");
	struct task *who = meet(pid);

	ck_assert_str_eq(told_as(who, FACT_name), "sleep");
	ck_assert_str_ne(told_as(who, FACT_exe), "?");
	ck_assert(!who->facts->foreign);
	end(pid);
}
END_TEST

/* Deleted by their owner in their owner's folder, and in that of another. */
START_TEST(a_deleted_program_is_believed_where_its_owner_owned_the_folder)
{
	pid_t        pid;
	struct task *who;
	char         folder_of[4096];

	snprintf(folder_of, sizeof folder_of, "%s", below("upgraded/program"));
	pid = start_as("upgraded/program", sleeping);
	ck_assert_int_eq(chown(folder_of, 65534, 65533), 0);
	ck_assert_int_eq(unlink(folder_of), 0);
	*strrchr(folder_of, '/') = '\0';
	if (_i == 0)
		ck_assert_int_eq(chown(folder_of, 65534, 65533), 0);
	who = meet(pid);
	if (_i == 0)
		ck_assert_str_eq(told_as(who, FACT_exe),
		                 below("upgraded/program"));
	else
		ck_assert_str_eq(told_as(who, FACT_exe), "?");
	ck_assert_int_eq(who->facts->foreign, _i != 0);
	ck_assert_str_eq(told_as(who, FACT_name), "program");
	end(pid);
}
END_TEST

/* So much of a CPU, however long it takes to get it. */
static void burn(uint64_t ns)
{
	struct timespec used;
	uint64_t        until_ns = 0;

	do {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
		if (until_ns == 0)
			until_ns = (uint64_t)used.tv_sec * 1000000000 +
			           (uint64_t)used.tv_nsec + ns;
	} while ((uint64_t)used.tv_sec * 1000000000 +
	         (uint64_t)used.tv_nsec < until_ns);
}

START_TEST(cpu_takes_two_looks_and_then_tells_what_was_used_between)
{
	struct task *who = meet(getpid());
	struct value v;

	ck_assert_int_eq(fact(who, FACT_cpu, &v), 0);
	table_forget(table, who, FACT_BIT(FACT_cpu));
	ck_assert_int_eq(fact(who, FACT_cpu, &v), 0);   /* too soon           */
	burn(UINT64_C(300000000));
	table_forget(table, who, FACT_BIT(FACT_cpu));
	ck_assert_int_eq(fact(who, FACT_cpu, &v), 1);
	ck_assert_int_ge(v.number, 1);  /* of a busy machine there is no more */
	ck_assert_int_le(v.number, 110);
	ck_assert_int_eq(usleep(300000), 0);
	table_forget(table, who, FACT_BIT(FACT_cpu));
	ck_assert_int_eq(fact(who, FACT_cpu, &v), 1);
	ck_assert_int_le(v.number, 10);
}
END_TEST

START_TEST(memory_and_storage_are_counted)
{
	const size_t bytes = 64u << 20;
	struct task *who = meet(getpid());
	struct value before, after, v;
	void        *memory;

	ck_assert_int_eq(fact(who, FACT_rss, &before), 1);
	ck_assert_int_eq(fact(who, FACT_io_rate, &v), 0);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	              MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	table_forget(table, who, FACT_BIT(FACT_rss));
	ck_assert_int_eq(fact(who, FACT_rss, &after), 1);
	ck_assert_int_ge(after.number - before.number, (int64_t)bytes / 2);
	munmap(memory, bytes);
	ck_assert_int_eq(usleep(150000), 0);
	table_forget(table, who, FACT_BIT(FACT_io_rate));
	ck_assert_int_eq(fact(who, FACT_io_rate, &v), 1);
	ck_assert_int_ge(v.number, 0);
}
END_TEST

START_TEST(a_group_is_called_what_the_file_says)
{
	pid_t pid = start_as("plain", sleeping);

	ck_assert_str_eq(told_as(meet(pid), FACT_group), "?");
	ck_assert_str_eq(told_as(meet(getpid()), FACT_group), "root");
	end(pid);
}
END_TEST

/* With arguments it is the child that start_titled() started. */
int main(int argc, char **argv)
{
	Suite *s = suite_create("os linux pretence");
	TCase *t = tcase_create("pretence");
	char   title[2048];

	if (argc > 1) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(title, sizeof title, "%s", argv[1]);
		write_title(argv[0], (size_t)(argv[argc - 1] - argv[0]) +
		                     strlen(argv[argc - 1]) + 1, title, 3);
	}
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, table_begin, table_end);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t,
	        what_a_task_wrote_over_its_arguments_is_its_title, 0, 3);
	tcase_add_loop_test(t, who_wrote_nothing_has_no_title, 0, 2);
	tcase_add_test(t, a_path_cannot_be_borrowed_by_mounting_over_it);
	tcase_add_test(t, a_path_that_is_elsewhere_alone_is_looked_for_aside);
	tcase_add_test(t,
	        a_namespace_of_its_own_alone_makes_no_program_foreign);
	tcase_add_loop_test(t,
	        a_deleted_program_is_believed_where_its_owner_owned_the_folder,
	        0, 2);
	tcase_add_test(t,
	        cpu_takes_two_looks_and_then_tells_what_was_used_between);
	tcase_add_test(t, memory_and_storage_are_counted);
	tcase_add_test(t, a_group_is_called_what_the_file_says);
	return run_suite(s);
}
