/* completion.c -- what a shell completes after 'pqs', from the tables.
 *
 * What stands for an operand decides what is offered: the names of a command,
 * of facts or of settings, processes, or files.
 */

#include <stdbool.h>
#include <string.h>

#include "command/command.h"
#include "model/facts.h"
#include "model/host.h"
#include "model/setting.h"
#include "pages.h"

static bool is_for_people(const struct command *c)
{
	return c->what != NULL;
}

static bool takes_option(const struct command *c,
                         const struct command_option *o)
{
	return o->what != NULL && strchr(c->options, o->letter) != NULL;
}

static void print_commands(FILE *out)
{
	for (size_t i = 0; i < commands_count; i++)
		if (is_for_people(&commands[i]))
			fprintf(out, "%s ", commands[i].name);
}

/* The names that one of facts and settings is asked for; else nothing. */
static void print_names(FILE *out, const char *command)
{
	if (strcmp(command, "facts") == 0) {
		for (int f = 0; f < FACT_COUNT; f++)
			fprintf(out, "%s ", fact_rows[f].name);
		for (int f = 0; f < HOST_COUNT; f++)
			fprintf(out, "host.%s ", host_rows[f].name);
	} else if (strcmp(command, "settings") == 0) {
		for (int s = 0; s < SETTING_COUNT; s++)
			fprintf(out, "%s ", setting_rows[s].name);
	}
}

static bool has_names(const char *command)
{
	return strcmp(command, "facts") == 0 ||
	       strcmp(command, "settings") == 0;
}

/* "text|json" is a choice of words; FILE is a file, TEXT whatever it is. */
static bool is_choice(const struct command_option *o)
{
	return o->takes != NULL && strchr(o->takes, '|') != NULL;
}

static bool is_file(const struct command_option *o)
{
	return o->takes != NULL && strcmp(o->takes, "FILE") == 0;
}

static void print_choice(FILE *out, const struct command_option *o)
{
	for (const char *c = o->takes; *c != '\0'; c++)
		fputc(*c == '|' ? ' ' : *c, out);
}

/* The value of the option before it; without words the shell offers files. */
static void bash_values(FILE *out)
{
	fputs("\tcase $before in\n", out);
	for (size_t i = 0; i < command_options_count; i++) {
		const struct command_option *o = &command_options[i];

		if (o->takes == NULL || o->what == NULL)
			continue;
		fprintf(out, "\t--%s) ", o->name);
		if (is_choice(o)) {
			fputs("COMPREPLY=($(compgen -W \"", out);
			print_choice(out, o);
			fputs("\" -- \"$word\")); ", out);
		}
		fputs("return;;\n", out);
	}
	fputs("\tesac\n", out);
}

static void bash_command(FILE *out, const struct command *c)
{
	fprintf(out, "\t%s) options=\"", c->name);
	for (size_t i = 0; i < command_options_count; i++)
		if (takes_option(c, &command_options[i]))
			fprintf(out, "--%s ", command_options[i].name);
	fputs("--help\"", out);
	if (has_names(c->name)) {
		fputs(" words=\"", out);
		print_names(out, c->name);
		fputc('"', out);
	} else if (strcmp(c->name, "help") == 0) {
		fputs(" words=\"exit $commands\"", out);
	} else if (strncmp(c->takes, "PID", 3) == 0) {
		fputs(" words=$(cd /proc && echo [0-9]*)", out);
	}
	fputs(";;\n", out);
}

void completion_bash(FILE *out)
{
	fputs("# Made from the tables of pqs; change those.\n"
	      "_pqs()\n{\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]}\n"
	      "\tlocal before=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tCOMPREPLY=()\n"
	      "\tlocal commands=\"", out);
	print_commands(out);
	fputs("\" options= words=\n"
	      "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\tCOMPREPLY=($(compgen -W \"$commands\" -- \"$word\"))\n"
	      "\t\treturn\n"
	      "\tfi\n", out);
	bash_values(out);
	fputs("\tcase ${COMP_WORDS[1]} in\n", out);
	for (size_t i = 0; i < commands_count; i++)
		if (is_for_people(&commands[i]))
			bash_command(out, &commands[i]);
	fputs("\tesac\n"
	      "\tcase $word in\n"
	      "\t-*) words=$options;;\n"
	      "\tesac\n"
	      "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	      "}\n"
	      "complete -o default -F _pqs pqs\n", out);
}

/* Inside single quotes, and not ending what _arguments takes in brackets. */
static void zsh_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\'')
			fputs("'\\''", out);
		else if (strchr("[]:\\", *text) != NULL)
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
}

