/* program.c -- what a simulated process runs. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "os/sim/machine.h"

/* The first that says anything. */
static const char *either(const char *a, const char *b)
{
	return a != NULL && a[0] != '\0' ? a : b;
}

static int program_args(struct program *p, const char *const *args)
{
	size_t at = 0;

	for (size_t i = 0; args[i] != NULL; i++)
		p->line_bytes += strlen(args[i]) + 1;
	p->line = malloc(p->line_bytes + 1);
	if (p->line == NULL)
		return -1;
	for (size_t i = 0; args[i] != NULL; i++) {
		size_t n = strlen(args[i]) + 1;

		memcpy(p->line + at, args[i], n);
		at += n;
	}
	return 0;
}

/* What is not said stays as it was (groups) or follows from the name. */
struct program *program_new(const struct sim_program *from,
                            const struct program *before)
{
	struct program    *p = calloc(1, sizeof *p);
	const char *const  alone[] = { from->name == NULL ? from->exe
	                                                  : from->name, NULL };
	const char        *name;

	if (p == NULL)
		return NULL;
	p->users = 1;
	name = either(from->name, text_base_name(either(from->exe,
	                          either(from->comm, "program"))));
	text_copy(p->name, sizeof p->name, name);
	if (from->exe != NULL)
		text_copy(p->exe, sizeof p->exe, from->exe);
	else
		snprintf(p->exe, sizeof p->exe, "/usr/bin/%s", p->name);
	text_copy(p->cgroup, sizeof p->cgroup,
	          either(from->cgroup, before == NULL ? "/" : before->cgroup));
	text_copy(p->unit, sizeof p->unit,
	          either(from->unit, before == NULL ? "" : before->unit));
	text_copy(p->user, sizeof p->user, either(from->user, ""));
	p->uid = from->uid;
	if (program_args(p, from->args == NULL ? alone : from->args) < 0) {
		free(p);
		return NULL;
	}
	return p;
}

void program_leave(struct program *p)
{
	if (p == NULL || --p->users > 0)
		return;
	free(p->line);
	free(p);
}
