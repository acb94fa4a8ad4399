/* bench_exec.c -- from the kernel's exec timestamp to the setting being seen.
 *
 * An observer on the last core starts a program, spins until the program has
 * its nice value, and takes the time since the kernel's own timestamp of that
 * exec.  Rounds alternate between a bare C loop (FIFO, same connector, reads
 * comm, calls setpriority) and pqs with few and with many rules, quiet and
 * with CPU hogs; then CPU time for each exec at 1,000 a second. */

#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measuring.h"

#define TARGET  "pqsbenchtarget"
#define HOGS    4
#define ROUNDS  5
#define SAMPLES 150
#define MISSED_NS UINT64_C(1000000000)
#define RATE_SECONDS 4
#define RATE    1000

enum who { BARE, FEW, MANY, WHO };

static const char *const names[WHO] = { "bare C loop", "pqs, 15 rules",
                                        "pqs, 15,000 rules" };
static const size_t rule_counts[WHO] = { 0, 15, 15000 };
static char target[128];

static int listen_to_execs(void)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK,
	                         .nl_groups = CN_IDX_PROC,
	                         .nl_pid = 0 };
	enum proc_cn_mcast_op op = PROC_CN_MCAST_LISTEN;
	struct cn_msg   message = { .id = { CN_IDX_PROC, CN_VAL_PROC },
	                            .len = sizeof op };
	struct nlmsghdr head = { .nlmsg_len = NLMSG_LENGTH(sizeof message +
	                                                   sizeof op),
	                         .nlmsg_type = NLMSG_DONE };
	char            ask[NLMSG_LENGTH(sizeof message + sizeof op)];
	int fd = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
	                NETLINK_CONNECTOR);
	int bytes = 8 << 20;

	memcpy(ask, &head, sizeof head);
	memcpy(ask + NLMSG_HDRLEN, &message, sizeof message);
	memcpy(ask + NLMSG_HDRLEN + sizeof message, &op, sizeof op);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
	    send(fd, ask, sizeof ask, 0) < 0) {
		perror("proc connector");
		exit(1);
	}
	return fd;
}

/* The next exec: its pid with the kernel's stamp, or 0. */
static pid_t next_exec(int fd, int flags, uint64_t *ret_ns)
{
	char    buffer[1024] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof buffer, flags)) > 0 ||
	       (n < 0 && errno == ENOBUFS)) {
		const struct cn_msg *m = NLMSG_DATA((struct nlmsghdr *)buffer);
		struct proc_event    e;

		if (n < 0)
			continue;
		memcpy(&e, m->data, sizeof e);
		if (e.what != PROC_EVENT_EXEC)
			continue;
		*ret_ns = e.timestamp_ns;
		return e.event_data.exec.process_tgid;
	}
	return 0;
}

static void bare_loop(void)
{
	struct sched_param p = { .sched_priority = 1 };
	int                fd = listen_to_execs();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p);
	for (;;) {
		uint64_t at;
		pid_t    pid = next_exec(fd, 0, &at);
		char     path[64], comm[32] = "";
		int      file;

		snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
		file = open(path, O_RDONLY | O_CLOEXEC);
		if (file < 0)
			continue;
		if (read(file, comm, sizeof comm - 1) > 0 &&
		    strncmp(comm, TARGET, sizeof TARGET - 1) == 0)
			setpriority(PRIO_PROCESS, (id_t)pid, 7);
		close(file);
	}
}

static void on_cpu(pid_t pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	sched_setaffinity(pid, sizeof set, &set);
}

/* A child that execs the target once told to, on the first core. */
static pid_t poised(int *ret_go)
{
	int   go[2];
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		abort();
	pid = fork();
	if (pid == 0) {
		char c;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (read(go[0], &c, 1) == 1)
			execl(target, target, "600", (char *)NULL);
		_exit(1);
	}
	close(go[0]);
	on_cpu(pid, 0);
	*ret_go = go[1];
	return pid;
}

static uint64_t stamp_of(int events, pid_t pid)
{
	uint64_t at;
	pid_t    who;

	while ((who = next_exec(events, MSG_DONTWAIT, &at)) != 0)
		if (who == pid)
			return at;
	return 0;
}

/* The observer spins on the last core, above everything measured there. */
static void observe_from_last_core(bool on)
{
	struct sched_param above = { .sched_priority = 2 }, none = { 0 };
	long               cores = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t          set;

	CPU_ZERO(&set);
	for (long i = on ? cores - 1 : 0; i < cores; i++)
		CPU_SET((size_t)i, &set);
	sched_setaffinity(0, sizeof set, &set);
	sched_setscheduler(0, on ? SCHED_FIFO | SCHED_RESET_ON_FORK
	                         : SCHED_OTHER, on ? &above : &none);
}

