/* order.c -- 'pqs set', 'pqs focus', and 'pqs undo' of a running pqs. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "command/ask.h"
#include "command/command.h"

static const char *text(const struct json_object *row, const char *key)
{
	const char *t = json_find_text(row, key);

	return t != NULL ? t : "";
}

/* A setting that is not in force; an intent is told by its knobs. */
static bool is_missing(const struct json_object *row)
{
	return strcmp(text(row, "row"), "setting") == 0 &&
	       json_find(row, "wanted") != NULL &&
	       (json_find(row, "now") != NULL ||
	        json_find(row, "effect") != NULL) &&
	       json_find_number(row, "in_force", 0) == 0;
}

static void look_at_row(struct asking *a, const struct json_object *row)
{
	*(bool *)a->own |= is_missing(row);
}

static void print_setting(const struct json_object *row)
{
	bool in_force = json_find_number(row, "in_force", 0) != 0;

	if (json_find(row, "now") == NULL && json_find(row, "effect") == NULL)
		return;                 /* an intent: its knobs are told      */
	printf("%-14s %s by %s%s%s%s", text(row, "setting"),
	       json_find(row, "wanted") ? text(row, "wanted") : "left alone",
	       text(row, "rule"), json_find(row, "now") ? ", now " : "",
	       text(row, "now"), in_force ? "" : ", not in force");
	if (text(row, "held_by")[0] != '\0')
		printf(", held by %s", text(row, "held_by"));
	if (text(row, "why")[0] != '\0')
		printf(", %s (%s)", text(row, "effect"), text(row, "why"));
	puts("");
}

static void print_row(struct asking *a, const struct json_object *row)
{
	const char *kind = text(row, "row");

	(void)a;
	if (strcmp(kind, "change") == 0)
		log_print_change(row);
	else if (strcmp(kind, "setting") == 0)
		print_setting(row);
	else if (strcmp(kind, "silenced") == 0)
		printf("%s (%s:%" PRId64 ") is not heard until rules are loaded "
		       "again\n", text(row, "rule"), text(row, "file"),
		       json_find_number(row, "line", 0));
	else if (strcmp(kind, "undone") == 0 &&
	         json_find_number(row, "all", 0) != 0)
		puts("no rule is heard until rules are loaded again, and what "
		     "was set by hand is over");
	else if (strcmp(kind, "focused") == 0)
		printf("process %" PRId64 " is the one that is looked at\n",
		       json_find_number(row, "pid", 0));
	else if (strcmp(kind, "undone") == 0)
		printf("process %" PRId64 " is left alone until its next exec\n",
		       json_find_number(row, "pid", 0));
}

static int add_task(struct asking *a, const char *name, const char *word,
                    bool threads)
{
	struct task_id id;

	if (ask_task(word, &id) < 0 || (!threads && task_id_is_thread(id)))
		return command_misused(name, threads
		                       ? "'%s' is no PID and no PID/TID"
		                       : "'%s' is no PID", word);
	json_number(&a->json, "pid", id.pid);
	if (task_id_is_thread(id))
		json_number(&a->json, "tid", task_id_known(id).tid);
	return EXIT_OK;
}

static int add_settings(struct asking *a, const char *name)
{
	int64_t keep_ns;

	json_list_begin(&a->json, "set");
	for (int i = 1; i < a->start.rest_count; i++)
		json_item_text(&a->json, a->start.rest[i]);
	json_list_end(&a->json);
	if (a->start.tree)
		json_bool(&a->json, "tree", true);
	if (a->start.keep == NULL)
		return EXIT_OK;
	if (text_duration(a->start.keep, &keep_ns) < 0 || keep_ns <= 0)
		return command_misused(name, "--keep takes a time such as "
		                       "10min, not '%s'", a->start.keep);
	json_number(&a->json, "keep_ns", keep_ns);
	return EXIT_OK;
}

static int ask_it(struct asking *a, int code)
{
	bool missing = false;

	if (code == EXIT_OK)
		code = ask_open(a);
	if (code == EXIT_OK) {
		a->row = print_row;
		a->look = look_at_row;
		/* cppcheck-suppress autoVariables -- until ask_end() */
		a->own = &missing;
		code = ask_end(a);
	}
	ask_close(a);
	return code == EXIT_OK && missing ? EXIT_SYSTEM : code;
}

int command_set(int argc, char **argv)
{
	static struct asking a;
	int code = ask_options(&a, argc, argv);

	if (code == EXIT_OK && a.start.rest_count < 2)
		code = command_misused(argv[0], "whom, and what? PID NAME=VALUE");
	ask_begin(&a, "set");
	if (code == EXIT_OK)
		code = add_task(&a, argv[0], a.start.rest[0], true);
	if (code == EXIT_OK)
		code = add_settings(&a, argv[0]);
	return ask_it(&a, code);
}

int command_focus(int argc, char **argv)
{
	static struct asking a;
	int code = ask_options(&a, argc, argv);

	if (code == EXIT_OK && a.start.rest_count != 1)
		code = command_misused(argv[0], "whom? give one PID");
	ask_begin(&a, "focus");
	if (code == EXIT_OK)
		code = add_task(&a, argv[0], a.start.rest[0], false);
	return ask_it(&a, code);
}

int order_undo_living(int argc, char **argv)
{
	static struct asking a;
	int code = ask_options(&a, argc, argv);
	const struct start *s = &a.start;

	ask_begin(&a, "undo");
	if (code == EXIT_OK &&
	    s->rest_count + s->all + (s->rule != NULL) != 1)
		code = command_misused(argv[0], "one of PID, --rule and --all");
	else if (code == EXIT_OK && s->rest_count == 1)
		code = add_task(&a, argv[0], s->rest[0], false);
	else if (code == EXIT_OK && s->all)
		json_bool(&a.json, "all", true);
	else if (code == EXIT_OK)
		json_text(&a.json, "rule", s->rule);
	code = ask_it(&a, code);
	if (code == EXIT_NOBODY)
		fputs("'pqs undo' alone puts back what one that died had left\n",
		      stderr);
	return code;
}
