/* test_guard.c -- programs that have their settings before their first
 * instruction, and a machine that goes on whatever becomes of pqs. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "running.h"

#define WANTED 7
#define MANY   400                      /* more than are ever held            */
#define HOGS   4
#define NAMED  "/usr/local/bin/e2e-guarded-by-name"

static struct running r;
static const char    *path;             /* of a program that a rule names     */
static pid_t          hog[HOGS];

/* First thing in main(): its own nice value is what it ends with. */
static void tell_own_nice(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "nice") == 0)
		_exit(getpriority(PRIO_PROCESS, 0));
}

static void put_rules(const char *format, const char *what)
{
	char  file[128];
	FILE *f;

	snprintf(file, sizeof file, "%s/rules.lua", r.folder);
	f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, format, what);
	fclose(f);
}

static void prepare(const char *yaml)
{
	running_prepare(&r, "", yaml);
	path = program_make(&r, "e2eguarded");
	put_rules("rule \"g\" { match = process { exe = \"%s\" },"
	          " want = { nice = 7 } }", path);
}

/* The process that holds: a child of the keeper by that name. */
static pid_t find_holder(void)
{
	char  file[64], comm[32] = "";
	pid_t child[64] = { 0 };
	int   n = 0;
	FILE *f;

	snprintf(file, sizeof file, "/proc/%d/task/%d/children",
	         (int)r.keeper, (int)r.keeper);
	f = fopen(file, "r");
	while (f != NULL && n < 63 && fscanf(f, "%d", &child[n]) == 1)
		n++;
	if (f != NULL)
		fclose(f);
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof file, "/proc/%d/comm", (int)child[i]);
		f = fopen(file, "r");
		if (f != NULL && fgets(comm, sizeof comm, f) != NULL &&
		    strcmp(comm, "pqs-guard\n") == 0) {
			fclose(f);
			return child[i];
		}
		if (f != NULL)
			fclose(f);
	}
	return 0;
}

/* How many files the kernel says are marked by that descriptor; whether that
 * one is among them. */
static int marks_in(const char *file, unsigned long inode, bool *ret_has)
{
	char          line[256];
	unsigned long ino;
	int           n = 0;
	FILE         *f = fopen(file, "r");

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "fanotify ino:%lx", &ino) == 1) {
			n++;
			*ret_has |= ino == inode;
		}
	if (f != NULL)
		fclose(f);
	return n;
}

static int marks(const char *of, bool *ret_has)
{
	struct stat is = { .st_ino = 0 };
	char        file[128];
	int         n = 0;
	pid_t       holder = find_holder();

	*ret_has = false;
	if (holder == 0 || (of != NULL && stat(of, &is) < 0))
		return 0;
	for (int fd = 0; fd < 16; fd++) {
		snprintf(file, sizeof file, "/proc/%d/fdinfo/%d", (int)holder,
		         fd);
		n += marks_in(file, is.st_ino, ret_has);
	}
	return n;
}

static bool is_marked(const char *of)
{
	bool has;

	marks(of, &has);
	return has;
}

static void start(const char *yaml)
{
	prepare(yaml);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(is_marked(path)));
}

static const char guarded[] = "exec_guard: { enabled: true }\n";
/* As long as may be: what is let go early was not let go by this. */
static const char patient[] =
	"exec_guard: { enabled: true, deadline: 100ms }\n";

static int end_of(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static pid_t forked(const char *program)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(program, program, "nice", (char *)NULL);
		_exit(100);
	}
	return pid;
}

/* As shells do: the child shares our memory until it has the program. */
static pid_t spawned(const char *program)
{
	char *argv[] = { (char *)(uintptr_t)program, (char[]){ "nice" }, NULL };
	pid_t pid;

	ck_assert_int_eq(posix_spawn(&pid, program, NULL, NULL, argv, environ),
	                 0);
	return pid;
}

