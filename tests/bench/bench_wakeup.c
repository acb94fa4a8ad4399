/* bench_wakeup.c -- how late a thread is that wants to run every millisecond,
 * while others keep the machine busy.
 *
 * The load is what a busy desktop has: programs that compute, one that goes
 * through much memory, one that writes and syncs, one that starts programs.  It
 * has a session of its own, as everything has that is started from another
 * window.  The thread is the same in every round; what pqs is told differs. */

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measuring.h"

#define TIMER      "pqsbenchtimer"
#define LOAD       "pqsbenchload"
#define PERIOD_NS  1000000
#define WAKEUPS    6000                 /* in one round                       */
#define ROUNDS     3
#define LOAD_BYTES (64u << 20)
#define POLICY_DEADLINE 6

#define OF_TIMER "match = process { name = \"" TIMER "\" }"
#define OF_LOAD  "match = process { name = \"" LOAD "\" }"
#define THREAD_OF_TIMER "match = thread { name = \"every-ms\", " \
	"of = process { name = \"" TIMER "\" } }"
#define REALTIME "realtime = { period = \"1ms\", computation = \"300us\", " \
	"constraint = \"1ms\" }"

struct set_up {
	const char *name, *rules;       /* NULL: no pqs                       */
};

static const struct set_up set_ups[] = {
	{ "no pqs", NULL },
	{ "qos = user-interactive",
	  "rule \"t\" { " OF_TIMER ", want = { qos = \"user-interactive\" } }\n" },
	{ "the load: qos = background",
	  "rule \"l\" { " OF_LOAD ", want = { qos = \"background\" } }\n" },
	{ "the same and autogroup_nice = 19",
	  "rule \"l\" { " OF_LOAD ", want = { qos = \"background\","
	  " autogroup_nice = 19 } }\n" },
	{ "realtime",
	  "rule \"t\" { " THREAD_OF_TIMER ", want = { " REALTIME " } }\n" },
	{ "realtime, load in the background",
	  "rule \"t\" { " THREAD_OF_TIMER ", want = { " REALTIME " } }\n"
	  "rule \"l\" { " OF_LOAD ", want = { qos = \"background\","
	  " autogroup_nice = 19 } }\n" },
};

#define SET_UPS (sizeof set_ups / sizeof *set_ups)

static char folder[64];

static void compute(void)
{
	for (volatile unsigned long x = 0;; x++)
		continue;
}

static void go_through_memory(void)
{
	char *at = mmap(NULL, LOAD_BYTES, PROT_READ | PROT_WRITE,
	                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return;
	for (char value = 1;; value++) {
		memset(at, value, LOAD_BYTES);
		madvise(at, LOAD_BYTES / 4, MADV_DONTNEED);
	}
}

static void write_and_sync(void)
{
	static char block[1 << 20];
	char        path[128];
	int         fd;

	snprintf(path, sizeof path, "%s/written", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	while (fd >= 0 && pwrite(fd, block, sizeof block, 0) > 0)
		if (fdatasync(fd) < 0)
			break;
}

static void start_programs(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid == 0) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(1);
		}
		waitpid(pid, NULL, 0);
	}
}

static void (*const works[])(void) = { compute, compute, compute, compute,
	go_through_memory, write_and_sync, start_programs };

#define WORKS (sizeof works / sizeof *works)

static void *every_ms(void *to)
{
	FILE           *out = to;
	struct timespec at, now;
	static double   late[WAKEUPS];

	prctl(PR_SET_NAME, "every-ms");
	prctl(PR_SET_TIMERSLACK, 1UL);
	fputs("ready\n", out);
	fflush(out);
	if (getchar() == EOF)
		_exit(1);
	clock_gettime(CLOCK_MONOTONIC, &at);
	for (int i = 0; i < WAKEUPS; i++) {
		at.tv_nsec += PERIOD_NS;
		if (at.tv_nsec >= 1000000000) {
			at.tv_nsec -= 1000000000;
			at.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
		late[i] = (double)(now.tv_sec - at.tv_sec) * 1e6 +
		          (double)(now.tv_nsec - at.tv_nsec) / 1e3;
		/* Late by more than a period: the ones between are over. */
		if (late[i] > PERIOD_NS / 1e3)
			at = now;
	}
	for (int i = 0; i < WAKEUPS; i++)
		fprintf(out, "%.1f\n", late[i]);
	fclose(out);
	return NULL;
}

static void be_timer(void)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pthread_create(&thread, NULL, every_ms, fdopen(1, "w")) != 0)
		_exit(1);
	pthread_join(thread, NULL);
	_exit(0);
}

