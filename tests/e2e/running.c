/* running.c -- a real pqs on the real kernel, and processes for it to judge. */

#include "running.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void write_file(const char *folder, const char *name, const char *text)
{
	char  path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

void running_prepare(struct running *r, const char *rules, const char *yaml)
{
	char config[4096];

	memset(r, 0, sizeof *r);
	r->out = -1;
	strcpy(r->folder, "/tmp/pqs-e2e-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(r->folder));
	chmod(r->folder, 0777);
	if (rules != NULL)
		write_file(r->folder, "rules.lua", rules);
	snprintf(config, sizeof config, "journal: %s/journal\n"
	         "state: %s/state\n%s", r->folder, r->folder, yaml);
	write_file(r->folder, "pqs.yaml", config);
}

static void become(uid_t uid)
{
	if (uid == 0)
		return;
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		_exit(99);
	prctl(PR_SET_DUMPABLE, 1);
}

static pid_t spawn(struct running *r, char *const *argv, uid_t uid)
{
	int   pipes[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(pipes[1], 1);
		dup2(pipes[1], 2);
		become(uid);
		execv(argv[0], argv);
		_exit(98);
	}
	close(pipes[1]);
	if (r->out >= 0)
		close(r->out);
	r->out = pipes[0];
	fcntl(r->out, F_SETFL, O_NONBLOCK);
	r->used = 0;
	r->text[0] = '\0';
	return pid;
}

/* Takes what has been printed; 0 at its end. */
static ssize_t drain(struct running *r)
{
	ssize_t n;

	for (;;) {
		size_t room = sizeof r->text - 1 - r->used;

		if (room < 4096) {      /* keep the newer half */
			memmove(r->text, r->text + r->used / 2,
			        r->used - r->used / 2);
			r->used -= r->used / 2;
			continue;
		}
		n = read(r->out, r->text + r->used, room);
		if (n <= 0)
			break;
		r->used += (size_t)n;
	}
	r->text[r->used] = '\0';
	return n;
}

bool running_says(struct running *r, const char *text)
{
	for (int i = 0; i < 2000; i++) {
		struct pollfd p = { .fd = r->out, .events = POLLIN };
		ssize_t       n = drain(r);

		if (strstr(r->text, text) != NULL)
			return true;
		if (n == 0)
			return false;
		poll(&p, 1, 10);
	}
	return false;
}

/* Where this user can get at it: a checkout may lie in somebody's home. */
static const char *program_for(struct running *r, uid_t uid)
{
	static char path[128];
	char        command[512];

	if (uid == 0)
		return PQS_BUILD "/pqs";
	snprintf(command, sizeof command,
	         "cp " PQS_BUILD "/pqs " PQS_BUILD "/pqs-rules '%s'", r->folder);
	ck_assert_int_eq(system(command), 0);
	snprintf(path, sizeof path, "%s/pqs", r->folder);
	return path;
}

void running_launch(struct running *r, uid_t uid)
{
	char  program[128], config[128], rules[128];
	char *argv[] = { program, (char[]){ "run" }, (char[]){ "--config" },
	                 config, rules, NULL };

	snprintf(program, sizeof program, "%s", program_for(r, uid));
	snprintf(config, sizeof config, "%s/pqs.yaml", r->folder);
	snprintf(rules, sizeof rules, "%s/rules.lua", r->folder);
	if (access(rules, F_OK) < 0)
		argv[4] = NULL;
	r->keeper = spawn(r, argv, uid);
}

void running_start(struct running *r, uid_t uid)
{
	running_launch(r, uid);
	ck_assert_msg(running_says(r, "processes looked at"),
	              "pqs did not start:\n%s", r->text);
	r->core = running_find_core(r);
	ck_assert_int_gt(r->core, 0);
}

int running_command(struct running *r, char *const *words)
{
	char *argv[16] = { (char[]){ PQS_BUILD "/pqs" } };
	int   n = 1, status;
	pid_t pid;

	while (*words != NULL && n < 15)
		argv[n++] = *words++;
	pid = spawn(r, argv, 0);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		drain(r);
		usleep(1000);
	}
	drain(r);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int running_stop(struct running *r, int sig)
{
	int status;

	kill(r->keeper, sig);
	while (waitpid(r->keeper, &status, WNOHANG) == 0) {
		drain(r);
		usleep(1000);
	}
	drain(r);
	r->keeper = r->core = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A child of parent whose command line has the word. */
static pid_t find_child(pid_t parent, const char *word)
{
	DIR           *proc = opendir("/proc");
	struct dirent *d;
	pid_t          found = 0;

	while (found == 0 && (d = readdir(proc)) != NULL) {
		char   path[300], line[4096] = "", *close_paren;
		int    ppid = 0, fd;
		ssize_t n;
		FILE  *f;

		if (d->d_name[0] < '0' || d->d_name[0] > '9')
			continue;
		snprintf(path, sizeof path, "/proc/%s/stat", d->d_name);
		f = fopen(path, "r");
		if (f == NULL)
			continue;
		if (fgets(line, sizeof line, f) != NULL &&
		    (close_paren = strrchr(line, ')')) != NULL)
			sscanf(close_paren, ") %*c %d", &ppid);
		fclose(f);
		if (ppid != parent)
			continue;
		snprintf(path, sizeof path, "/proc/%s/cmdline", d->d_name);
		fd = open(path, O_RDONLY);
		n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
		if (fd >= 0)
			close(fd);
		for (ssize_t i = 0; i < n; i++)
			if (strcmp(line + i, word) == 0)
				found = atoi(d->d_name);
	}
	closedir(proc);
	return found;
}

pid_t running_find_core(struct running *r)
{
	return find_child(r->keeper, "core");
}

pid_t running_find_worker(struct running *r)
{
	return find_child(r->keeper, "worker");
}

void running_kill(struct running *r)
{
	pid_t worker = running_find_worker(r);
	int   core = (int)syscall(SYS_pidfd_open, r->core, 0);

	kill(r->core, SIGSTOP);
	kill(r->keeper, SIGKILL);
	kill(r->core, SIGKILL);
	if (worker > 0)
		kill(worker, SIGKILL);
	waitpid(r->keeper, NULL, 0);
	/* Not before its last thread is gone does it let go of its files. */
	if (core >= 0) {
		ck_assert_int_eq(poll(&(struct pollfd){ core, POLLIN, 0 }, 1,
		                      20000), 1);
		close(core);
	}
	r->keeper = 0;
}

int running_undo(struct running *r)
{
	char  undo[] = "undo", option[] = "--config", config[128];
	char *words[] = { undo, option, config, NULL };

	snprintf(config, sizeof config, "%s/pqs.yaml", r->folder);
	return running_command(r, words);
}

void running_clear(struct running *r)
{
	char command[128];

	if (r->keeper != 0)
		running_stop(r, SIGTERM);
	if (r->out >= 0)
		close(r->out);
	snprintf(command, sizeof command, "rm -rf '%s'", r->folder);
	ck_assert_int_eq(system(command), 0);
}

const char *program_make(struct running *r, const char *name)
{
	static char paths[8][160];
	static int  next;
	char       *path = paths[next++ % 8];
	char        command[400];

	snprintf(path, sizeof paths[0], "%s/%s", r->folder, name);
	snprintf(command, sizeof command, "cp /proc/%d/exe '%s' && chmod 755 '%s'",
	         (int)getpid(), path, path);
	if (access(path, F_OK) < 0)
		ck_assert_int_eq(system(command), 0);
	return path;
}

pid_t program_start(const char *path, const char *const *args, uid_t uid)
{
	const char *argv[16] = { path };
	pid_t       pid;

	for (int i = 0; args != NULL && args[i] != NULL && i < 14; i++)
		argv[i + 1] = args[i];
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		become(uid);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execv(path, (char *const *)(uintptr_t)argv);
		_exit(97);
	}
	return pid;
}

void program_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void *named_thread(void *name)
{
	prctl(PR_SET_NAME, name);
	for (;;)
		pause();
	return NULL;
}

/* "sleep", "spin", "threads NAME...", "fork" (a child that never execs),
 * "forkon SIGNAL": a child each time SIGUSR1 comes. */
static volatile sig_atomic_t fork_now;

static void on_usr1(int sig)
{
	(void)sig;
	fork_now = 1;
}

static void fork_child(void)
{
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
}

void program_main(int argc, char **argv)
{
	sigset_t told, otherwise;
	const char *name = strrchr(argv[0], '/');

	name = name != NULL ? name + 1 : argv[0];
	if (strncmp(name, "e2e_", 4) == 0)
		return;
	/* It comes while we wait for it, or else waits. */
	sigemptyset(&told);
	sigaddset(&told, SIGUSR1);
	sigprocmask(SIG_BLOCK, &told, &otherwise);
	sigdelset(&otherwise, SIGUSR1);
	signal(SIGUSR1, on_usr1);
	if (argc > 1 && strcmp(argv[1], "fork") == 0)
		fork_child();
	while (argc > 1 && strcmp(argv[1], "spin") == 0)
		continue;
	for (int i = 2; argc > 1 && strcmp(argv[1], "threads") == 0 && i < argc;
	     i++) {
		pthread_t t;

		pthread_create(&t, NULL, named_thread, argv[i]);
	}
	for (;;) {
		sigsuspend(&otherwise);
		if (fork_now)
			fork_child();
		fork_now = 0;
	}
}

bool program_ready(pid_t pid)
{
	char               path[64], line[256];
	unsigned long long caught = 0;
	FILE              *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "SigCgt: %llx", &caught) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return (caught >> (SIGUSR1 - 1) & 1) != 0;
}

pid_t only_child_of(pid_t pid)
{
	char  path[64];
	int   child = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid,
	         (int)pid);
	f = fopen(path, "r");
	if (f == NULL || fscanf(f, "%d", &child) != 1)
		child = 0;
	if (f != NULL)
		fclose(f);
	return child;
}

