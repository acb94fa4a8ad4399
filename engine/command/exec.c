/* exec.c -- 'pqs exec': a command that has its settings before its first
 * instruction.
 *
 * They are set on this very process, which then becomes the command: so there
 * is no moment at which it runs without them.
 */

#include "command/exec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "command/command.h"

#define LINE_BYTES  1024
#define PAIR_BYTES  64

static int refuse(const char *format, const char *name)
{
	fputs("pqs exec: ", stderr);
	fprintf(stderr, format, name);
	fputs("\n", stderr);
	return EXIT_NOT_RUN;
}

void exec_tell(struct exec *x, enum setting s, const char *wanted,
               const char *now, bool had, const char *why)
{
	char        line[LINE_BYTES];
	struct json j;

	x->told |= SETTING_BIT(s);
	x->missing |= !had;
	if (x->json) {
		json_begin(&j, line, sizeof line);
		json_text(&j, "row", "setting");
		json_text(&j, "setting", setting_rows[s].name);
		json_text(&j, "wanted", wanted);
		if (now != NULL)
			json_text(&j, "now", now);
		json_bool(&j, "in_force", had);
		json_text(&j, "why", why);
		if (json_end(&j) > 0)
			fwrite(line, 1, j.used, stderr);
	} else if (!had) {
		fprintf(stderr, "pqs exec: %s = %s cannot be had%s%s%s%s\n",
		        setting_rows[s].name, wanted,
		        now != NULL ? ", it is " : "", now != NULL ? now : "",
		        why[0] != '\0' ? ": " : "", why);
	}
}

/* What can be a command's, from its start to its end. */
static const char *unfit(enum setting s)
{
	const struct setting_row *row = &setting_rows[s];

	if (s == SETTING_freeze)
		return "'%s' would hold it before it begins; 'pqs set PID "
		       "freeze=true' holds what runs";
	if (!row->undoable)
		return "'%s' is done once; it cannot be set for a time";
	if (row->kind == SETTING_KIND_PART)
		return "'%s' is part of sched: --set sched=fifo:10";
	return NULL;
}

/* For single threads: of a command that is the one that it begins with. */
static bool is_of_thread(enum setting s)
{
	return s == SETTING_realtime || s == SETTING_precedence;
}

static int read_pair(struct exec *x, const char *pair)
{
	const char  *equals = strchr(pair, '='), *near, *why;
	char         name[PAIR_BYTES], takes[VALUE_TEXT_MAX];
	enum setting s;
	int64_t      value;

	if (equals == NULL)
		return refuse("'%s' is no NAME=VALUE", pair);
	text_copy_bytes(name, sizeof name, pair, (size_t)(equals - pair));
	if (setting_find(name, &s) < 0) {
		near = setting_nearest(name);
		fprintf(stderr, "pqs exec: there is no setting '%s'%s%s%s\n",
		        name, near != NULL ? "; did you mean '" : "",
		        near != NULL ? near : "", near != NULL ? "'?" : "");
		return EXIT_NOT_RUN;
	}
	why = unfit(s);
	if (why != NULL)
		return refuse(why, name);
	if (setting_parse(s, equals + 1, x->asking.start.sets, &value) < 0 ||
	    value == VALUE_UNTOUCHED) {
		fprintf(stderr, "pqs exec: '%s' takes %s, not '%s'\n", name,
		        setting_takes(s, takes, sizeof takes), equals + 1);
		return EXIT_NOT_RUN;
	}
	want_set(is_of_thread(s) ? &x->own : &x->want, s, value);
	return EXIT_OK;
}

static int read_all(struct exec *x, char *qos, size_t size)
{
	struct start *s = &x->asking.start;
	int           code = EXIT_OK;

	if (s->qos != NULL) {
		snprintf(qos, size, "qos=%s", s->qos);
		code = read_pair(x, qos);
	}
	for (int i = 0; i < s->set_count && code == EXIT_OK; i++)
		code = read_pair(x, s->set[i]);
	return code;
}

static const char *text_of(const struct json_object *row, const char *key)
{
	const char *t = json_find_text(row, key);

	return t != NULL ? t : "";
}

/* What a cap leaves is told as what was asked for. */
static const char *asked_of(const struct exec *x, enum setting s,
                            const struct json_object *row, char *out,
                            size_t size)
{
	struct want w = *x->asked;

	intents_expand(&x->asking.start.config.intents, &w);
	return want_has(&w, s)
	       ? setting_print(s, w.value[s], x->asking.start.sets, out, size)
	       : text_of(row, "wanted");
}

/* A pqs without rights cannot put back all that it could set, nor see all that
 * this process may set on itself, for good. */
static bool is_beyond_pqs(const struct json_object *row)
{
	return strcmp(text_of(row, "why"), ACTUATOR_FOR_GOOD) == 0 ||
	       strcmp(text_of(row, "effect"), "unknown") == 0;
}

