/* bench_tests.c -- 'pqs test' on 1,000 small tests beside the shipped rules:
 * how long one waits for them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measuring.h"

#define FILES    10
#define TESTS    100                    /* in each                            */
#define RUNS     11

/* What people write: one or two programs, one or two expectations. */
static const char *const bodies[] = {
	"  local cc = sim:exec { name = \"cc1plus\", uid = 1000 }\n"
	"  expect (cc) { qos = \"utility\", nice = 10 }\n",
	"  local make = sim:exec { name = \"make\", uid = 1000 }\n"
	"  local sh = sim:exec { name = \"sh\", uid = 1000, parent = make }\n"
	"  expect (sh) { nice = 10 }\n",
	"  local pw = sim:exec { name = \"pipewire\", uid = 1000 }\n"
	"  local rt = sim:thread (pw, { name = \"data-loop.0\" })\n"
	"  expect (rt) { sched = \"fifo:20\" }\n",
	"  local apt = sim:exec { name = \"apt-get\" }\n"
	"  expect (apt) { qos = \"utility\" }\n"
	"  sim:host { on_battery = true }\n"
	"  expect (apt) { qos = \"background\" }\n",
	"  expect (sim:exec { name = \"sshd\" }) { nice = untouched }\n",
};

#define BODIES (sizeof bodies / sizeof bodies[0])

static void write_tests(const char *folder, int file)
{
	char  path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/bench%d.test.lua", folder, file);
	f = fopen(path, "w");
	if (f == NULL)
		abort();
	for (int i = 0; i < TESTS; i++)
		fprintf(f, "test \"%d\" (function (sim)\n%send)\n", i,
		        bodies[(size_t)i % BODIES]);
	fclose(f);
}

static void run_or_stop(const char *format, const char *folder)
{
	char command[512];

	snprintf(command, sizeof command, format, folder);
	if (system(command) != 0)
		abort();
}

static double run_ms(const char *folder)
{
	uint64_t begun = clock_ns();
	int      status;
	pid_t    pid = fork();

	if (pid == 0) {
		if (freopen("/dev/null", "w", stdout) != NULL)
			execl(PQS_BUILD "/pqs", "pqs", "test", folder,
			      (char *)NULL);
		_exit(1);
	}
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		abort();
	return (double)(clock_ns() - begun) / 1e6;
}

/* Alone in one file first: what starting and reading the rules takes. */
int main(void)
{
	char           folder[] = "/tmp/pqs-bench-XXXXXX";
	struct samples all = { 0 }, none = { 0 };

	print_machine("1,000 tests of rules");
	if (mkdtemp(folder) == NULL)
		abort();
	run_or_stop("cp " PQS_TREE "/rules/*.lua '%s'", folder);
	run_or_stop("rm '%s'/*.test.lua", folder);
	write_tests(folder, 0);
	for (int i = 0; i < RUNS; i++)
		samples_add(&none, run_ms(folder));
	for (int i = 1; i < FILES; i++)
		write_tests(folder, i);
	for (int i = 0; i < RUNS; i++)
		samples_add(&all, run_ms(folder));
	printf("  %d runs of %d tests in %d files beside the shipped rules: "
	       "median %.0f ms, largest %.0f ms; %.3f ms for each test more\n",
	       RUNS, FILES * TESTS, FILES, samples_at(&all, 0.5),
	       samples_at(&all, 1),
	       (samples_at(&all, 0.5) - samples_at(&none, 0.5)) /
	       ((FILES - 1) * TESTS));
	samples_clear(&all);
	samples_clear(&none);
	run_or_stop("rm -rf '%s'", folder);
	return 0;
}
