/* command.c -- finds the command that was asked for, and tells of it. */

#include "command/command.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "command/columns.h"
#include "command/help.h"
#include "command/start.h"

#define COMMANDS_MAX 64
#define OPTIONS_MAX  16         /* of one command                             */
#define EXITS_MAX    16
#define USAGE_MAX    256

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < commands_count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void print_list(FILE *out)
{
	fputs("pqs -- programmable quality of service for processes and threads"
	      "\n\n", out);
	for (size_t i = 0; i < commands_count; i++)
		if (commands[i].what != NULL)
			fprintf(out, "  pqs %-8s  %s\n", commands[i].name,
			        commands[i].what);
	fputs("\n'pqs help COMMAND' or 'pqs COMMAND --help' says more.\n", out);
}

static int print_exit_codes(bool as_json)
{
	const char *cell[EXITS_MAX][2];
	size_t      n = 0;

	if (as_json)
		return help_exits();
	for (; n < exit_meanings_count && n < EXITS_MAX; n++) {
		cell[n][0] = exit_meanings[n].code;
		cell[n][1] = exit_meanings[n].what;
	}
	columns_print(stdout, 2, &cell[0][0], 2, n);
	return EXIT_OK;
}

/* In the order of the table, whatever the order of the letters. */
static bool has_option(const struct command *c, const struct command_option *o)
{
	return strchr(c->options, o->letter) != NULL && o->what != NULL;
}

static const char *option_name(const struct command_option *o, char *out,
                               size_t size)
{
	snprintf(out, size, "--%s%s%s", o->name, o->takes != NULL ? " " : "",
	         o->takes != NULL ? o->takes : "");
	return out;
}

const char *command_usage(const struct command *c, char *out, size_t size)
{
	char   option[64];
	size_t used = text_copy(out, size, c->name);

	for (size_t i = 0; i < command_options_count && used < size; i++)
		if (has_option(c, &command_options[i]))
			used += (size_t)snprintf(
				out + used, size - used, " [%s]",
				option_name(&command_options[i], option,
				            sizeof option));
	if (c->takes[0] != '\0' && used < size)
		snprintf(out + used, size - used, " %s", c->takes);
	return out;
}

static void print_usage(FILE *out, const struct command *c)
{
	char usage[USAGE_MAX];

	fprintf(out, "usage: pqs %s\n", command_usage(c, usage, sizeof usage));
}

static void print_options(const struct command *c)
{
	char        name[OPTIONS_MAX][64];
	const char *cell[OPTIONS_MAX][2];
	size_t      n = 0;

	for (size_t i = 0; i < command_options_count && n < OPTIONS_MAX; i++) {
		const struct command_option *o = &command_options[i];

		if (!has_option(c, o))
			continue;
		cell[n][0] = option_name(o, name[n], sizeof name[n]);
		cell[n++][1] = o->what;
	}
	if (n > 0)
		fputc('\n', stdout);
	columns_print(stdout, 2, &cell[0][0], 2, n);
}

/* Prints the help page of one command on standard output: EXIT_OK, or
 * EXIT_USAGE when there is none of that name. */
static int command_help_on(const char *name)
{
	const struct command *c = command_find(name);

	if (c == NULL || c->what == NULL)
		return EXIT_USAGE;
	print_usage(stdout, c);
	printf("\n%s.\n", c->what);
	if (c->text[0] != '\0')
		printf("\n%s", c->text);
	print_options(c);
	return EXIT_OK;
}

int command_misused(const char *name, const char *format, ...)
{
	const struct command *c = command_find(name);
	va_list               args;

	fprintf(stderr, "pqs %s: ", name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (c != NULL && c->takes != NULL)
		print_usage(stderr, c);
	return EXIT_USAGE;
}

static int unknown(const char *name)
{
	const char *names[COMMANDS_MAX];
	const char *near;
	size_t      n = 0;

	for (size_t i = 0; i < commands_count && n < COMMANDS_MAX; i++)
		if (commands[i].what != NULL)
			names[n++] = commands[i].name;
	near = nearest(name, names, n);
	fprintf(stderr, "pqs: there is no command '%s'", name);
	if (near != NULL)
		fprintf(stderr, "; did you mean '%s'?", near);
	fputs("\n", stderr);
	return EXIT_USAGE;
}

int command_help(int argc, char **argv)
{
	static struct start   s;
	const struct command *c;
	int                   code = start_options(&s, argc, argv);

	if (code != EXIT_OK)
		return code;
	if (s.rest_count < 1 && s.json)
		return help_commands();
	if (s.rest_count < 1) {
		print_list(stdout);
		return EXIT_OK;
	}
	if (strcmp(s.rest[0], "exit") == 0)
		return print_exit_codes(s.json);
	c = command_find(s.rest[0]);
	if (c == NULL || c->what == NULL)
		return unknown(s.rest[0]);
	return s.json ? help_command(c) : command_help_on(c->name);
}

int command_version(int argc, char **argv)
{
	static struct start s;
	int                 code = start_options(&s, argc, argv);

	if (code == EXIT_OK && s.rest_count > 0)
		code = command_misused(argv[0], "takes nothing, not '%s'",
		                       s.rest[0]);
	if (code == EXIT_OK)
		puts(s.json ? "{\"version\":\"" PQS_VERSION "\"}"
		            : "pqs " PQS_VERSION);
	return code;
}

static bool takes_value(const struct command *c, const char *word)
{
	for (size_t i = 0; i < command_options_count; i++) {
		const struct command_option *o = &command_options[i];

		if (has_option(c, o) && strcmp(word + 2, o->name) == 0)
			return o->takes != NULL;
	}
	return false;
}

/* --help anywhere before a "--" asks about the command; behind the name of
 * another program it is that program's. */
static bool asks_for_help(const struct command *c, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
		if (c->run != command_exec)
			continue;
		if (argv[i][0] != '-')
			return false;
		i += strncmp(argv[i], "--", 2) == 0 && takes_value(c, argv[i]);
	}
	return false;
}

int command_main(int argc, char **argv)
{
	const struct command *c;
	char                  version[] = "version";
	char                 *words[] = { version, NULL };

	if (argc < 2) {
		print_list(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_list(stdout);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0)
		return command_version(1, words);
	c = command_find(argv[1]);
	if (c == NULL)
		return unknown(argv[1]);
	if (c->what != NULL && asks_for_help(c, argc - 1, argv + 1))
		return command_help_on(c->name);
	return c->run(argc - 1, argv + 1);
}