static void look_at_row(struct asking *a, const struct json_object *row)
{
	struct exec *x = a->own;
	const char  *held = text_of(row, "held_by"), *why = text_of(row, "why");
	bool         had = json_find_number(row, "in_force", 0) != 0;
	char         by[LINE_BYTES / 4], asked[VALUE_TEXT_MAX];
	enum setting s;
	int64_t      value;

	/* An intent is told by its knobs. */
	if (strcmp(text_of(row, "row"), "setting") != 0 ||
	    (json_find(row, "in_force") == NULL &&
	     json_find(row, "effect") == NULL) ||
	    setting_find(text_of(row, "setting"), &s) < 0)
		return;
	snprintf(by, sizeof by, "%s%s", held[0] != '\0' ? "held by " : "",
	         held[0] != '\0' ? held : why);
	if (!had && held[0] == '\0' && is_beyond_pqs(row) &&
	    setting_parse(s, text_of(row, "wanted"), a->start.sets,
	                  &value) == 0) {
		want_set(&x->for_good, s, value);
		x->told |= SETTING_BIT(s);
		return;
	}
	exec_tell(x, s, asked_of(x, s, row, asked, sizeof asked),
	          json_find_text(row, "now"), had && held[0] == '\0', by);
}

static bool pair_is_of_thread(const char *pair)
{
	char         name[PAIR_BYTES];
	enum setting s;

	text_copy_bytes(name, sizeof name, pair, strcspn(pair, "="));
	return setting_find(name, &s) == 0 && is_of_thread(s);
}

static void write_request(struct exec *x, const char *qos)
{
	struct asking *a = &x->asking;
	bool           thread = x->asked == &x->own;

	ask_begin(a, "set");
	json_number(&a->json, "pid", getpid());
	if (thread)
		json_number(&a->json, "tid", getpid());
	json_list_begin(&a->json, "set");
	if (a->start.qos != NULL && !thread)
		json_item_text(&a->json, qos);
	for (int i = 0; i < a->start.set_count; i++)
		if (pair_is_of_thread(a->start.set[i]) == thread)
			json_item_text(&a->json, a->start.set[i]);
	json_list_end(&a->json);
	if (!thread)
		json_bool(&a->json, "tree", true);
}

/* An intent that stands for knobs is answered by these. */
static bool is_heard(const struct exec *x, enum setting s)
{
	const struct want *row;
	uint64_t           knobs = intent_knobs(
		&x->asking.start.config.intents, s, x->asked->value[s], &row);

	if (s == SETTING_precedence)
		knobs |= SETTING_BIT(SETTING_nice);
	return (x->told & (knobs | SETTING_BIT(s))) != 0;
}

/* What was not even answered cannot be had either. */
static void tell_unheard(struct exec *x)
{
	char text[VALUE_TEXT_MAX];

	for (uint64_t left = x->asked->has; left != 0;) {
		enum setting s = setting_take(&left);

		if (is_heard(x, s))
			continue;
		setting_print(s, x->asked->value[s], x->asking.start.sets, text,
		              sizeof text);
		exec_tell(x, s, text, NULL, false,
		          "the running pqs does not say why");
	}
}

static int ask_for(struct exec *x, const struct want *what, const char *qos)
{
	int code;

	if (what->has == 0)
		return EXIT_OK;
	x->asked = what;
	x->told = 0;
	write_request(x, qos);
	x->asking.look = look_at_row;
	code = ask_end(&x->asking);
	if (code == EXIT_OK)
		tell_unheard(x);
	return code;
}

static int ask_running(struct exec *x, const char *qos)
{
	struct asking *a = &x->asking;
	int            code;

	a->quiet = a->start.ask_at == NULL;
	a->own = x;
	code = ask_open(a);
	if (code == EXIT_OK)
		code = ask_for(x, &x->want, qos);
	if (code == EXIT_OK)
		code = ask_for(x, &x->own, qos);
	return code == EXIT_OK && x->for_good.has != 0
	       ? exec_alone(x, &x->for_good) : code;
}

static int become(char **command)
{
	int error;

	execvp(command[0], command);
	error = errno;
	fprintf(stderr, "pqs exec: %s: %s\n", command[0], strerror(error));
	return error == ENOENT ? EXIT_NO_COMMAND : EXIT_CANNOT_RUN;
}

static int begin(struct exec *x, int argc, char **argv)
{
	struct start *s = &x->asking.start;
	int           code = ask_options(&x->asking, argc, argv);

	if (code == EXIT_OK && s->sets == NULL)
		code = start_config(s);
	if (code == EXIT_OK && s->rest_count == 0)
		code = command_misused(argv[0], "run what?");
	else if (code == EXIT_OK && s->qos == NULL && s->set_count == 0)
		code = command_misused(argv[0], "with what? --qos CLASS or "
		                       "--set NAME=VALUE");
	x->json = s->json;
	s->json = false;                /* standard output is the command's   */
	return code;
}

int command_exec(int argc, char **argv)
{
	static struct exec x;
	char               qos[PAIR_BYTES + 64];
	char             **command;
	int                code = begin(&x, argc, argv);
	bool               go;

	if (code == EXIT_OK)
		code = read_all(&x, qos, sizeof qos);
	if (code != EXIT_OK) {
		ask_close(&x.asking);
		return EXIT_NOT_RUN;
	}
	code = ask_running(&x, qos);
	if (code == EXIT_NOBODY && x.asking.start.ask_at == NULL)
		code = exec_alone(&x, NULL);
	go = (code == EXIT_OK && !x.missing) || x.asking.start.best_effort;
	command = x.asking.start.rest;
	ask_close(&x.asking);
	if (!go && code == EXIT_OK)
		fputs("pqs exec: the command was not run; --best-effort runs "
		      "it without\n", stderr);
	fflush(NULL);
	return go ? become(command) : EXIT_NOT_RUN;
}
