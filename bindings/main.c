/* main.c -- pqs-rules: the program with Lua in it. */

#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct {
	const char *name;
	int       (*run)(int argc, char **argv);
	const char *usage;
} commands[] = {
	{ "check", command_check,
	  "check [--strict] [--json] FILES or FOLDERS...   find mistakes in rule files" },
	{ "test", command_test,
	  "test [--filter TEXT] [FILES or FOLDERS...]   run rule tests" },
	{ "worker", command_worker,
	  "worker                               started by pqs itself" },
};

#define COMMANDS (sizeof commands / sizeof commands[0])

static int usage(FILE *out)
{
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "%s pqs-rules %s\n", i == 0 ? "usage:" : "      ",
		        commands[i].usage);
	return out == stderr ? EXIT_USAGE : 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr);
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return usage(strcmp(argv[1], "--help") == 0 ? stdout : stderr);
}
