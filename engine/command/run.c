/* run.c -- 'pqs run': starts a keeper, which starts the rest. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/start.h"
#include "keeper/keeper.h"
#include "model/interned.h"

#define SELF "/proc/self/exe"

/* Its own path, so that the core and the undo are called what they are; the
 * link where the file was replaced meanwhile. */
static void own_path(char *path, size_t size)
{
	ssize_t n = readlink(SELF, path, size - 1);

	path[n > 0 ? n : 0] = '\0';
	if (access(path, X_OK) != 0)
		snprintf(path, size, SELF);
}

/* pqs core --keeper-fd 3 <the same options and rules> */
static char **core_argv(const char *self, int argc, char **argv)
{
	char **a = calloc((size_t)argc + 4, sizeof *a);
	int    n = 0;

	if (a == NULL)
		return NULL;
	a[n++] = strdup(self);
	a[n++] = strdup("core");
	a[n++] = strdup("--keeper-fd");
	a[n++] = strdup("3");
	for (int i = 1; i < argc; i++)
		a[n++] = strdup(argv[i]);
	return a;
}

int command_run(int argc, char **argv)
{
	static char  self[CONFIG_PATH_MAX], word[] = "undo", option[] = "--config";
	char        *undo[] = { self, word, NULL, NULL, NULL };
	struct start s;
	char       **core;
	int          code;

	own_path(self, sizeof self);
	core = core_argv(self, argc, argv);
	code = start_options(&s, argc, argv);
	if (code == EXIT_OK && core == NULL)
		code = EXIT_SYSTEM;
	if (code == EXIT_OK)            /* say what is wrong before forking   */
		code = start_config(&s);
	if (code == EXIT_OK)
		code = start_worker_user(&s);
	if (code == EXIT_OK)
		code = start_gate(&s, &(struct linux_gate){ .path = NULL });
	if (code == EXIT_OK) {
		struct keeper_plan plan = {
			.core_argv = core, .undo_argv = undo,
			.worker_user = s.config.worker.user,
			.users_rules = start_users_rules(&s),
			.guard = start_guard(&s),
		};

		linux_people(&plan.users_low, &plan.users_high);

		if (s.config_path != NULL) {
			undo[2] = option;
			undo[3] = s.config_path;
		}
		code = keeper_run(&plan);
	}
	start_clear(&s);
	for (int i = 0; core != NULL && core[i] != NULL; i++)
		free(core[i]);
	free(core);
	return code;
}
