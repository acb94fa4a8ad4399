/* bench_sweep.c -- all processes listed, decided about and set where they
 * differ: by pqs as it starts, and by a script with psutil; then how many
 * changes a second pqs keeps up with, and what the limiter costs. */

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "limit/limit.h"
#include "measuring.h"
#include "model/interned.h"
#include "os/linux/linux.h"
#include "os/linux/sensor/roster_entry.h"

#define PROCESSES 2000
#define NAMES     10
#define NICE      7
#define NONE      0
#define IDLE      3
#define RUNS      7                     /* of these the median counts         */
#define FLIPPERS  64
#define FLIP_SECONDS 3

static char  folder[64];
static pid_t pids[PROCESSES];

/* Rules */

/* The class, because a nice value does nothing on many machines, and pqs tells
 * that of each. */
static char *rules_make(void)
{
	static char text[1 << 18];
	size_t      used = 0;

	for (int i = 0; i < 1000; i++)
		used += (size_t)snprintf(text + used, sizeof text - used,
			"rule \"g/%d\" { match = process { name = \"program-%d\""
			" }, want = { nice = 1 } }\n", i, i);
	for (int i = 0; i < NAMES; i++)
		used += (size_t)snprintf(text + used, sizeof text - used,
			"rule \"s/%d\" { match = process { name = \"sweep-%d\" }"
			", want = { ionice = \"idle\" } }\n", i, i);
	return text;
}

/* Processes */

static void programs_make(void)
{
	char command[256];

	for (int i = 0; i < NAMES; i++) {
		snprintf(command, sizeof command,
		         "cp /bin/sleep '%s/sweep-%d'", folder, i);
		if (system(command) != 0)
			abort();
	}
}

static void processes_start(void)
{
	char path[128];

	for (int i = 0; i < PROCESSES; i++) {
		snprintf(path, sizeof path, "%s/sweep-%d", folder, i % NAMES);
		pids[i] = vfork();
		if (pids[i] == 0) {
			execl(path, path, "3600", (char *)NULL);
			_exit(1);
		}
	}
}

static void processes_end(void)
{
	for (int i = 0; i < PROCESSES; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < PROCESSES; i++)
		waitpid(pids[i], NULL, 0);
}

/* A class of I/O, as the kernel counts them: 3 is idle. */
static void all_class(int class)
{
	for (int i = 0; i < PROCESSES; i++)
		syscall(SYS_ioprio_set, 1, pids[i], class << 13);
}

static bool is_idle(pid_t pid)
{
	return syscall(SYS_ioprio_get, 1, pid) >> 13 == IDLE;
}

static int how_many_idle(void)
{
	int n = 0;

	for (int i = 0; i < PROCESSES; i++)
		n += is_idle(pids[i]);
	return n;
}

/* The sweep */

/* CPU milliseconds of the core until all was looked at, each of ours having
 * that class before. */
static double core_ms(int class)
{
	struct samples ms = { 0 };
	double         median;

	for (int i = 0; i < RUNS; i++) {
		struct daemon d;

		if (pids[0] != 0)
			all_class(class);
		daemon_start_with(&d, rules_make(), "");
		samples_add(&ms, (double)d.core_ns / 1e6);
		if (pids[0] != 0 && how_many_idle() != PROCESSES)
			printf("  pqs has set %d of them\n", how_many_idle());
		daemon_stop(&d);
	}
	median = samples_at(&ms, .5);
	samples_clear(&ms);
	return median;
}

static const char *python(void)
{
	static const char *const all[] = { "python3", "/usr/bin/python3" };
	char command[128];

	for (int i = 0; i < 2; i++) {
		snprintf(command, sizeof command,
		         "%s -c 'import psutil' 2>/dev/null", all[i]);
		if (system(command) == 0)
			return all[i];
	}
	return NULL;
}

/* Of a script: milliseconds of two sweeps, microseconds of two ways of one
 * nice(). */
