/* help.c -- the table of commands as JSON, for programs that offer them. */

#include "command/help.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

#define LINE_BYTES  8192
#define USAGE_BYTES 256

static void put_options(struct json *j, const struct command *c)
{
	json_list_begin(j, "options");
	for (size_t i = 0; i < command_options_count; i++) {
		const struct command_option *o = &command_options[i];

		if (strchr(c->options, o->letter) == NULL || o->what == NULL)
			continue;
		json_item_begin(j);
		json_text(j, "option", o->name);
		json_text(j, "takes", o->takes);
		json_text(j, "does", o->what);
		json_item_end(j);
	}
	json_list_end(j);
}

int help_command(const struct command *c)
{
	char        line[LINE_BYTES], usage[USAGE_BYTES];
	struct json j;

	json_begin(&j, line, sizeof line);
	json_text(&j, "row", "command");
	json_text(&j, "command", c->name);
	json_text(&j, "usage", command_usage(c, usage, sizeof usage));
	json_text(&j, "does", c->what);
	json_text(&j, "text", c->text);
	put_options(&j, c);
	if (json_end(&j) < 0)
		return EXIT_SYSTEM;
	fwrite(line, 1, j.used, stdout);
	return EXIT_OK;
}

int help_commands(void)
{
	int code = EXIT_OK;

	for (size_t i = 0; i < commands_count && code == EXIT_OK; i++)
		if (commands[i].what != NULL)
			code = help_command(&commands[i]);
	return code;
}

int help_exits(void)
{
	char        line[LINE_BYTES];
	struct json j;

	for (size_t i = 0; i < exit_meanings_count; i++) {
		json_begin(&j, line, sizeof line);
		json_text(&j, "row", "exit");
		json_text(&j, "code", exit_meanings[i].code);
		json_text(&j, "means", exit_meanings[i].what);
		if (json_end(&j) > 0)
			fwrite(line, 1, j.used, stdout);
	}
	return EXIT_OK;
}
