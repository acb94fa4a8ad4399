/* measuring.c -- what the benches share: the machine, samples,
 * a running pqs. */

#include "measuring.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIPE_BYTES (1 << 20)

uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void print_machine(const char *bench)
{
	struct utsname u;
	char           line[256], model[256] = "unknown CPU";
	FILE          *f = fopen("/proc/cpuinfo", "r");

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "model name : %255[^\n]", model) == 1)
			break;
	if (f != NULL)
		fclose(f);
	uname(&u);
	printf("\n%s\n  machine: %s, %ld CPUs, %s %s\n", bench, model,
	       sysconf(_SC_NPROCESSORS_ONLN), u.sysname, u.release);
	fflush(stdout);
}

void samples_add(struct samples *s, double us)
{
	if (s->count == s->room) {
		s->room = s->room == 0 ? 1024 : 2 * s->room;
		s->us = realloc(s->us, s->room * sizeof *s->us);
		if (s->us == NULL)
			abort();
	}
	s->us[s->count++] = us;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double samples_at(struct samples *s, double share)
{
	if (s->count == 0)
		return 0;
	qsort(s->us, s->count, sizeof *s->us, ascending);
	return s->us[(size_t)(share * (double)(s->count - 1))];
}

void samples_clear(struct samples *s)
{
	free(s->us);
	*s = (struct samples){ 0 };
}

void write_rules(const char *path, size_t n, const char *name)
{
	FILE *f = NULL;

	for (size_t i = 0; i < n; i++) {
		/* A rule file has a size limit, so there are several. */
		if (i % 2000 == 0) {
			char part[160];

			if (f != NULL)
				fclose(f);
			snprintf(part, sizeof part, "%s/%02zu.lua", path,
			         i / 2000);
			f = fopen(part, "w");
			if (f == NULL)
				abort();
		}
		if (i + 1 < n)
			fprintf(f, "rule \"g/%zu\" { match = process { name = "
			        "\"program-%zu\" }, want = { nice = %zu } }\n",
			        i, i, i % 19 + 1);
		else
			fprintf(f, "rule \"target\" { match = process { name ="
			        " \"%s\" }, want = { nice = 7 } }\n", name);
	}
	if (f != NULL)
		fclose(f);
}

static pid_t child_called(pid_t parent, const char *word)
{
	char  command[200];
	int   pid = 0;
	FILE *f;

	snprintf(command, sizeof command, "for p in $(cat /proc/%d/task/*/"
	         "children); do tr '\\0' '\\n' </proc/$p/cmdline | grep -qx "
	         "'%s' && echo $p && break; done", (int)parent, word);
	f = popen(command, "r");
	if (f != NULL && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f != NULL)
		pclose(f);
	return pid;
}

static void wait_for(int fd, const char *text)
{
	char    all[65536];
	size_t  used = 0;
	ssize_t n;

	while ((n = read(fd, all + used, sizeof all - 1 - used)) > 0) {
		used += (size_t)n;
		all[used] = '\0';
		if (strstr(all, text) != NULL)
			return;
		/* Half of it may stand at the end. */
		if (used > sizeof all / 2) {
			memmove(all, all + used - 256, 256);
			used = 256;
		}
	}
	fprintf(stderr, "pqs did not start:\n%.*s\n", (int)used, all);
	exit(1);
}

/* In memory, as /run is. */
static void make_folder(struct daemon *d)
{
	strcpy(d->folder, access("/dev/shm", W_OK) == 0 ?
	       "/dev/shm/pqs-bench-XXXXXX" : "/tmp/pqs-bench-XXXXXX");
	if (mkdtemp(d->folder) == NULL)
		abort();
}

static void put_file(const struct daemon *d, const char *name,
                     const char *text)
{
	char  path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", d->folder, name);
	f = fopen(path, "w");
	if (f == NULL)
		abort();
	fputs(text, f);
	fclose(f);
}

/* On what is in the folder. */
static void run(struct daemon *d, const char *yaml)
{
	char config[128], text[400];
	int  pipes[2];

	/* A line that finds no room is dropped, and one of them is awaited. */
	if (pipe(pipes) < 0 || fcntl(pipes[1], F_SETPIPE_SZ, PIPE_BYTES) < 0)
		abort();
	snprintf(text, sizeof text, "journal: %s/journal\nstate: %s/state\n%s",
	         d->folder, d->folder, yaml);
	put_file(d, "pqs.yaml", text);
	snprintf(config, sizeof config, "%s/pqs.yaml", d->folder);
	d->keeper = fork();
	if (d->keeper == 0) {
		dup2(pipes[1], 1);
		dup2(pipes[1], 2);
		close(pipes[0]);
		close(pipes[1]);
		execl(PQS_BUILD "/pqs", "pqs", "run", "--config", config,
		      d->folder, (char *)NULL);
		_exit(1);
	}
	close(pipes[1]);
	d->out = pipes[0];
	wait_for(d->out, "processes looked at");
	d->core = child_called(d->keeper, "core");
	d->core_ns = cpu_ns_of(d->core);
	d->worker = child_called(d->keeper, "worker");
}

void daemon_start(struct daemon *d, size_t rules, const char *name,
                  bool with_function)
{
	make_folder(d);
	write_rules(d->folder, rules, name);
	if (with_function)
		put_file(d, "zz.lua", "rule \"fn\" { match = process { name = "
		         "\"nobody-is-me\" }, want = function (p) return { "
		         "nice = 1 } end }\n");
	run(d, "");
}

void daemon_start_with(struct daemon *d, const char *rules, const char *yaml)
{
	make_folder(d);
	put_file(d, "rules.lua", rules);
	run(d, yaml);
}

void daemon_listen(struct daemon *d, double seconds)
{
	uint64_t end = clock_ns() + (uint64_t)(seconds * 1e9), now;
	char     sink[65536];

	while ((now = clock_ns()) < end) {
		struct pollfd p = { .fd = d->out, .events = POLLIN };

		if (poll(&p, 1, (int)((end - now) / 1000000) + 1) > 0 &&
		    read(d->out, sink, sizeof sink) <= 0)
			return;
	}
}

/* "pqs: 5 events, ...; 3 applied, 0 already so, ..." */
static void heed_end(struct daemon *d)
{
	char    text[8192] = "", *at;
	size_t  used = 0;
	ssize_t n;

	while ((n = read(d->out, text + used, sizeof text - 1 - used)) > 0) {
		used += (size_t)n;
		text[used] = '\0';
		at = strstr(text, " applied, ");
		if (at != NULL) {
			while (at > text && at[-1] != ' ')
				at--;
			d->applied = strtol(at, NULL, 10);
		}
		if (used > sizeof text / 2) {
			memmove(text, text + used / 2, used - used / 2);
			used -= used / 2;
		}
	}
}

void daemon_stop(struct daemon *d)
{
	char command[128];

	d->applied = 0;
	kill(d->keeper, SIGTERM);
	heed_end(d);
	waitpid(d->keeper, NULL, 0);
	close(d->out);
	snprintf(command, sizeof command, "rm -rf '%s'", d->folder);
	if (system(command) != 0)
		fprintf(stderr, "left behind: %s\n", d->folder);
}

static uint64_t sum_over_threads(pid_t pid, const char *file,
                                 uint64_t (*read_one)(FILE *f))
{
	char           path[300];
	uint64_t       sum = 0;
	struct dirent *e;
	DIR           *d;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		FILE *f;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%.20s/%s", (int)pid,
		         e->d_name, file);
		f = fopen(path, "r");
		if (f == NULL)
			continue;
		sum += read_one(f);
		fclose(f);
	}
	if (d != NULL)
		closedir(d);
	return sum;
}

static uint64_t first_number(FILE *f)
{
	unsigned long long n = 0;

	return fscanf(f, "%llu", &n) == 1 ? n : 0;
}

uint64_t cpu_ns_of(pid_t pid)
{
	return sum_over_threads(pid, "schedstat", first_number);
}

static uint64_t voluntary(FILE *f)
{
	char               line[256];
	unsigned long long n = 0;

	while (fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "voluntary_ctxt_switches: %llu", &n) == 1)
			break;
	return n;
}

uint64_t wakeups_of(pid_t pid)
{
	return sum_over_threads(pid, "status", voluntary);
}

long private_kib_of(pid_t pid)
{
	char  path[64], line[256];
	long  kib = 0, n;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "Private_Dirty: %ld", &n) == 1)
			kib += n;
	if (f != NULL)
		fclose(f);
	return kib;
}