struct script {
	double first_ms, second_ms, new_us, kept_us;
	int    listed, set;
};

static struct script script_once(const char *interpreter)
{
	struct script s = { 0, 0, 0, 0, 0, 0 };
	char          command[512];
	int           used = snprintf(command, sizeof command, "%s " PQS_TREE
	                              "/tests/bench/sweep.py", interpreter);
	FILE         *f;

	for (int i = 0; i < NAMES; i++)
		used += snprintf(command + used, sizeof command - (size_t)used,
		                 " sweep-%d", i);
	all_class(NONE);
	f = popen(command, "r");
	if (f == NULL || fscanf(f, "%lf %lf %lf %lf %d %d", &s.first_ms,
	                        &s.second_ms, &s.new_us, &s.kept_us, &s.listed,
	                        &s.set) != 6 || pclose(f) != 0)
		abort();
	s.first_ms *= 1e3;
	s.second_ms *= 1e3;
	s.new_us *= 1e6;
	s.kept_us *= 1e6;
	if (s.set != PROCESSES || how_many_idle() != PROCESSES)
		printf("  psutil has set %d of them\n", s.set);
	return s;
}

static struct script script(const char *interpreter)
{
	struct samples all[4] = { { 0 } };
	struct script  s;

	for (int i = 0; i < RUNS; i++) {
		s = script_once(interpreter);
		samples_add(&all[0], s.first_ms);
		samples_add(&all[1], s.second_ms);
		samples_add(&all[2], s.new_us);
		samples_add(&all[3], s.kept_us);
	}
	s.first_ms = samples_at(&all[0], .5);
	s.second_ms = samples_at(&all[1], .5);
	s.new_us = samples_at(&all[2], .5);
	s.kept_us = samples_at(&all[3], .5);
	for (int i = 0; i < 4; i++)
		samples_clear(&all[i]);
	return s;
}

/* Microseconds of one nice by the actuator: the process held and proven, read,
 * turned and read back. */
static double actuator_us(void)
{
	static const struct host_alarm    calm[HOST_PRESSURES];
	static const struct host_shortage plenty;
	struct interned     *sets = interned_new();
	struct linux_options o = { .keeper_fd = -1, .sets = sets,
	                           .pressure = calm, .shortage = &plenty };
	struct os            os;
	char                 why[256];
	struct timespec      begun, ended;

	if (linux_open(&o, &os, NULL, NULL, why, sizeof why) < 0)
		abort();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
	for (int i = 0; i < PROCESSES; i++) {
		struct task_id whom = { .pid = pids[i], .tid = pids[i] };
		struct turned  t;
		int64_t        before;

		if (os.actuator.grip(os.actuator.self, whom) < 0)
			abort();
		os.actuator.read(os.actuator.self, whom, SETTING_nice, &before);
		os.actuator.apply(os.actuator.self, whom, SETTING_nice, NICE,
		                  &t);
		os.actuator.let_go(os.actuator.self);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
	linux_close(&os);
	interned_free(sets);
	return ((double)(ended.tv_sec - begun.tv_sec) * 1e9 +
	        (double)(ended.tv_nsec - begun.tv_nsec)) / 1e3 / PROCESSES;
}

/* Milliseconds of CPU that another process takes to ready the kernel's list; 0:
 * there is no such program. */
static double lister_ms(void)
{
	struct samples all = { 0 };
	struct rusage  used;
	double         median;
	int            status = 0, pair[2];
	pid_t          pid;

	for (int i = 0; i < RUNS && status == 0; i++) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
			abort();
		pid = fork();
		if (pid == 0) {
			dup2(pair[1], ROSTER_WIRE);
			execl(PQS_BUILD "/pqs-lister", "pqs-lister",
			      (char *)NULL);
			_exit(1);
		}
		if (wait4(pid, &status, 0, &used) < 0)
			abort();
		close(pair[0]);
		close(pair[1]);
		samples_add(&all, (double)(used.ru_utime.tv_sec +
			used.ru_stime.tv_sec) * 1e3 +
			(double)(used.ru_utime.tv_usec +
			used.ru_stime.tv_usec) / 1e3);
	}
	median = status == 0 ? samples_at(&all, .5) : 0;
	samples_clear(&all);
	return median;
}

