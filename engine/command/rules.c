/* rules.c -- 'pqs check' and 'pqs test': the work of pqs-rules, which knows
 * Lua. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/start.h"
#include "command/trial.h"
#include "model/interned.h"
#include "os/linux/host/topology.h"

#define TRIALS_MAX    64
#define CANNOT_BYTES  (TRIAL_TEXT_MAX + 256)

static int become(const char *path, char **argv)
{
	execv(path, argv);
	perror(path);
	return EXIT_SYSTEM;
}

/* Runs "pqs-rules <argv>" in place of this process. */
static int hand_over(char **argv, int argc)
{
	char   path[CONFIG_PATH_MAX];
	char **a;

	if (linux_find_program("pqs-rules", path, sizeof path) < 0) {
		fputs("pqs: there is no pqs-rules beside this program or in "
		      PQS_LIBEXEC "\n", stderr);
		return EXIT_SYSTEM;
	}
	a = calloc((size_t)argc + 2, sizeof *a);
	if (a == NULL)
		return EXIT_SYSTEM;
	a[0] = path;
	for (int i = 0; i < argc; i++)
		a[i + 1] = argv[i];
	argc = become(path, a);
	free(a);
	return argc;
}

/* Each with its layer: a name is unique only within one. */
static void add_configured(struct start *s, char **a, int *n)
{
	static char layers[LAYERS][32];

	for (int layer = 0; layer < LAYERS; layer++) {
		snprintf(layers[layer], sizeof layers[layer], "--layer=%s",
		         layer_name((enum layer)layer));
		a[(*n)++] = layers[layer];
		for (size_t i = 0; i < s->config.rules[layer].count; i++) {
			char *path = s->config.rules[layer].path[i];

			if (access(path, F_OK) == 0)
				a[(*n)++] = path;
		}
	}
}

/* What was named, whatever it begins with. */
static void add_rest(const struct start *s, char **a, int *n)
{
	static char end[] = "--";

	a[(*n)++] = end;
	for (int i = 0; i < s->rest_count; i++)
		a[(*n)++] = s->rest[i];
}

/* "--option=NAME=VALUE" for each that pqs.yaml sets. */
static void add_options(const struct start *s, char **a, int *n)
{
	static char text[RULE_OPTIONS_MAX][OPTION_NAME_MAX + OPTION_VALUE_MAX +
	                                   16];
	static char partial[] = "--partial";

	for (size_t i = 0; i < s->config.options.count; i++) {
		const struct rule_option *o = &s->config.options.option[i];

		snprintf(text[i], sizeof text[i], "--option=%s=%s", o->name,
		         o->value);
		a[(*n)++] = text[i];
	}
	if (s->rest_count > 0)
		a[(*n)++] = partial;
}

/* "--cannot=nice=-5: denied: needs ..." for each setting that was tried here on
 * a process of our own, and did not work. */
static void add_trial(struct start *s, const struct trial *t,
                      const struct actuator *door, char **a, int *n)
{
	static char    text[TRIALS_MAX][CANNOT_BYTES];
	static size_t  used;
	struct finding f;

	if (used == TRIALS_MAX ||
	    trial_run(t, door, &s->config.intents, s->sets, &f) < 0 ||
	    strcmp(f.state, "works") == 0)
		return;
	snprintf(text[used], CANNOT_BYTES, "--cannot=%s=%s: %s%s%s",
	         setting_rows[t->setting].name, f.tried,
	         strcmp(f.state, "partly") == 0 ? "done in part" : f.state,
	         f.because[0] != '\0' ? ": " : "", f.because);
	a[(*n)++] = text[used++];
}

/* "--cpus=0-7" and "--caches=2", if the kernel tells. */
static void add_topology(char **a, int *n)
{
	static struct topology t;
	static char            cpus[ONLINE_TEXT_MAX + 8], caches[32];

	if (topology_read("/sys/devices", &t) < 0)
		return;
	snprintf(cpus, sizeof cpus, "--cpus=%.*s",
	         (int)strcspn(t.online, "\n"), t.online);
	snprintf(caches, sizeof caches, "--caches=%u", t.llcs);
	a[(*n)++] = cpus;
	a[(*n)++] = caches;
}

static void on_note(void *ctx, const char *sentence)
{
	(void)ctx;                      /* 'pqs doctor' tells these           */
	(void)sentence;
}

/* What this machine does is looked at by who may; pqs-rules has no hand that
 * reaches it.  Where even that is refused, rules can be
 * doubted all the same. */
static int add_machine(struct start *s, char **a, int *n)
{
	struct linux_options o;
	struct os            os;
	static char          strict[] = "--strict";

	a[(*n)++] = strict;
	add_topology(a, n);
	if (s->sets == NULL) {          /* pqs.yaml was not asked for         */
		s->sets = interned_new();
		config_defaults(&s->config, geteuid() == 0);
		start_name_groups(s);
	}
	if (s->sets == NULL)
		return EXIT_SYSTEM;
	o = start_linux(s, false);
	if (start_doors(&o, &os, on_note, NULL) != EXIT_OK)
		return EXIT_OK;
	for (size_t i = 0; i < trial_count; i++)
		add_trial(s, &trials[i], &os.actuator, a, n);
	linux_close(&os);
	return EXIT_OK;
}

/* The rules that are named or, without any, those that 'run' would use. */
static int check_these(struct start *s, char **argv)
{
	static char json[] = "--json";
	size_t room = (size_t)s->rest_count +
	              (size_t)LAYERS * (CONFIG_FOLDERS_MAX + 1) +
	              RULE_OPTIONS_MAX + TRIALS_MAX + 8;
	char **a = calloc(room, sizeof *a);
	int    n = 0, code = EXIT_OK;

	if (a == NULL)
		return EXIT_SYSTEM;
	a[n++] = argv[0];
	if (s->json)
		a[n++] = json;
	if (s->strict)
		code = add_machine(s, a, &n);
	add_options(s, a, &n);
	if (s->rest_count == 0)
		add_configured(s, a, &n);
	else
		add_rest(s, a, &n);
	if (code == EXIT_OK)
		code = hand_over(a, n);
	free(a);
	return code;
}

/* An option as it was given, when it was. */
static void add_option(char **a, int *n, char *option, char *value)
{
	if (value == NULL)
		return;
	a[(*n)++] = option;
	a[(*n)++] = value;
}

int command_test(int argc, char **argv)
{
	static char  json[] = "json", filter[] = "--filter", format[] = "--format",
	             output[] = "--output", coverage[] = "--coverage";
	struct start s;
	char       **a;
	int          n = 0, code = start_options(&s, argc, argv);

	if (code != EXIT_OK)
		return code;
	a = calloc((size_t)s.rest_count + 10, sizeof *a);
	if (a == NULL)
		return EXIT_SYSTEM;
	a[n++] = argv[0];
	add_option(a, &n, filter, s.filter);
	add_option(a, &n, format, s.json && s.format == NULL ? json : s.format);
	add_option(a, &n, output, s.output);
	if (s.coverage)
		a[n++] = coverage;
	add_rest(&s, a, &n);
	code = hand_over(a, n);
	free(a);
	return code;
}

int command_check(int argc, char **argv)
{
	struct start s;
	int          code = start_options(&s, argc, argv);

	if (code != EXIT_OK)
		return code;
	if (s.rest_count == 0 || s.config_path != NULL)
		code = start_config(&s);
	if (code == EXIT_OK && s.rest_count == 0)
		code = start_sources(&s, NULL, 0);      /* none: says so */
	if (code == EXIT_OK)
		code = check_these(&s, argv);
	start_clear(&s);
	return code;
}
