/* program.c -- what a simulated process runs. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "os/sim/machine.h"
#include "os/unit.h"

/* The first that says anything. */
static const char *either(const char *a, const char *b)
{
	return a != NULL && a[0] != '\0' ? a : b;
}

struct text *text_new(const char *const *list, size_t count)
{
	struct text *t;
	size_t       bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += strlen(list[i]) + 1;
	t = malloc(sizeof *t + bytes);
	if (t == NULL)
		return NULL;
	t->users = 1;
	t->bytes = 0;
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(list[i]) + 1;

		memcpy(t->at + t->bytes, list[i], n);
		t->bytes += n;
	}
	return t;
}

struct text *text_share(struct text *t)
{
	if (t != NULL)
		t->users++;
	return t;
}

void text_leave(struct text *t)
{
	if (t != NULL && --t->users == 0)
		free(t);
}

/* Up to a NULL, which may be all there is. */
static struct text *text_of(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return text_new(list, n);
}

/* Each exec has arguments of its own; the environment is passed on. */
static int program_texts(struct program *p, const struct sim_program *from,
                         const char *const *args,
                         const struct program *before)
{
	p->line = text_of(args);
	if (from->env == NULL && before != NULL)
		p->env = text_share(before->env);
	else
		p->env = text_of(from->env);
	return p->line == NULL || p->env == NULL ? -1 : 0;
}

/* A unit's name is in its group's path; one that is said goes before. */
static void program_unit(struct program *p, const struct sim_program *from,
                         const struct program *before)
{
	p->unit[0] = '\0';
	if (from->unit == NULL && from->cgroup != NULL)
		(void)unit_of_cgroup(from->cgroup, p->unit, sizeof p->unit);
	else
		text_copy(p->unit, sizeof p->unit,
		          either(from->unit,
		                 before == NULL ? "" : before->unit));
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
	program_unit(p, from, before);
	text_copy(p->user, sizeof p->user, either(from->user, ""));
	text_copy(p->group, sizeof p->group, either(from->group, ""));
	p->uid = from->uid;
	p->gid = from->gid;
	p->foreign = from->foreign;
	if (program_texts(p, from, from->args == NULL ? alone : from->args,
	                  before) < 0) {
		program_leave(p);
		return NULL;
	}
	return p;
}

void program_leave(struct program *p)
{
	if (p == NULL || --p->users > 0)
		return;
	text_leave(p->line);
	text_leave(p->env);
	free(p);
}