/* In what pqs printed; -1 where it did not say that. */
static int number_before(const char *text)
{
	const char *at = strstr(r.text, text);

	if (at == NULL)
		return -1;
	while (at > r.text && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return atoi(at);
}

static void hogs_start(void)
{
	for (int i = 0; i < HOGS; i++) {
		hog[i] = fork();
		if (hog[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				continue;
		}
	}
}

static void clear(void)
{
	for (int i = 0; i < HOGS; i++)
		if (hog[i] > 0)
			program_end(hog[i]);
	memset(hog, 0, sizeof hog);
	unlink(NAMED);
	running_clear(&r);
}

START_TEST(a_hundred_of_a_hundred_have_it_before_main)
{
	start(patient);
	hogs_start();
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(end_of(i % 2 == 0 ? forked(path)
		                                   : spawned(path)), WANTED);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(strstr(r.text, "100 programs had their settings before")
	          != NULL);
}
END_TEST

static void *exec_it(void *unused)
{
	(void)unused;
	execl(path, path, "nice", (char *)NULL);
	_exit(100);
}

START_TEST(a_thread_that_is_not_the_first_has_it_too)
{
	pid_t pid;

	start(patient);
	pid = fork();
	if (pid == 0) {
		pthread_t t;

		pthread_create(&t, NULL, exec_it, NULL);
		for (;;)
			pause();
	}
	ck_assert_int_eq(end_of(pid), WANTED);
}
END_TEST

START_TEST(a_program_is_found_by_its_name)
{
	char command[400];

	prepare(patient);
	put_rules("rule \"g\" { match = process { name = \"%s\" },"
	          " want = { nice = 7 } }", strrchr(NAMED, '/') + 1);
	snprintf(command, sizeof command, "cp '%s' " NAMED, path);
	ck_assert_int_eq(system(command), 0);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(is_marked(NAMED)));
	ck_assert_int_eq(end_of(forked(NAMED)), WANTED);
	ck_assert_int_eq(end_of(forked("/bin/true")), 0);
}
END_TEST

static const char rule_for[] =
	"rule \"g\" { match = process { exe = \"%s\" }, want = { nice = 7 } }";

START_TEST(other_rules_hold_other_programs)
{
	const char *other;

	start(patient);
	other = program_make(&r, "e2eother");
	put_rules(rule_for, other);
	ck_assert(EVENTUALLY(is_marked(other)));
	ck_assert(!is_marked(path));
	ck_assert_int_eq(end_of(forked(other)), WANTED);
	ck_assert_int_eq(end_of(forked(path)), 0);
}
END_TEST

START_TEST(it_is_off_unless_asked_for)
{
	prepare("");
	running_start(&r, 0);
	ck_assert_int_eq(find_holder(), 0);
}
END_TEST

START_TEST(what_pqs_needs_itself_is_never_held)
{
	bool has;

	prepare(patient);
	put_rules("rule \"g\" { match = process { exe = { \"/bin/sh\","
	          " \"/usr/bin/dash\", \"/usr/bin/bash\","
	          " \"" PQS_BUILD "/pqs\", \"" PQS_BUILD "/pqs-rules\","
	          " \"/lib64/ld-linux-x86-64.so.2\","
	          " \"/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2\","
	          " \"/usr/bin/ldd\", \"/dev/null\", \"/tmp\","
	          " \"%s\" } }, want = { nice = 7 } }", path);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(is_marked(path)));
	ck_assert(!is_marked(PQS_BUILD "/pqs"));
	ck_assert(!is_marked(PQS_BUILD "/pqs-rules"));
	ck_assert(!is_marked("/bin/sh"));
	ck_assert(!is_marked("/lib64/ld-linux-x86-64.so.2"));
	ck_assert(!is_marked("/usr/bin/ldd"));
	ck_assert_int_le(marks(NULL, &has), 2);         /* bash, where it is
	                                                   not the shell      */
}
END_TEST

START_TEST(a_core_that_stands_still_stops_nobody)
{
	pid_t held;

	start(guarded);
	kill(r.core, SIGSTOP);
	ck_assert(EVENTUALLY(state_of(r.core) == 'T'));
	held = forked(path);
	ck_assert_int_eq(end_of(forked("/bin/true")), 0);
	ck_assert_int_eq(end_of(held), 0);
	ck_assert_int_eq(end_of(spawned(path)), 0);
	kill(r.core, SIGCONT);
	ck_assert(EVENTUALLY(end_of(forked(path)) == WANTED));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_ge(number_before(" programs could not wait longer"), 2);
}
END_TEST

