/* acting.c -- a program that does what a test tells it, one word at a time. */

#include "acting.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t program_of_tests;          /* each test is a child of it         */

void acting_begin(int argc, char **argv)
{
	program_of_tests = getpid();
	actor_main(argc, argv);
}

double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void put_text(const char *path, const char *text)
{
	int     fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	n = write(fd, text, strlen(text));
	ck_assert_msg(n == (ssize_t)strlen(text), "%s: %s", path,
	              strerror(errno));
	close(fd);
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; (at = strstr(at, word)) != NULL; at += n)
		if ((at == list || at[-1] == ',') &&
		    (at[n] == ',' || at[n] == '\0'))
			return true;
	return false;
}

/* Where that tree is mounted; NULL: nowhere. */
static const char *cgroups_mounted(const char *controller)
{
	static char folder[256];
	char        line[1024], type[64], options[512];
	FILE       *f = fopen("/proc/self/mounts", "r");
	bool        found = false;

	ck_assert_ptr_nonnull(f);
	while (!found && fgets(line, sizeof line, f) != NULL) {
		if (sscanf(line, "%*s %255s %63s %511s", folder, type,
		           options) != 3)
			continue;
		found = *controller == '\0' ?
		        strcmp(type, "cgroup2") == 0 :
		        strcmp(type, "cgroup") == 0 &&
		        has_word(options, controller);
	}
	fclose(f);
	return found ? folder : NULL;
}

char *group_make(const char *controller, const char *name)
{
	static char paths[4][400];
	static int  next;
	const char *top = cgroups_mounted(controller);
	char       *path = paths[next++ % 4], *at;

	ck_assert_msg(top != NULL, "no control groups '%s' here", controller);
	snprintf(path, sizeof paths[0], "%s/pqse2e-%d/%s", top,
	         (int)program_of_tests, name);
	for (at = path + 1; (at = strchr(at, '/')) != NULL; *at++ = '/') {
		*at = '\0';
		mkdir(path, 0755);
	}
	ck_assert_int_eq(mkdir(path, 0755), 0);
	return path;
}

char *group_make_small(const char *name, const char *bytes)
{
	bool  own_tree = cgroups_mounted("memory") != NULL;
	char *path = group_make(own_tree ? "memory" : "", name);
	char  file[500];

	if (!own_tree) {
		snprintf(file, sizeof file, "%s/../cgroup.subtree_control",
		         path);
		put_text(file, "+memory");
	}
	snprintf(file, sizeof file, "%s/%s", path,
	         own_tree ? "memory.limit_in_bytes" : "memory.max");
	put_text(file, bytes);
	return path;
}

static int drop_folder(const char *path, const struct stat *st, int kind,
                       struct FTW *where)
{
	(void)st;
	(void)where;
	if (kind == FTW_DP)
		rmdir(path);
	return 0;
}

/* Of a test that failed, actors may be on their way out still. */
void groups_clear(void)
{
	char  line[1024], folder[256], type[64], path[300];
	FILE *f = fopen("/proc/self/mounts", "r");

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (sscanf(line, "%*s %255s %63s", folder, type) != 2 ||
		    strncmp(type, "cgroup", 6) != 0)
			continue;
		snprintf(path, sizeof path, "%s/pqse2e-%d", folder,
		         (int)program_of_tests);
		for (int i = 0; i < 1000 && access(path, F_OK) == 0; i++) {
			nftw(path, drop_folder, 8, FTW_DEPTH | FTW_PHYS);
			usleep(1000);
		}
	}
	if (f != NULL)
		fclose(f);
}

/* Everything here happens in the child, which then becomes the actor. */
static void enter(const struct casting *how)
{
	char path[300], pid[16];

	for (int i = 0; i < 2 && how->groups[i] != NULL; i++) {
		int fd;

		snprintf(path, sizeof path, "%s/cgroup.procs", how->groups[i]);
		snprintf(pid, sizeof pid, "%d", (int)getpid());
		fd = open(path, O_WRONLY);
		if (fd < 0 || write(fd, pid, strlen(pid)) < 0)
			_exit(96);
		close(fd);
	}
	if (how->lent[0] != NULL &&
	    (unshare(CLONE_NEWNS) < 0 ||
	     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	     mount(how->lent[0], how->lent[1], NULL, MS_BIND, NULL) < 0))
		_exit(95);
	if (how->uid != 0 && (setresgid(how->uid, how->uid, how->uid) < 0 ||
	                      setresuid(how->uid, how->uid, how->uid) < 0))
		_exit(94);
}

static void become_actor(const char *path, const struct casting *how, int in,
                         int out)
{
	const char *argv[12] = { path, "act" };
	const char *none[] = { NULL };

	for (int i = 0; how->args != NULL && how->args[i] != NULL && i < 9; i++)
		argv[i + 2] = how->args[i];
	dup2(in, 0);
	dup2(out, 1);
	enter(how);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execve(path, (char *const *)(uintptr_t)argv,
	       (char *const *)(uintptr_t)(how->env != NULL ? how->env : none));
	_exit(97);
}

struct actor actor_start(const char *path, const struct casting *how)
{
	static const struct casting plain;
	struct actor                a;
	int                         in[2], out[2];

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	a.pid = fork();
	ck_assert_int_ge(a.pid, 0);
	if (a.pid == 0)
		become_actor(path, how != NULL ? how : &plain, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	a.tells = in[1];
	a.says = out[0];
	return a;
}

static long answer_of(const struct actor *a, const char *line)
{
	char   text[64];
	size_t used = 0;

	while (used < sizeof text - 1) {
		ssize_t n = read(a->says, text + used, 1);

		ck_assert_msg(n == 1, "'%s' was not done", line);
		if (text[used] == '\n')
			break;
		used++;
	}
	text[used] = '\0';
	return strtol(text, NULL, 10);
}

long actor_does(const struct actor *a, const char *format, ...)
{
	char    line[300];
	va_list args;
	size_t  n;

	va_start(args, format);
	vsnprintf(line, sizeof line - 1, format, args);
	va_end(args);
	n = strlen(line);
	line[n] = '\n';
	ck_assert_int_eq(write(a->tells, line, n + 1), (ssize_t)n + 1);
	line[n] = '\0';
	return answer_of(a, line);
}

void actor_end(struct actor *a)
{
	kill(a->pid, SIGKILL);
	waitpid(a->pid, NULL, 0);
	close(a->tells);
	close(a->says);
}