static void zsh_option(FILE *out, const struct command_option *o)
{
	fprintf(out, " '--%s[", o->name);
	zsh_text(out, o->what);
	fputc(']', out);
	if (o->takes != NULL)
		fputs(":value:", out);
	if (is_choice(o)) {
		fputc('(', out);
		print_choice(out, o);
		fputc(')', out);
	} else if (is_file(o)) {
		fputs("_files", out);
	}
	fputc('\'', out);
}

static void zsh_command(FILE *out, const struct command *c)
{
	fprintf(out, "%s) _arguments", c->name);
	for (size_t i = 0; i < command_options_count; i++)
		if (takes_option(c, &command_options[i]))
			zsh_option(out, &command_options[i]);
	fputs(" '--help[say all about it]'", out);
	if (has_names(c->name)) {
		fputs(" '1:name:(", out);
		print_names(out, c->name);
		fputs(")'", out);
	} else if (strcmp(c->name, "help") == 0) {
		fputs(" '1:command:(exit ", out);
		print_commands(out);
		fputs(")'", out);
	} else if (strncmp(c->takes, "PID", 3) == 0) {
		fputs(" '1:process:_pids' '*:rules:_files'", out);
	} else if (c->takes[0] != '\0') {
		fputs(" '*:file:_files'", out);
	}
	fputs(";;\n", out);
}

void completion_zsh(FILE *out)
{
	fputs("#compdef pqs\n# Made from the tables of pqs; change those.\n"
	      "local -a commands=(\n", out);
	for (size_t i = 0; i < commands_count; i++) {
		if (!is_for_people(&commands[i]))
			continue;
		fprintf(out, "  '%s:", commands[i].name);
		zsh_text(out, commands[i].what);
		fputs("'\n", out);
	}
	fputs(")\n"
	      "if (( CURRENT == 2 )); then\n"
	      "  _describe command commands\n"
	      "  return\n"
	      "fi\n"
	      "shift words\n"
	      "(( CURRENT-- ))\n"
	      "case $words[1] in\n", out);
	for (size_t i = 0; i < commands_count; i++)
		if (is_for_people(&commands[i]))
			zsh_command(out, &commands[i]);
	fputs("esac\n", out);
}

/* Inside single quotes. */
static void fish_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void fish_begin(FILE *out, const struct command *c)
{
	fprintf(out, "complete -c pqs -n '__fish_seen_subcommand_from %s'",
	        c->name);
}

static void fish_option(FILE *out, const struct command *c,
                        const struct command_option *o)
{
	fish_begin(out, c);
	fprintf(out, " -l %s", o->name);
	if (is_file(o))
		fputs(" -rF", out);
	else if (o->takes != NULL)
		fputs(" -x", out);
	if (is_choice(o)) {
		fputs(" -a '", out);
		print_choice(out, o);
		fputc('\'', out);
	}
	fputs(" -d '", out);
	fish_text(out, o->what);
	fputs("'\n", out);
}

static void fish_command(FILE *out, const struct command *c)
{
	for (size_t i = 0; i < command_options_count; i++)
		if (takes_option(c, &command_options[i]))
			fish_option(out, c, &command_options[i]);
	fish_begin(out, c);
	fputs(" -l help -d 'say all about it'\n", out);
	fish_begin(out, c);
	if (has_names(c->name)) {
		fputs(" -f -a '", out);
		print_names(out, c->name);
		fputc('\'', out);
	} else if (strcmp(c->name, "help") == 0) {
		fputs(" -f -a 'exit ", out);
		print_commands(out);
		fputc('\'', out);
	} else if (strncmp(c->takes, "PID", 3) == 0) {
		fputs(" -a '(__fish_complete_pids)'", out);
	} else if (c->takes[0] == '\0') {
		fputs(" -f", out);
	} else {
		fputs(" -F", out);
	}
	fputc('\n', out);
}

void completion_fish(FILE *out)
{
	fputs("# Made from the tables of pqs; change those.\n", out);
	for (size_t i = 0; i < commands_count; i++) {
		if (!is_for_people(&commands[i]))
			continue;
		fprintf(out, "complete -c pqs -f -n __fish_use_subcommand "
		        "-a %s -d '", commands[i].name);
		fish_text(out, commands[i].what);
		fputs("'\n", out);
	}
	for (size_t i = 0; i < commands_count; i++)
		if (is_for_people(&commands[i]))
			fish_command(out, &commands[i]);
}
