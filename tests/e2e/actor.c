/* actor.c -- what a program does that a test told to act: its own life. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acting.h"

#define MIB           (1024 * 1024)
#define THREADS_MAX   64
#define CHILD_SECONDS 120

static struct {
	char  *title;
	size_t title_bytes;
	bool   busy, swells;
	int    file;                    /* written to, or -1                  */
	char  *memory, *map;
	size_t memory_bytes, map_bytes;
	sem_t  leave, sent, back;
	const char *errand;
	long   brought;
	pthread_t thread[THREADS_MAX];
	int    threads;
} me = { .file = -1 };

static volatile sig_atomic_t fork_now;

static void on_usr1(int sig)
{
	(void)sig;
	fork_now = 1;
}

static void live_as_child(void)
{
	signal(SIGUSR1, on_usr1);
	alarm(CHILD_SECONDS);
	for (;;) {
		pause();
		if (fork_now && fork() == 0)
			alarm(CHILD_SECONDS);
		fork_now = 0;
	}
}

static long do_busy(const char *word)
{
	(void)word;
	me.busy = true;
	return 0;
}

static long do_calm(const char *word)
{
	(void)word;
	me.busy = false;
	return 0;
}

static long do_grow(const char *mebibytes)
{
	me.memory_bytes = (size_t)atol(mebibytes) * MIB;
	me.memory = mmap(NULL, me.memory_bytes, PROT_READ | PROT_WRITE,
	                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (me.memory == MAP_FAILED)
		_exit(93);
	memset(me.memory, 1, me.memory_bytes);
	return 0;
}

static long do_hold(const char *path)
{
	int           fd = open(path, O_RDONLY | O_CLOEXEC);
	volatile char seen = 0;
	struct stat   st;
	const char   *at;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	/* What somebody else has in memory already is charged to them. */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	for (off_t i = 0; at != MAP_FAILED && i < st.st_size; i += 4096)
		seen = at[i];
	(void)seen;
	return close(fd);
}

static long do_swell(const char *word)
{
	(void)word;
	me.swells = true;
	return 0;
}

static long do_shrink(const char *word)
{
	(void)word;
	return munmap(me.memory, me.memory_bytes);
}

static void *wait_to_leave(void *leave)
{
	while (sem_wait(leave) != 0)
		;
	return NULL;
}

static long do_threads(const char *count)
{
	sem_init(&me.leave, 0, 0);
	for (int n = atoi(count); n > 0 && me.threads < THREADS_MAX; n--)
		if (pthread_create(&me.thread[me.threads++], NULL,
		                   wait_to_leave, &me.leave) != 0)
			_exit(92);
	return me.threads;
}

static long do_join(const char *word)
{
	(void)word;
	for (int i = 0; i < me.threads; i++)
		sem_post(&me.leave);
	while (me.threads > 0)
		pthread_join(me.thread[--me.threads], NULL);
	return 0;
}

static long do_write(const char *folder)
{
	char path[300];

	snprintf(path, sizeof path, "%s/written-%d", folder, (int)getpid());
	me.file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return me.file < 0 ? -1 : 0;
}

static long do_thrash(const char *path)
{
	int         fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		_exit(91);
	/* What somebody else has in memory already is charged to them. */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	me.map_bytes = (size_t)st.st_size;
	me.map = mmap(NULL, me.map_bytes, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return me.map == MAP_FAILED ? -1 : 0;
}

static long do_rest(const char *word)
{
	(void)word;
	if (me.file >= 0)
		close(me.file);
	me.file = -1;
	me.map_bytes = 0;
	return 0;
}

static long do_title(const char *text)
{
	memset(me.title, 0, me.title_bytes);
	strncpy(me.title, text, me.title_bytes - 1);
	return 0;
}

static long do_rename(const char *text)
{
	return prctl(PR_SET_NAME, text);
}

/* As another program where there is a path. */
static void begin_as_child(const char *path)
{
	if (*path == '\0')
		live_as_child();
	execl(path, path, "child", (char *)NULL);
	_exit(86);
}

static long do_fork(const char *path)
{
	pid_t pid = fork();

	if (pid == 0)
		begin_as_child(path);
	return pid;
}

static long do_orphan(const char *path)
{
	pid_t pid = -1, middle;
	int   pipes[2];

	if (pipe(pipes) < 0)
		return -1;
	middle = fork();
	if (middle == 0) {
		pid = fork();
		if (pid == 0)
			begin_as_child(path);
		_exit(write(pipes[1], &pid, sizeof pid) != sizeof pid);
	}
	if (read(pipes[0], &pid, sizeof pid) != sizeof pid)
		pid = -1;
	waitpid(middle, NULL, 0);
	close(pipes[0]);
	close(pipes[1]);
	return pid;
}

static long do_reap(const char *word)
{
	long n = 0;

	(void)word;
	while (waitpid(-1, NULL, 0) > 0)
		n++;
	return n;
}

static long do_uid(const char *id)
{
	uid_t uid = (uid_t)atoi(id);

	return setresuid(uid, uid, 0);
}

static long do_nice(const char *value)
{
	return setpriority(PRIO_PROCESS, 0, atoi(value));
}

static void say(long value)
{
	char text[32];

	snprintf(text, sizeof text, "%ld\n", value);
	if (write(1, text, strlen(text)) < 0)
		_exit(90);
}

static long do_exec(const char *path)
{
	say(0);
	execl(path, path, "act", (char *)NULL);
	_exit(87);
}

static long do_exit(const char *code)
{
	say(0);
	_exit(atoi(code));
}

static void *run_errand(void *name)
{
	prctl(PR_SET_NAME, name);
	for (;;) {
		while (sem_wait(&me.sent) != 0)
			;
		if (strncmp(me.errand, "exec ", 5) == 0)
			do_exec(me.errand + 5);
		me.brought = do_fork(me.errand + 5);
		sem_post(&me.back);
	}
	return NULL;
}

static long do_servant(const char *name)
{
	static char kept[16];
	pthread_t   servant;

	snprintf(kept, sizeof kept, "%s", name);
	sem_init(&me.sent, 0, 0);
	sem_init(&me.back, 0, 0);
	return pthread_create(&servant, NULL, run_errand, kept);
}

static long do_errand(const char *what)
{
	me.errand = what;
	sem_post(&me.sent);
	while (sem_wait(&me.back) != 0)
		;
	return me.brought;
}

/* The main thread ends and its process goes on, obeying nobody. */
static long do_retire(const char *word)
{
	(void)word;
	say(0);
	pthread_exit(NULL);
}

static const struct {
	const char *word;
	long      (*does)(const char *rest);
} deeds[] = {
	{ "servant", do_servant }, { "errand", do_errand },
	{ "busy", do_busy },       { "calm", do_calm },
	{ "grow", do_grow },       { "shrink", do_shrink },
	{ "swell", do_swell },     { "hold", do_hold },
	{ "threads", do_threads }, { "join", do_join },
	{ "write", do_write },     { "thrash", do_thrash },
	{ "rest", do_rest },       { "title", do_title },
	{ "rename", do_rename },   { "fork", do_fork },
	{ "orphan", do_orphan },   { "reap", do_reap },
	{ "uid", do_uid },         { "nice", do_nice },
	{ "exec", do_exec },       { "exit", do_exit },
	{ "retire", do_retire },
};

static void obey(char *line)
{
	char  *rest = strchr(line, ' ');
	size_t n = sizeof deeds / sizeof *deeds;

	if (rest != NULL)
		*rest++ = '\0';
	for (size_t i = 0; i < n; i++)
		if (strcmp(line, deeds[i].word) == 0) {
			say(deeds[i].does(rest != NULL ? rest : ""));
			return;
		}
	_exit(89);
}

/* One breath of work; how many milliseconds until the next, -1: never. */
static int work(void)
{
	static char   page[MIB / 4];
	volatile char seen = 0;

	for (size_t i = 0; i < me.map_bytes; i += 4096)
		seen = me.map[i];
	(void)seen;
	if (me.file >= 0 && (pwrite(me.file, page, sizeof page, 0) < 0 ||
	                     fdatasync(me.file) < 0))
		_exit(88);
	if (me.swells)
		do_grow("1");
	if (me.busy) {
		double end = seconds_now() + 0.005;

		while (seconds_now() < end)
			;
	}
	return me.busy || me.map_bytes > 0 ? 0 :
	       me.file >= 0 || me.swells ? 20 : -1;
}

static void act(void)
{
	char   line[300];
	size_t used = 0;

	for (;;) {
		struct pollfd in = { .fd = 0, .events = POLLIN };

		if (poll(&in, 1, work()) <= 0)
			continue;
		if (read(0, line + used, 1) != 1 || used == sizeof line - 1)
			_exit(0);
		if (line[used++] != '\n')
			continue;
		line[used - 1] = '\0';
		used = 0;
		obey(line);
	}
}

void actor_main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "child") == 0)
		live_as_child();
	if (argc < 2 || strcmp(argv[1], "act") != 0)
		return;
	me.title = argv[0];
	me.title_bytes = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) -
	                          argv[0]);
	act();
}
