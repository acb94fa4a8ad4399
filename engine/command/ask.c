/* ask.c -- asking a running pqs: where it is, what it says, how it refuses. */

#include "command/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "command/command.h"
#include "control/control.h"
#include "model/interned.h"

#define PATIENCE_MS 30000
#define WHY_MAX     8192

int ask_task(const char *text, struct task_id *ret_id)
{
	char    pid[24], *slash;
	int64_t p, t;

	text_copy(pid, sizeof pid, text);
	slash = strchr(pid, '/');
	if (slash != NULL)
		*slash = '\0';
	if (text_number(pid, &p) < 0 || p < 1 || p > INT32_MAX)
		return -EINVAL;
	t = p;
	if (slash != NULL &&
	    (text_number(slash + 1, &t) < 0 || t < 1 || t > INT32_MAX))
		return -EINVAL;
	*ret_id = (struct task_id){ .pid = (pid_t)p, .tid = (pid_t)t };
	if (slash != NULL && t == p)
		*ret_id = task_id_main(*ret_id);
	return 0;
}

int ask_options(struct asking *a, int argc, char **argv)
{
	int code = start_options(&a->start, argc, argv);

	a->client.fd = -1;
	if (code == EXIT_OK && a->start.ask_at == NULL)
		code = start_config(&a->start);
	return code;
}

/* Where root's listens, as far as that may be known to us. */
static void system_socket(char *path, size_t size)
{
	struct config    c;
	struct interned *sets = interned_new();
	char             why[WHY_MAX];

	config_defaults(&c, true);
	if (sets != NULL)
		(void)config_read("/etc/pqs/pqs.yaml", sets, &c, why,
		                  sizeof why);
	interned_free(sets);
	if (c.control.socket[0] != '\0')
		text_copy(path, size, c.control.socket);
	else
		snprintf(path, size, "%s/control.sock", c.journal);
}

static int say_nobody(const struct asking *a, const char *path, int error)
{
	if (a->quiet)
		return EXIT_NOBODY;
	if (error == -ENOENT || error == -ECONNREFUSED || error == -ENOTDIR)
		fprintf(stderr, "pqs: no pqs is running: nobody listens at %s\n",
		        path);
	else if (error == -EPERM)
		fprintf(stderr, "pqs: who listens at %s is neither root nor "
		        "you\n", path);
	else
		fprintf(stderr, "pqs: cannot ask at %s: %s\n", path,
		        strerror(-error));
	fputs("'pqs run' starts one in the foreground; --socket FILE asks "
	      "another.\n", stderr);
	return EXIT_NOBODY;
}

/* A user's own first, then the machine's. */
int ask_open(struct asking *a)
{
	const char *path = a->start.ask_at != NULL ? a->start.ask_at
	                                           : a->start.socket;
	char        other[CONFIG_PATH_MAX + 16];
	int         r = client_open(&a->client, path);

	if (r < 0 && a->start.ask_at == NULL && a->start.config_path == NULL &&
	    geteuid() != 0) {
		system_socket(other, sizeof other);
		path = other;
		r = client_open(&a->client, path);
	}
	return r < 0 ? say_nobody(a, path, r) : EXIT_OK;
}

void ask_begin(struct asking *a, const char *verb)
{
	json_begin(&a->json, a->request, sizeof a->request);
	json_number(&a->json, "pqs", CONTROL_VERSION);
	json_text(&a->json, "ask", verb);
}

static int refused(const char *error, const char *why)
{
	fprintf(stderr, "pqs: %s\n", why != NULL ? why : error);
	if (strcmp(error, "denied") == 0 || strcmp(error, "gone") == 0)
		return EXIT_REFUSED;
	if (strcmp(error, "unknown") == 0 || strcmp(error, "wrong") == 0)
		return EXIT_USAGE;
	return EXIT_SYSTEM;
}

static int lost(int error)
{
	fprintf(stderr, "pqs: the running pqs %s\n",
	        error == -ENODATA ? "ended in the middle of its answer"
	        : error == -ETIMEDOUT ? "does not answer"
	        : strerror(-error));
	return EXIT_SYSTEM;
}

/* -1: there is more to come; else an exit code.  A row is printed before it is
 * read, which changes it. */
static int take_line(struct asking *a, char *line, size_t bytes)
{
	struct json_object o;
	const char        *why = "", *error;
	char               copy[2 * VISIT_ROW_MAX];

	memcpy(copy, line, bytes + 1);
	if (json_read(line, bytes, &o, &why) < 0) {
		fprintf(stderr, "pqs: the answer makes no sense: %s\n", why);
		return EXIT_SYSTEM;
	}
	error = json_find_text(&o, "error");
	if (error != NULL)
		return refused(error, json_find_text(&o, "why"));
	if (json_find(&o, "end") != NULL)
		return EXIT_OK;
	a->rows++;
	if (a->look != NULL)
		a->look(a, &o);
	if (a->start.json)
		puts(copy);
	else if (a->row != NULL)
		a->row(a, &o);
	if (a->follows)
		fflush(stdout);
	return -1;
}

int ask_end(struct asking *a)
{
	int64_t bytes = json_end(&a->json), n;
	char   *line;
	int     code = -1, r;

	if (bytes < 0) {
		fputs("pqs: that is too much to ask at once\n", stderr);
		return EXIT_USAGE;
	}
	/* What it said before it hung up is heard all the same. */
	r = client_say(&a->client, a->request, (size_t)bytes);
	if (r < 0 && r != -EPIPE)
		return lost(r);
	a->rows = 0;
	while (code < 0) {
		n = client_hear(&a->client, a->follows ? -1 : PATIENCE_MS,
		                &line);
		if (n < 0)
			return lost((int)n);
		code = take_line(a, line, (size_t)n);
	}
	return code;
}

void ask_close(struct asking *a)
{
	client_close(&a->client);
	start_clear(&a->start);
}
