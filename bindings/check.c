/* check.c -- pqs-rules check: what is wrong with these rule files?
 *
 * They are other people's code here too: all are read first, then a sealed
 * child compiles them, and its end is the answer.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "command.h"
#include "paths.h"
#include "rules.h"
#include "seal.h"

#define PATH_BYTES  4096
#define LINE_BYTES  8192
#define CPU_SECONDS 20

/* All bytes are in memory before anything of them is looked at. */
static int file_add(struct rule_book *b, const char *path)
{
	char  *text;
	size_t bytes;
	int    status = path_read(path, RULE_FILE_MAX, &text, &bytes);

	if (status == 0) {
		status = rule_book_add(b, LAYER_ADMIN, path, text, bytes);
		free(text);
	}
	if (status < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(-status));
	return status;
}

/* 0 or -errno, which was told. */
static int files_add(struct rule_book *b, int n, char **arguments)
{
	struct paths p = { 0 };
	char         bad[PATH_BYTES];
	int          status = 0;

	for (int i = 0; status == 0 && i < n; i++) {
		status = paths_add(&p, arguments[i], path_is_rules, bad,
		                   sizeof bad);
		if (status < 0)
			fprintf(stderr, "%s: %s\n", bad, strerror(-status));
	}
	paths_sort(&p);
	for (size_t i = 0; status == 0 && i < p.count; i++)
		status = file_add(b, p.path[i]);
	paths_clear(&p);
	return status;
}

/* One line each, as compilers do, so that editors find the place. */
static void mistake_print(const struct rule_mistake *m, bool as_json)
{
	char        line[LINE_BYTES];
	struct json j;
	int64_t     n;

	if (!as_json) {
		fprintf(stderr, "%s:%d: %s\n", m->file, m->line, m->sentence);
		return;
	}
	json_begin(&j, line, sizeof line);
	json_text(&j, "file", m->file);
	json_number(&j, "line", m->line);
	json_text(&j, "message", m->sentence);
	n = json_end(&j);
	if (n > 0)
		fwrite(line, 1, (size_t)n, stdout);
}

/* The last line: how much there was, and how much of it is wrong. */
static void summary_print_json(const struct rule_counts *c, size_t mistakes)
{
	char        line[LINE_BYTES];
	struct json j;
	int64_t     n;

	json_begin(&j, line, sizeof line);
	json_number(&j, "rules", (int64_t)c->rules);
	json_number(&j, "files", (int64_t)c->files);
	json_number(&j, "functions", (int64_t)c->functions);
	json_number(&j, "tags", (int64_t)c->tags);
	json_number(&j, "mistakes", (int64_t)mistakes);
	n = json_end(&j);
	if (n > 0)
		fwrite(line, 1, (size_t)n, stdout);
}

static const char *s(size_t n)
{
	return n == 1 ? "" : "s";
}

static void summary_print(const struct rule_counts *c, size_t mistakes)
{
	printf("%zu rule%s in %zu file%s, %zu of them function%s, %zu tag%s",
	       c->rules, s(c->rules), c->files, s(c->files), c->functions,
	       s(c->functions), c->tags, s(c->tags));
	if (mistakes > 0)
		printf("; %zu mistake%s", mistakes, s(mistakes));
	printf("\n");
}

/* In the sealed child: only memory, and two descriptors to write to. */
static int compile_and_print(struct rule_book *b, bool as_json)
{
	struct rule_mistake m;
	struct rule_counts  counts;
	size_t              mistakes = 0;
	int                 status = rule_book_compile(b);

	while (rule_book_mistake(b, mistakes, &m)) {
		mistake_print(&m, as_json);
		mistakes++;
	}
	counts = rule_book_counts(b);
	if (as_json)
		summary_print_json(&counts, mistakes);
	else
		summary_print(&counts, mistakes);
	fflush(stdout);
	return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* A sealed process may not ask what its output is, so it has its buffers. */
static int seal(void)
{
	static char         out[LINE_BYTES], err[LINE_BYTES];
	static const int    outputs[] = { STDOUT_FILENO, STDERR_FILENO };
	const struct rlimit cpu = { CPU_SECONDS, CPU_SECONDS };
	int                 status;

	setvbuf(stdout, out, _IOFBF, sizeof out);
	setvbuf(stderr, err, _IOLBF, sizeof err);
	if (setrlimit(RLIMIT_CPU, &cpu) < 0)
		return -errno;
	status = rule_clock_start();
	if (status == 0)
		status = seal_prepare(STDERR_FILENO);
	return status == 0 ? seal_close(-1, outputs, 2) : status;
}

/* The buffers are the child's copies; nothing is in them before. */
static int child_run(struct rule_book *b, bool as_json)
{
	int status = seal();

	if (status == 0)
		return compile_and_print(b, as_json);
	fprintf(stderr, "pqs-rules check: cannot be sealed: %s\n",
	        strerror(-status));
	fflush(stderr);
	return EXIT_UNSEALED;
}

/* Rules can crash the Lua of the system; the parent lives to say so. */
static int child_end(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_FAILURE;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, "pqs-rules check: reading the rules ended in signal "
	        "%d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
	return EXIT_FAILURE;
}

/* The parent only reads files and waits. */
static int check(int n, char **arguments, bool as_json)
{
	struct rule_book *b = rule_book_new();
	int               result = EXIT_FAILURE;
	pid_t             child;

	if (b == NULL || rule_language_load() < 0)
		fputs("pqs-rules check: cannot start\n", stderr);
	else if (files_add(b, n, arguments) == 0) {
		fflush(NULL);
		child = fork();
		if (child == 0)
			_exit(child_run(b, as_json));
		if (child > 0)
			result = child_end(child);
	}
	rule_book_free(b);
	return result;
}

int command_check(int argc, char **argv)
{
	bool as_json = argc > 1 && strcmp(argv[1], "--json") == 0;
	int  first = as_json ? 2 : 1;

	if (first >= argc || argv[first][0] == '-') {
		fputs("usage: pqs-rules check [--json] FILES or FOLDERS...\n",
		      stderr);
		return EXIT_USAGE;
	}
	return check(argc - first, argv + first, as_json);
}
