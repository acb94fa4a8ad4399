/* check.c -- pqs-rules check: what is wrong with these rule files?
 *
 * They are other people's code here too: all are read first, then a sealed
 * child compiles them, and its end is the answer.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "command.h"
#include "rules.h"
#include "seal.h"
#include "worker/sources.h"

#define LINE_BYTES  8192
#define CPU_SECONDS 20
#define LAYER       "--layer="
#define OPTION      "--option="
#define PARTIAL     "--partial"

/* "--option=NAME=VALUE": 1; "--partial", which says that there are more rules
 * than these: 1; what is neither: 0; -errno, which was told. */
static int option_take(struct rule_book *b, const char *argument)
{
	char        name[OPTION_NAME_MAX];
	const char *value;
	int         status;

	if (strcmp(argument, PARTIAL) == 0) {
		rule_book_options_partial(b);
		return 1;
	}
	if (strncmp(argument, OPTION, strlen(OPTION)) != 0)
		return 0;
	argument += strlen(OPTION);
	value = argument + strcspn(argument, "=");
	text_copy_bytes(name, sizeof name, argument,
	                (size_t)(value - argument));
	status = *value == '=' ? rule_book_option(b, name, value + 1)
	                       : -EINVAL;
	if (status < 0)
		fprintf(stderr, "pqs-rules check: " OPTION "%s: %s\n", argument,
		        strerror(-status));
	return status < 0 ? status : 1;
}

/* How many of the first arguments they are, or -errno. */
static int options_take(struct rule_book *b, int n, char **arguments)
{
	int i = 0, status = 1;

	for (; i < n && status > 0; i += status > 0)
		status = option_take(b, arguments[i]);
	return status < 0 ? status : i;
}

/* A layer that is named holds for the paths after it, up to the next. */
static int layer_take(const char *name, enum layer *ret_layer)
{
	for (int i = 0; i < LAYERS; i++)
		if (strcmp(layer_name((enum layer)i), name) == 0) {
			*ret_layer = (enum layer)i;
			return 0;
		}
	fprintf(stderr, "pqs-rules check: there is no layer '%s'\n", name);
	return -EINVAL;
}

/* All bytes are in memory before anything of them is looked at.  0 or -errno,
 * which was told. */
static int sources_take(struct sources *s, int n, char **arguments)
{
	enum layer layer = LAYER_ADMIN;
	bool       is_path = false;     /* whatever it begins with            */
	char       why[LINE_BYTES];
	int        status = 0;

	for (int i = 0; status == 0 && i < n; i++) {
		if (!is_path && strcmp(arguments[i], "--") == 0) {
			is_path = true;
		} else if (!is_path && strncmp(arguments[i], LAYER,
		                               strlen(LAYER)) == 0) {
			status = layer_take(arguments[i] + strlen(LAYER),
			                    &layer);
		} else {
			status = sources_add(s, layer, arguments[i], why,
			                     sizeof why);
			if (status < 0)
				fprintf(stderr, "%s\n", why);
		}
	}
	if (status == 0 && s->count == 0) {
		fprintf(stderr, "%s: there are no rules (*.lua) here\n",
		        arguments[n - 1]);
		status = -ENOENT;
	}
	return status;
}

static int files_add(struct rule_book *b, int n, char **arguments)
{
	struct sources s = { .tests = false };
	int            status = sources_take(&s, n, arguments);

	for (size_t i = 0; status == 0 && i < s.count; i++) {
		const struct rule_source *f = &s.source[i];

		status = rule_book_add(b, f->layer, f->path, f->text, f->bytes);
		if (status < 0)
			fprintf(stderr, "%s: %s\n", f->path, strerror(-status));
	}
	sources_clear(&s);
	return status;
}

static void mistake_print(const struct rule_mistake *m, bool as_json)
{
	char        line[LINE_BYTES];
	struct json j;
	int64_t     n;

	if (!as_json) {
		rule_mistake_print(m, stderr);
		return;
	}
	json_begin(&j, line, sizeof line);
	json_text(&j, "file", m->file);
	json_number(&j, "line", m->line);
	json_number(&j, "column", m->column);
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

static void summary_print(const struct rule_counts *c)
{
	printf("%zu rule%s in %zu file%s, %zu of them function%s, %zu tag%s\n",
	       c->rules, text_plural(c->rules), c->files,
	       text_plural(c->files), c->functions, text_plural(c->functions),
	       c->tags, text_plural(c->tags));
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
	else if (mistakes == 0)
		summary_print(&counts);
	fflush(stdout);
	return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The buffers are the child's copies; nothing is in them before. */
static int child_run(struct rule_book *b, bool as_json)
{
	int status = rule_clock_start(1);

	if (status == 0)
		status = seal_printing(CPU_SECONDS);
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
static int check(struct rule_book *b, int n, char **arguments, bool as_json)
{
	int   result = EXIT_FAILURE;
	pid_t child;

	if (rule_language_load() < 0)
		fputs("pqs-rules check: cannot start\n", stderr);
	else if (files_add(b, n, arguments) == 0) {
		fflush(NULL);
		child = fork();
		if (child == 0)
			_exit(child_run(b, as_json));
		if (child > 0)
			result = child_end(child);
	}
	return result;
}

/* A path that begins with '-' stands behind "--". */
static bool are_arguments(int n, char **arguments)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(arguments[i], "--") == 0)
			return i + 1 < n;
		if (arguments[i][0] == '-' &&
		    strncmp(arguments[i], LAYER, strlen(LAYER)) != 0)
			return false;
	}
	return n > 0;
}

int command_check(int argc, char **argv)
{
	bool              as_json = argc > 1 && strcmp(argv[1], "--json") == 0;
	int               first = as_json ? 2 : 1, options, result;
	struct rule_book *b = rule_book_new();

	if (b == NULL)
		return EXIT_FAILURE;
	options = options_take(b, argc - first, argv + first);
	first += options > 0 ? options : 0;
	if (options < 0) {
		result = EXIT_USAGE;
	} else if (!are_arguments(argc - first, argv + first)) {
		fputs("usage: pqs-rules check [--json] [" OPTION "NAME=VALUE] "
		      "[" PARTIAL "]\n           [" LAYER "LAYER] [--] FILES or "
		      "FOLDERS...\n", stderr);
		result = EXIT_USAGE;
	} else {
		result = check(b, argc - first, argv + first, as_json);
	}
	rule_book_free(b);
	return result;
}