/* Microseconds of one nice value set and nothing else. */
static double bare_us(void)
{
	struct timespec begun, ended;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
	for (int i = 0; i < PROCESSES; i++)
		if (setpriority(PRIO_PROCESS, (id_t)pids[i], NICE - 1) < 0)
			abort();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
	return ((double)(ended.tv_sec - begun.tv_sec) * 1e9 +
	        (double)(ended.tv_nsec - begun.tv_nsec)) / 1e3 / PROCESSES;
}

/* From the start of pqs, and from the first that is set, to the last. */
static void apply_times(void)
{
	struct samples all = { 0 }, span = { 0 };

	for (int i = 0; i < RUNS; i++) {
		uint64_t      begun, first = 0, last = 0;
		struct daemon d;
		pid_t         watcher;
		int           ends[2];

		all_class(NONE);
		if (pipe(ends) < 0)
			abort();
		begun = clock_ns();
		watcher = fork();
		if (watcher == 0) {
			uint64_t seen[2] = { 0, 0 };

			while (!is_idle(pids[0]))
				usleep(50);
			seen[0] = clock_ns();
			for (int j = 0; j < PROCESSES; j++)
				while (!is_idle(pids[j]))
					usleep(50);
			seen[1] = clock_ns();
			_exit(write(ends[1], seen, sizeof seen) < 0);
		}
		daemon_start_with(&d, rules_make(), "");
		if (read(ends[0], &first, sizeof first) < 0 ||
		    read(ends[0], &last, sizeof last) < 0)
			abort();
		waitpid(watcher, NULL, 0);
		close(ends[0]);
		close(ends[1]);
		samples_add(&all, (double)(last - begun) / 1e6);
		samples_add(&span, (double)(last - first) / 1e6);
		daemon_stop(&d);
	}
	printf("  settings in force for %d processes: %.1f ms from the first to "
	       "the last, %.1f ms from the start of pqs (median of %d)\n",
	       PROCESSES, samples_at(&span, .5), samples_at(&all, .5), RUNS);
	samples_clear(&all);
	samples_clear(&span);
}

static void sweeps(void)
{
	const char   *interpreter = python();
	double        empty = core_ms(NONE), set, same, one, bare;
	struct script s;

	processes_start();
	set = core_ms(NONE) - empty;
	same = core_ms(IDLE) - empty;
	one = actuator_us();
	bare = bare_us();
	printf("  CPU time of a sweep over %d processes, 1,010 rules (median of "
	       "%d): pqs %.1f ms where each is set, %.1f ms where none differs; "
	       "its core has used %.1f ms when it starts without them\n",
	       PROCESSES, RUNS, set, same, empty);
	printf("  CPU time of one nice, proven and read back: %.2f us; the system "
	       "call alone %.2f us\n", one, bare);
	printf("  CPU time of pqs-lister, once at the start: %.1f ms\n",
	       lister_ms());
	if (interpreter == NULL) {
		puts("  psutil is not there to compare with: make deps-bench");
	} else {
		s = script(interpreter);
		printf("  psutil, %d listed: %.1f ms (%.1fx) where each is set, "
		       "%.1f ms (%.1fx) where none differs; one nice() %.1f us "
		       "(%.1fx) of a new object, %.1f us (%.1fx) of a kept "
		       "one\n", s.listed, s.first_ms, s.first_ms / set, s.second_ms,
		       s.second_ms / same, s.new_us, s.new_us / one, s.kept_us,
		       s.kept_us / one);
	}
	apply_times();
	processes_end();
	fflush(stdout);
}

/* Changes a second */

