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

#include "base/text.h"
#include "check_report.h"
#include "command.h"
#include "seal.h"
#include "strict_machine.h"
#include "worker/sources.h"

#define LINE_BYTES  8192
#define CPU_SECONDS 20
#define LAYER       "--layer="
#define OPTION      "--option="
#define CANNOT      "--cannot="
#define CPUS        "--cpus="
#define CACHES      "--caches="
#define PARTIAL     "--partial"
#define STRICT      "--strict"
#define JSON        "--json"

struct checking {
	struct rule_book    *book;
	struct this_machine *machine;   /* NULL: nothing is doubted           */
	bool                 as_json;
};

static bool begins(const char *argument, const char *with)
{
	return strncmp(argument, with, strlen(with)) == 0;
}

/* "NAME=VALUE" of an option of the rules.  0 or -errno, which was told. */
static int value_take(struct rule_book *b, const char *argument)
{
	char        name[OPTION_NAME_MAX];
	const char *value;
	int         status;

	value = argument + strcspn(argument, "=");
	text_copy_bytes(name, sizeof name, argument,
	                (size_t)(value - argument));
	status = *value == '=' ? rule_book_option(b, name, value + 1)
	                       : -EINVAL;
	if (status < 0)
		fprintf(stderr, "pqs-rules check: " OPTION "%s: %s\n", argument,
		        strerror(-status));
	return status;
}

static int strict_take(struct checking *c)
{
	if (c->machine == NULL)
		c->machine = this_machine_new();
	rule_book_strict(c->book);
	return c->machine == NULL ? -ENOMEM : 0;
}

/* "SETTING=VALUE: why", behind "--strict". */
static int cannot_take(struct checking *c, char *argument)
{
	int status = c->machine == NULL
	             ? -EINVAL : this_machine_cannot(c->machine, argument);

	if (status < 0)
		fprintf(stderr, "pqs-rules check: " CANNOT "%s: %s\n", argument,
		        strerror(-status));
	return status;
}

/* 1; 0: it is none of the options that come first; -errno, which was told.
 * "--partial" says that there are more rules than these. */
static int option_take(struct checking *c, char *argument)
{
	int status = 0;

	if (strcmp(argument, JSON) == 0)
		c->as_json = true;
	else if (strcmp(argument, STRICT) == 0)
		status = strict_take(c);
	else if (strcmp(argument, PARTIAL) == 0)
		rule_book_options_partial(c->book);
	else if (begins(argument, CANNOT))
		status = cannot_take(c, argument + strlen(CANNOT));
	else if (begins(argument, CPUS) && c->machine != NULL)
		this_machine_has(c->machine, argument + strlen(CPUS));
	else if (begins(argument, CACHES) && c->machine != NULL)
		this_machine_shares(c->machine, (unsigned)strtoul(
		                    argument + strlen(CACHES), NULL, 10));
	else if (begins(argument, OPTION))
		status = value_take(c->book, argument + strlen(OPTION));
	else
		return 0;
	return status < 0 ? status : 1;
}

/* How many of the first arguments they are, or -errno. */
static int options_take(struct checking *c, int n, char **arguments)
{
	int i = 0, status = 1;

	for (; i < n && status > 0; i += status > 0)
		status = option_take(c, arguments[i]);
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
		} else if (!is_path && begins(arguments[i], LAYER)) {
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

/* In the sealed child: only memory, and two descriptors to write to. */
static int compile_and_print(struct checking *c)
{
	int status = rule_book_compile(c->book), warnings = 0;

	if (status == 0 && c->machine != NULL)
		warnings = rule_book_doubt(c->book,
		                           this_machine_look(c->machine));
	if (warnings < 0) {
		fprintf(stderr, "pqs-rules check: %s\n", strerror(-warnings));
		return EXIT_SYSTEM;
	}
	if (c->as_json)
		check_report_json(c->book);
	else
		check_report(c->book);
	fflush(stdout);
	return status < 0 || warnings > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The buffers are the child's copies; nothing is in them before. */
static int child_run(struct checking *c)
{
	int status = rule_clock_start(1);

	if (status == 0)
		status = seal_printing(CPU_SECONDS);
	if (status == 0)
		return compile_and_print(c);
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
static int check(struct checking *c, int n, char **arguments)
{
	int   result = EXIT_FAILURE;
	pid_t child;

	if (rule_language_load() < 0)
		fputs("pqs-rules check: cannot start\n", stderr);
	else if (files_add(c->book, n, arguments) == 0) {
		fflush(NULL);
		child = fork();
		if (child == 0)
			_exit(child_run(c));
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
		if (arguments[i][0] == '-' && !begins(arguments[i], LAYER))
			return false;
	}
	return n > 0;
}

static int usage(void)
{
	fputs("usage: pqs-rules check [" JSON "] [" STRICT " [" CANNOT
	      "SETTING=VALUE: WHY]\n           [" CPUS "LIST] [" CACHES
	      "NUMBER]] [" OPTION "NAME=VALUE] "
	      "[" PARTIAL "] [" LAYER "LAYER] [--]\n           FILES or "
	      "FOLDERS...\n", stderr);
	return EXIT_USAGE;
}

int command_check(int argc, char **argv)
{
	struct checking c = { .book = rule_book_new() };
	int             options, result = EXIT_USAGE;

	if (c.book == NULL)
		return EXIT_FAILURE;
	options = options_take(&c, argc - 1, argv + 1);
	if (options >= 0) {
		argc -= options + 1;
		argv += options + 1;
		result = are_arguments(argc, argv) ? check(&c, argc, argv)
		                                   : usage();
	}
	this_machine_free(c.machine);
	rule_book_free(c.book);
	return result;
}