char state_of(pid_t tid)
{
	char  path[64], line[512] = "", *end;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)tid);
	f = fopen(path, "r");
	if (f != NULL && fgets(line, sizeof line, f) == NULL)
		line[0] = '\0';
	if (f != NULL)
		fclose(f);
	end = strrchr(line, ')');
	return end == NULL ? '?' : end[2];
}

int nice_of(pid_t tid)
{
	errno = 0;
	return getpriority(PRIO_PROCESS, (id_t)tid);
}

int sched_of(pid_t tid)
{
	return sched_getscheduler(tid);
}

int rt_priority_of(pid_t tid)
{
	struct sched_param p = { 0 };

	return sched_getparam(tid, &p) < 0 ? -1 : p.sched_priority;
}

int ionice_of(pid_t tid)
{
	return (int)syscall(SYS_ioprio_get, 1, tid);
}

static long number_in(const char *format, pid_t pid)
{
	char  path[64];
	long  value = -9999;
	FILE *f;

	snprintf(path, sizeof path, format, (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return -9999;
	if (fscanf(f, "%ld", &value) != 1)
		value = -9999;
	fclose(f);
	return value;
}

long slack_of(pid_t tid)
{
	return number_in("/proc/%d/timerslack_ns", tid);
}

int oom_of(pid_t pid)
{
	return (int)number_in("/proc/%d/oom_score_adj", pid);
}

bool alone_on_cpu(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	return sched_getaffinity(tid, sizeof set, &set) == 0 &&
	       CPU_COUNT(&set) == 1 && CPU_ISSET((size_t)cpu, &set);
}
