/* reload.c -- 'pqs reload' and 'pqs rollback': other rules for
 * the running pqs. */

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

static int64_t number(const struct json_object *row, const char *key)
{
	return json_find_number(row, key, 0);
}

static void print_clean(const char *what)
{
	char clean[2048];

	text_copy(clean, sizeof clean, what);
	text_clean(clean);
	fputs(clean, stdout);
}

static void print_difference(const struct json_object *row)
{
	print_clean(text(row, "name"));
	printf("[%" PRId64, number(row, "pid"));
	if (number(row, "tid") != number(row, "pid") || number(row, "main"))
		printf("/%" PRId64, number(row, "tid"));
	printf("]  %s  %s -> %s", text(row, "setting"),
	       json_find_text(row, "before") ? text(row, "before")
	                                     : "its own",
	       json_find_text(row, "after") ? text(row, "after") : "its own");
	printf("  by ");
	print_clean(text(row, "rule"));
	if (number(row, "line") > 0)
		printf(" (%s:%" PRId64 ")", text(row, "file"),
		       number(row, "line"));
	puts("");
}

static void print_end(const struct json_object *row)
{
	const char *ended = text(row, "ended");

	if (strcmp(ended, "compared") == 0)
		printf("%" PRId64 " rules would change %" PRId64 " of %" PRId64
		       " tasks; nothing was changed\n", number(row, "rules"),
		       number(row, "differ"), number(row, "compared"));
	else if (strcmp(ended, "in force") == 0)
		printf("generation %" PRId64 " is in force\n",
		       number(row, "generation"));
	else
		printf("%s: generation %" PRId64 " stays in force\n", ended,
		       number(row, "generation"));
	if (number(row, "undecided") > 0)
		printf("of %" PRId64 " tasks it is not known yet\n",
		       number(row, "undecided"));
}

static void print_row(struct asking *a, const struct json_object *row)
{
	(void)a;
	if (strcmp(text(row, "row"), "difference") == 0) {
		print_difference(row);
	} else if (strcmp(text(row, "row"), "why") == 0) {
		print_clean(text(row, "text"));
		puts("");
	} else if (strcmp(text(row, "row"), "reload") == 0) {
		print_end(row);
	}
}

static void look_at_row(struct asking *a, const struct json_object *row)
{
	const char *ended = text(row, "ended");

	*(bool *)a->own |= strcmp(ended, "refused") == 0 ||
	                   strcmp(ended, "taken back") == 0;
}

static int ask_it(struct asking *a, int code, bool waits)
{
	bool refused = false;

	if (code == EXIT_OK)
		code = ask_open(a);
	if (code == EXIT_OK) {
		a->row = print_row;
		a->look = look_at_row;
		/* cppcheck-suppress autoVariables -- until ask_end() */
		a->own = &refused;
		a->follows = waits;     /* it takes as long as it takes       */
		code = ask_end(a);
	}
	ask_close(a);
	return code == EXIT_OK && refused ? EXIT_WRONG : code;
}

static int add_shadow(struct asking *a, const char *name)
{
	int64_t ns;

	if (a->start.shadow == NULL)
		return EXIT_OK;
	if (text_duration(a->start.shadow, &ns) < 0 || ns <= 0)
		return command_misused(name, "--shadow takes a time such as "
		                       "10min, not '%s'", a->start.shadow);
	json_number(&a->json, "shadow_ns", ns);
	return EXIT_OK;
}

int command_reload(int argc, char **argv)
{
	static struct asking a;
	bool waits;
	int  code = ask_options(&a, argc, argv);

	if (code == EXIT_OK && a.start.rest_count != 0)
		code = command_misused(argv[0], "takes no '%s'; it reads what "
		                       "'pqs run' was given", a.start.rest[0]);
	ask_begin(&a, "reload");
	if (code == EXIT_OK && a.start.wait)
		json_bool(&a.json, "wait", true);
	if (code == EXIT_OK && a.start.dry_run)
		json_bool(&a.json, "dry_run", true);
	if (code == EXIT_OK)
		code = add_shadow(&a, argv[0]);
	waits = a.start.wait || a.start.dry_run || a.start.shadow != NULL;
	code = ask_it(&a, code, waits);
	if (code == EXIT_OK && !waits && !a.start.json)
		puts("rules are read again; 'pqs reload --wait' also says how "
		     "it went");
	return code;
}

int command_rollback(int argc, char **argv)
{
	static struct asking a;
	int64_t n = 0;
	int     code = ask_options(&a, argc, argv);

	if (code == EXIT_OK &&
	    (a.start.rest_count > 1 ||
	     (a.start.rest_count == 1 &&
	      (text_number(a.start.rest[0], &n) < 0 || n < 1))))
		code = command_misused(argv[0], "takes the number of one "
		                       "generation, not '%s'",
		                       a.start.rest[a.start.rest_count - 1]);
	ask_begin(&a, "rollback");
	if (code == EXIT_OK && n > 0)
		json_number(&a.json, "generation", n);
	return ask_it(&a, code, true);
}