static void take_samples(struct samples *s, int events, size_t *missed)
{
	observe_from_last_core(true);
	for (int i = 0; i < SAMPLES; i++) {
		int      go;
		pid_t    pid = poised(&go);
		uint64_t begun, seen, at;
		int      nice;

		usleep(1000 + (useconds_t)(random() % 3000));
		begun = clock_ns();
		if (write(go, "x", 1) != 1)
			abort();
		do {
			nice = getpriority(PRIO_PROCESS, (id_t)pid);
			seen = clock_ns();
		} while (nice != 7 && seen - begun < MISSED_NS);
		at = stamp_of(events, pid);
		if (nice != 7)
			(*missed)++;
		else if (at != 0)
			samples_add(s, (double)(seen - at) / 1000);
		close(go);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	observe_from_last_core(false);
}

static pid_t start_bare(void)
{
	pid_t pid = fork();

	if (pid == 0)
		bare_loop();
	usleep(100000);
	return pid;
}

/* Starting costs more than the budget for being urgent; what comes after it is
 * measured. */
static void start_settled(struct daemon *d, size_t rules)
{
	daemon_start(d, rules, TARGET, false);
	usleep(500000);
}

static void one_round(enum who w, struct samples *s, int events, size_t *missed)
{
	struct daemon d;
	pid_t         bare = 0;

	if (w == BARE)
		bare = start_bare();
	else
		start_settled(&d, rule_counts[w]);
	take_samples(s, events, missed);
	if (w == BARE) {
		kill(bare, SIGKILL);
		waitpid(bare, NULL, 0);
	} else {
		daemon_stop(&d);
	}
}

static void start_hogs(pid_t *hogs, int n)
{
	for (int i = 0; i < n; i++) {
		hogs[i] = fork();
		if (hogs[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (volatile unsigned long x = 0;; x++)
				continue;
		}
	}
}

static void latency(int n_hogs)
{
	struct samples s[WHO] = { { 0 } };
	size_t         missed[WHO] = { 0 };
	pid_t          hogs[HOGS];
	int            events = listen_to_execs();

	start_hogs(hogs, n_hogs);
	for (int round = 0; round < ROUNDS; round++)
		for (int w = 0; w < WHO; w++)
			one_round((enum who)w, &s[w], events, &missed[w]);
	printf("  exec to setting seen, %d hogs, %d samples each in %d "
	       "alternating rounds (us)\n", n_hogs, ROUNDS * SAMPLES, ROUNDS);
	for (int w = 0; w < WHO; w++)
		printf("    %-20s p50 %7.1f (%.2fx)  p99 %8.1f (%.2fx)  "
		       "max %9.1f  missed %zu\n", names[w],
		       samples_at(&s[w], .5),
		       samples_at(&s[w], .5) / samples_at(&s[BARE], .5),
		       samples_at(&s[w], .99),
		       samples_at(&s[w], .99) / samples_at(&s[BARE], .99),
		       samples_at(&s[w], 1), missed[w]);
	for (int i = 0; i < n_hogs; i++) {
		kill(hogs[i], SIGKILL);
		waitpid(hogs[i], NULL, 0);
	}
	for (int w = 0; w < WHO; w++)
		samples_clear(&s[w]);
	close(events);
	fflush(stdout);
}

/* Execs at RATE a second for a while; how many. */
static size_t drive(void)
{
	uint64_t begun = clock_ns();
	size_t   n = 0;

	while (n < (size_t)RATE * RATE_SECONDS) {
		pid_t pid = vfork();

		if (pid == 0) {
			execl(target, target, "0", (char *)NULL);
			_exit(1);
		}
		waitpid(pid, NULL, 0);
		n++;
		while (clock_ns() - begun < n * (UINT64_C(1000000000) / RATE))
			usleep(50);
	}
	return n;
}

static void cpu_cost(void)
{
	double us[WHO] = { 0 };

	for (int round = 0; round < 2; round++)
		for (int w = 0; w < WHO; w++) {
			struct daemon d = { 0 };
			uint64_t      before;
			size_t        n;

			if (w == BARE)
				d.core = start_bare();
			else
				start_settled(&d, rule_counts[w]);
			before = cpu_ns_of(d.core);
			n = drive();
			us[w] += (double)(cpu_ns_of(d.core) - before) / 1000 /
			         (double)n / 2;
			if (w == BARE) {
				kill(d.core, SIGKILL);
				waitpid(d.core, NULL, 0);
			} else {
				daemon_stop(&d);
			}
		}
	printf("  CPU time for each exec at %d a second, %d s a round, 2 "
	       "rounds (us)\n", RATE, RATE_SECONDS);
	for (int w = 0; w < WHO; w++)
		printf("    %-20s %7.1f (%.2fx)\n", names[w], us[w],
		       us[w] / us[BARE]);
	fflush(stdout);
}

int main(void)
{
	char folder[] = "/tmp/pqs-bench-target-XXXXXX", command[400];

	if (geteuid() != 0) {
		puts("bench_exec: needs root for the proc connector and FIFO");
		return 0;
	}
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(target, sizeof target, "%s/" TARGET, folder);
	snprintf(command, sizeof command, "cp /bin/sleep '%s'", target);
	if (system(command) != 0)
		return 1;
	print_machine("exec to setting");
	latency(0);
	latency(HOGS);
	cpu_cost();
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command) != 0;
}
