/* list.c -- 'pqs rules': the rules that the running pqs has in force. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "command/ask.h"
#include "command/command.h"

static int64_t number(const struct json_object *row, const char *key)
{
	return json_find_number(row, key, 0);
}

static const char *text(const struct json_object *row, const char *key)
{
	const char *t = json_find_text(row, key);

	return t != NULL ? t : "";
}

static void print_stats(const struct json_object *row)
{
	char cpu[32];

	if (number(row, "matched") == 0 && number(row, "answered") == 0) {
		printf("  never matched");
	} else {
		printf("  matched %" PRId64 ", won %" PRId64,
		       number(row, "matched"), number(row, "won"));
	}
	if (number(row, "function"))
		printf(", answered %" PRId64 " in %s of CPU time",
		       number(row, "answered"),
		       text_print_duration(number(row, "cpu_ns") / 1000 * 1000,
		                           cpu, sizeof cpu));
	if (number(row, "failed") > 0)
		printf(", failed %" PRId64, number(row, "failed"));
}

static void print_row(struct asking *a, const struct json_object *row)
{
	char place[600];

	snprintf(place, sizeof place, "%s:%" PRId64, text(row, "file"),
	         number(row, "line"));
	printf("%-6s  %-32s  %s", text(row, "layer"), text(row, "rule"), place);
	if (text(row, "of")[0] != '\0')
		printf("  of %s", text(row, "of"));
	if (number(row, "silenced"))
		printf("  silenced by 'pqs undo'");
	if (number(row, "switched_off"))
		printf("  switched off");
	if (a->start.stats)
		print_stats(row);
	puts("");
}

int command_rules(int argc, char **argv)
{
	static struct asking a;
	int code = ask_options(&a, argc, argv);

	if (code == EXIT_OK && a.start.rest_count != 0)
		code = command_misused(argv[0], "takes no '%s'; 'pqs check' "
		                       "reads files", a.start.rest[0]);
	if (code == EXIT_OK)
		code = ask_open(&a);
	if (code == EXIT_OK) {
		a.row = print_row;
		ask_begin(&a, "rules");
		code = ask_end(&a);
	}
	ask_close(&a);
	return code;
}