START_TEST(many_at_once_all_go_on)
{
	pid_t pid[MANY];
	int   go[2];
	char  c;

	start(guarded);
	ck_assert_int_eq(pipe(go), 0);
	for (int i = 0; i < MANY; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			close(go[1]);
			if (read(go[0], &c, 1) == 0)
				execl(path, path, "nice", (char *)NULL);
			_exit(100);
		}
	}
	kill(r.core, SIGSTOP);
	ck_assert(EVENTUALLY(state_of(r.core) == 'T'));
	close(go[0]);
	close(go[1]);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(end_of(pid[i]), 0);
	kill(r.core, SIGCONT);
	ck_assert(EVENTUALLY(end_of(forked(path)) == WANTED));
}
END_TEST

START_TEST(a_core_that_is_killed_takes_nobody_along)
{
	pid_t before = r.core;

	start(patient);
	before = r.core;
	kill(r.core, SIGKILL);
	for (int i = 0; i < 20; i++)
		ck_assert_int_ne(end_of(forked(path)), 100);
	ck_assert(EVENTUALLY((r.core = running_find_core(&r)) > 0 &&
	                     r.core != before));
	ck_assert(EVENTUALLY(is_marked(path)));
	ck_assert_int_eq(end_of(forked(path)), WANTED);
}
END_TEST

START_TEST(a_keeper_that_is_killed_takes_nobody_along)
{
	pid_t holder;

	start(patient);
	holder = find_holder();
	kill(r.core, SIGSTOP);
	kill(r.keeper, SIGKILL);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(end_of(forked(path)), 0);
	kill(r.core, SIGCONT);
	waitpid(r.keeper, NULL, 0);
	r.keeper = 0;
	ck_assert(EVENTUALLY(kill(holder, 0) < 0 || state_of(holder) == 'Z'));
	ck_assert(EVENTUALLY(kill(r.core, 0) < 0 || state_of(r.core) == 'Z'));
}
END_TEST

START_TEST(a_holder_that_is_killed_takes_nobody_along)
{
	start(patient);
	kill(find_holder(), SIGKILL);
	ck_assert(running_says(&r, "none is held any more"));
	for (int i = 0; i < 20; i++)
		ck_assert_int_ne(end_of(forked(path)), 100);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

/* For a machine that does not exist: it is opened, and then refused. */
static void spoil(const char *program)
{
	int fd = open(program, O_WRONLY);

	ck_assert_int_eq(pwrite(fd, "\377\377", 2, 18), 2);
	close(fd);
}

START_TEST(a_start_that_fails_is_taken_back)
{
	int   said[2], error = 0;
	pid_t pid;

	start(patient);
	spoil(path);
	ck_assert_int_eq(pipe(said), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(path, path, "nice", (char *)NULL);
		if (write(said[1], &errno, sizeof errno) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(said[0], &error, sizeof error), sizeof error);
	ck_assert_int_eq(error, ENOEXEC);
	ck_assert(EVENTUALLY(nice_of(pid) == 0));
	ck_assert(running_says(&r, "7 -> 0"));
	program_end(pid);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	close(said[0]);
	close(said[1]);
}
END_TEST

START_TEST(a_new_file_in_its_place_is_held_from_its_second_start_on)
{
	char command[400];

	start(patient);
	snprintf(command, sizeof command, "cp '%s' '%s.new' && mv '%s.new' '%s'",
	         path, path, path, path);
	ck_assert_int_eq(system(command), 0);
	ck_assert(!is_marked(path));
	ck_assert(EVENTUALLY((end_of(forked(path)), is_marked(path))));
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(end_of(forked(path)), WANTED);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	tell_own_nice(argc, argv);
	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, a_hundred_of_a_hundred_have_it_before_main);
	tcase_add_test(c, a_thread_that_is_not_the_first_has_it_too);
	tcase_add_test(c, a_program_is_found_by_its_name);
	tcase_add_test(c, other_rules_hold_other_programs);
	tcase_add_test(c, it_is_off_unless_asked_for);
	tcase_add_test(c, what_pqs_needs_itself_is_never_held);
	tcase_add_test(c, a_core_that_stands_still_stops_nobody);
	tcase_add_test(c, many_at_once_all_go_on);
	tcase_add_test(c, a_core_that_is_killed_takes_nobody_along);
	tcase_add_test(c, a_keeper_that_is_killed_takes_nobody_along);
	tcase_add_test(c, a_holder_that_is_killed_takes_nobody_along);
	tcase_add_test(c, a_start_that_fails_is_taken_back);
	tcase_add_test(c,
		a_new_file_in_its_place_is_held_from_its_second_start_on);
	return run_case(c, "guard");
}
