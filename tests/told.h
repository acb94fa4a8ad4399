/* told.h -- what a command prints. */
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

#include <stdio.h>

#include <unistd.h>

#include "command/columns.h"
#include "command/command.h"
#include "command/reference.h"
#include "config/schema.h"
#include "json_valid.h"

#define TOLD_MAX 65536

static char told[TOLD_MAX];

/* What the command prints, stdout and stderr, in told; its exit code. */
static inline int ask(int (*command)(int argc, char **argv), const char *name,
                      const char *first, const char *second)
{
	char  words[3][64];
	char *argv[4] = { NULL };
	int   argc = 0, ends[2], code;
	FILE *file = tmpfile();

	for (const char *w = name; w != NULL;
	     w = argc == 1 ? first : argc == 2 ? second : NULL) {
		snprintf(words[argc], sizeof words[argc], "%s", w);
		argv[argc] = words[argc];
		argc++;
	}
	fflush(NULL);
	ends[0] = dup(STDOUT_FILENO);
	ends[1] = dup(STDERR_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	code = command(argc, argv);
	fflush(NULL);
	dup2(ends[0], STDOUT_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[0]);
	close(ends[1]);
	rewind(file);
	told[fread(told, 1, sizeof told - 1, file)] = '\0';
	fclose(file);
	return code;
}

#endif