static void flip(useconds_t pause_us)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_TIMERSLACK, 1UL);
	for (int i = 0;; i++) {
		prctl(PR_SET_NAME, i % 2 == 0 ? "flip-even" : "flip-odd");
		usleep(pause_us);
	}
}

static const char flip_rules[] =
	"rule \"even\" { match = process { comm = \"flip-even\" },"
	" want = { timer_slack = \"3ms\" } }\n"
	"rule \"odd\" { match = process { comm = \"flip-odd\" },"
	" want = { timer_slack = \"5ms\" } }\n";

static const char unlimited[] =
	"limits: { task_each: 0s, rule_each: 0s, machine_each: 0s, dwell: 0s }\n";

/* Each of them changes its name that often; what becomes of it. */
static void flips(int a_second, const char *limits, const char *label)
{
	pid_t         flipper[FLIPPERS];
	struct daemon d;
	uint64_t      cpu, begun;
	double        seconds;
	long          settled;

	daemon_start_with(&d, flip_rules, limits);
	for (int i = 0; i < FLIPPERS; i++) {
		flipper[i] = fork();
		if (flipper[i] == 0)
			flip((useconds_t)(1000000L * FLIPPERS / a_second));
	}
	begun = clock_ns();
	cpu = cpu_ns_of(d.core);
	daemon_listen(&d, FLIP_SECONDS);
	cpu = cpu_ns_of(d.core) - cpu;
	seconds = (double)(clock_ns() - begun) / 1e9;
	for (int i = 0; i < FLIPPERS; i++)
		kill(flipper[i], SIGKILL);
	for (int i = 0; i < FLIPPERS; i++)
		waitpid(flipper[i], NULL, 0);
	daemon_stop(&d);
	settled = d.applied;
	printf("    %6d asked for a second, %-9s %7.0f made a second, %5.1f "
	       "%% of one CPU", a_second, label, (double)settled / seconds,
	       (double)cpu / seconds / 1e7);
	if (settled > 0)
		printf(", %.1f us each", (double)cpu / 1e3 / (double)settled);
	putchar('\n');
	fflush(stdout);
}

static void rates(void)
{
	static const int asked[] = { 1000, 4000, 16000 };

	printf("  %d processes that change their names, and with that what is "
	       "wanted of them, %d s each:\n", FLIPPERS, FLIP_SECONDS);
	for (int i = 0; i < 3; i++)
		flips(asked[i], unlimited, "no limits");
	for (int i = 0; i < 3; i++)
		flips(asked[i], "", "limited");
}

/* The limiter alone */

#define ADMISSIONS 1000000

static double admit_ns(bool refused)
{
	struct limit_rates rates = { { refused ? 1 : 1000000000, 1 },
		{ 1000000000, 1 }, { 1000000000, 1 }, 0 };
	uint32_t        rule[SETTING_COUNT] = { 0 };
	struct limiter *l;
	uint64_t        begun;
	volatile uint64_t when = 0;

	if (refused)
		rates.task.each_ns = UINT64_C(3600000000000);
	l = limiter_new(&rates);
	begun = clock_ns();
	for (int i = 0; i < ADMISSIONS; i++) {
		struct task_id who = { .pid = 100 + i % 500,
		                       .tid = 100 + i % 500 };

		when = limiter_admit(l, who, SETTING_BIT(SETTING_nice), rule,
		                     1000);
	}
	(void)when;
	begun = clock_ns() - begun;
	limiter_free(l);
	return (double)begun / ADMISSIONS;
}

int main(void)
{
	char command[128];

	if (geteuid() != 0) {
		puts("bench_sweep: needs root to set what is others'");
		return 0;
	}
	strcpy(folder, "/tmp/pqs-sweep-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	programs_make();
	print_machine("sweeps and changes");
	sweeps();
	rates();
	printf("  the limiter, 500 tasks: %.0f ns to admit, %.0f ns to refuse\n",
	       admit_ns(false), admit_ns(true));
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command) != 0;
}
