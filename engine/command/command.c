/* command.c -- the list of commands, and help about them. */

#include "command/command.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

static int help(int argc, char **argv);
static int version(int argc, char **argv);

static const struct command commands[] = {
	{ "run", "[--observe] [--config FILE] [--log text|json] [RULES...]",
	  "apply rules to everything that runs, until told to stop",
	  "Runs in the foreground.  RULES are rule files or folders; without any,\n"
	  "the folders that pqs.yaml names.  Prints one line for each change and a\n"
	  "summary at the end.  SIGINT, SIGTERM and SIGHUP end it, and every value is\n"
	  "put back first.\n\n"
	  "  --observe       decide and print, but turn nothing\n"
	  "  --config FILE   read FILE instead of /etc/pqs/pqs.yaml or\n"
	  "                  ~/.config/pqs/pqs.yaml (none is needed)\n"
	  "  --log json      JSON lines instead of text\n\n"
	  "Without root it works on your own processes, as far as the system lets\n"
	  "you put back what is changed.\n", command_run },
	{ "check", "[--config FILE] [--json] [RULES...]",
	  "read rules and say what is wrong with them, turning nothing",
	  "Each mistake is one line: file:line: what is wrong, and the nearest\n"
	  "right thing.  Folders are searched for *.lua, without *.test.lua.\n",
	  command_check },
	{ "test", "[--filter TEXT] [PATHS...]",
	  "run the *.test.lua files beside rules, on a simulated machine",
	  "A test file is run with the rules of its own folder.  Time is virtual:\n"
	  "sim:pass \"10min\" takes no time.\n", command_test },
	{ "explain", "[--config FILE] PID[/TID] [RULES...]",
	  "say what the rules want of one task, who won, and what it has now",
	  "Prints the facts that rules looked at, every rule that matched, who won\n"
	  "each setting and who lost, the wanted and the present value, and what a\n"
	  "change would do.  Turns nothing.\n", command_explain },
	{ "doctor", "[--config FILE] [--json]",
	  "say of every setting whether it works on this machine",
	  "Tries each setting on a process of its own and reads it back: works\n"
	  "here, needs what, or does nothing because.\n", command_doctor },
	{ "undo", "[--config FILE] [--log text|json]",
	  "put back what a pqs that died had changed",
	  "Works from the journal.  A value that somebody else has changed since is\n"
	  "left alone and reported (exit 3).\n", command_undo },
	{ "version", "", "print the version", "", version },
	{ "help", "[COMMAND | exit]", "print this list, or all about one command",
	  "", help },
	/* Started by the keeper; not for people. */
	{ "core", NULL, NULL, "", command_core },
};

#define COMMANDS (sizeof commands / sizeof commands[0])

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void print_list(FILE *out)
{
	fputs("pqs -- programmable quality of service for processes and threads"
	      "\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].what != NULL)
			fprintf(out, "  pqs %-8s  %s\n", commands[i].name,
			        commands[i].what);
	fputs("\n'pqs help COMMAND' or 'pqs COMMAND --help' says more.\n", out);
}

static int print_exit_codes(void)
{
	puts("  0  done\n"
	     "  1  rules, configuration or tests are wrong\n"
	     "  2  the command line is wrong\n"
	     "  3  something could not be put back\n"
	     "  4  the system refused what is needed\n"
	     " 70  the core or the sealed rules program could not be started\n"
	     "128+n  ended by signal n");
	return EXIT_OK;
}

/* Nothing behind the name when it takes nothing. */
static void print_usage(FILE *out, const struct command *c)
{
	fprintf(out, "usage: pqs %s%s%s\n", c->name,
	        c->takes[0] != '\0' ? " " : "", c->takes);
}

int command_help_on(const char *name)
{
	const struct command *c = find(name);

	if (c == NULL || c->what == NULL)
		return EXIT_USAGE;
	print_usage(stdout, c);
	printf("\n%s.\n", c->what);
	if (c->text[0] != '\0')
		printf("\n%s", c->text);
	return EXIT_OK;
}

int command_misused(const char *name, const char *format, ...)
{
	const struct command *c = find(name);
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
	const char *names[COMMANDS];
	const char *near;
	size_t      n = 0;

	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].what != NULL)
			names[n++] = commands[i].name;
	near = nearest(name, names, n);
	fprintf(stderr, "pqs: there is no command '%s'", name);
	if (near != NULL)
		fprintf(stderr, "; did you mean '%s'?", near);
	fputs("\n", stderr);
	return EXIT_USAGE;
}

static int help(int argc, char **argv)
{
	if (argc < 2) {
		print_list(stdout);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "exit") == 0)
		return print_exit_codes();
	return command_help_on(argv[1]) == EXIT_OK ? EXIT_OK : unknown(argv[1]);
}

static int version(int argc, char **argv)
{
	if (argc > 1)
		return command_misused(argv[0], "takes nothing, not '%s'",
		                       argv[1]);
	puts("pqs " PQS_VERSION);
	return EXIT_OK;
}

/* --help anywhere before a "--" asks about the command. */
static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

int command_main(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		print_list(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(1, argv);
	if (strcmp(argv[1], "--version") == 0)
		return version(1, argv);
	c = find(argv[1]);
	if (c == NULL)
		return unknown(argv[1]);
	if (c->what != NULL && asks_for_help(argc - 1, argv + 1))
		return command_help_on(c->name);
	return c->run(argc - 1, argv + 1);
}