/* A copy of this program under that name. */
static pid_t start_as(const char *name, const char *word, int in, int out)
{
	char  path[128];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (in >= 0)
		dup2(in, 0);
	if (out >= 0)
		dup2(out, 1);
	execl(path, path, word, folder, (char *)NULL);
	_exit(1);
}

/* The first of them leads the session of all. */
static pid_t start_load(void)
{
	return start_as(LOAD, "load", -1, -1);
}

static void be_load(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	for (size_t i = 1; i < WORKS; i++)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			works[i]();
			_exit(1);
		}
	works[0]();
}

struct timer {
	pid_t pid;
	FILE *out;
	int   go;
};

static struct timer start_timer(void)
{
	struct timer t;
	int          in[2], out[2];
	char         line[64];

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		abort();
	t.pid = start_as(TIMER, "timer", in[0], out[1]);
	close(in[0]);
	close(out[1]);
	t.go = in[1];
	t.out = fdopen(out[0], "r");
	if (fgets(line, sizeof line, t.out) == NULL)
		abort();
	return t;
}

/* The thread beside the main one. */
static pid_t thread_of(pid_t pid)
{
	char  command[128];
	int   tid = 0;
	FILE *f;

	snprintf(command, sizeof command, "ls /proc/%d/task | grep -vx %d",
	         (int)pid, (int)pid);
	f = popen(command, "r");
	if (f != NULL && fscanf(f, "%d", &tid) != 1)
		tid = 0;
	if (f != NULL)
		pclose(f);
	return tid;
}

static const char *class_of(pid_t tid)
{
	switch (sched_getscheduler(tid) & ~SCHED_RESET_ON_FORK) {
	case SCHED_OTHER: return "other";
	case SCHED_FIFO:  return "fifo";
	case SCHED_IDLE:  return "idle";
	case SCHED_BATCH: return "batch";
	case POLICY_DEADLINE: return "deadline";
	default:          return "?";
	}
}

/* Half a second for what rules want to be in force. */
static const char *round_of(const struct set_up *how, struct samples *late)
{
	struct daemon d;
	struct timer  t = start_timer();
	pid_t         load = start_load();
	const char   *class;
	double        us;

	if (how->rules != NULL)
		daemon_start_with(&d, how->rules, "");
	usleep(500000);
	class = class_of(thread_of(t.pid));
	if (write(t.go, "g", 1) != 1)
		abort();
	while (fscanf(t.out, "%lf", &us) == 1)
		samples_add(late, us);
	fclose(t.out);
	close(t.go);
	waitpid(t.pid, NULL, 0);
	kill(load, SIGKILL);
	waitpid(load, NULL, 0);
	if (how->rules != NULL)
		daemon_stop(&d);
	return class;
}

static void measure(void)
{
	struct samples late[SET_UPS] = { { 0 } };
	const char    *class[SET_UPS];

	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < SET_UPS; i++)
			class[i] = round_of(&set_ups[i], &late[i]);
	printf("  1 ms timer beside %zu programs at work, %d wakeups each in "
	       "%d rounds, late by (us)\n", WORKS, WAKEUPS * ROUNDS, ROUNDS);
	for (size_t i = 0; i < SET_UPS; i++) {
		printf("    %-33s (%-8s) p50 %8.1f  p99 %9.1f  max %9.1f\n",
		       set_ups[i].name, class[i], samples_at(&late[i], .5),
		       samples_at(&late[i], .99), samples_at(&late[i], 1));
		samples_clear(&late[i]);
	}
}

static void print_load(void)
{
	double load = 0;

	if (getloadavg(&load, 1) == 1)
		printf("  load average before: %.2f\n", load);
}

int main(int argc, char **argv)
{
	char command[400];

	if (argc == 3) {
		snprintf(folder, sizeof folder, "%s", argv[2]);
		if (strcmp(argv[1], "timer") == 0)
			be_timer();
		be_load();
	}
	if (geteuid() != 0) {
		puts("bench_wakeup: needs root for realtime");
		return 0;
	}
	strcpy(folder, "/var/tmp/pqs-wakeup-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(command, sizeof command, "cp /proc/%d/exe '%s/" TIMER "' && "
	         "cp /proc/%d/exe '%s/" LOAD "'", (int)getpid(), folder,
	         (int)getpid(), folder);
	if (system(command) != 0)
		return 1;
	print_machine("a thread that wakes every millisecond");
	print_load();
	measure();
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command) != 0;
}
