/* completion.c -- what a shell completes after 'pqs', from the tables.
 *
 * What stands for a value or an operand decides what is offered: the names of a
 * command, of facts or of settings, service classes, processes, or files.
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

/* What stands for a value or an operand, as --help has it: "text|json" is a
 * choice of words, CLASS and NAME=VALUE are words of tables, PID[/TID] is a
 * process, FILE a file, and TEXT whatever it is. */
static bool is_choice(const char *takes)
{
	return strchr(takes, '|') != NULL;
}

static bool is_pair(const char *takes)
{
	return strstr(takes, "NAME=VALUE") != NULL;
}

static bool is_class(const char *takes)
{
	return strcmp(takes, "CLASS") == 0;
}

static bool is_file(const char *takes)
{
	return strcmp(takes, "FILE") == 0;
}

static bool is_process(const char *takes)
{
	return strncmp(takes, "PID", 3) == 0 || strncmp(takes, "[PID", 4) == 0;
}

static bool has_files(const char *takes)
{
	return strstr(takes, "RULES") != NULL ||
	       (takes[0] != '\0' && !is_process(takes));
}

static void print_choice(FILE *out, const char *takes)
{
	for (; *takes != '\0'; takes++)
		fputc(*takes == '|' ? ' ' : *takes, out);
}

static void print_classes(FILE *out)
{
	char text[VALUE_TEXT_MAX];

	for (int q = 0; q < QOS_COUNT; q++)
		fprintf(out, "%s ", setting_print(SETTING_qos, q, NULL, text,
		                                  sizeof text));
}

static void print_pairs(FILE *out)
{
	for (int s = 0; s < SETTING_COUNT; s++)
		fprintf(out, "%s= ", setting_rows[s].name);
}

static bool has_words(const char *takes)
{
	return is_choice(takes) || is_class(takes) || is_pair(takes);
}

static void print_words(FILE *out, const char *takes)
{
	if (is_pair(takes))
		print_pairs(out);
	else if (is_class(takes))
		print_classes(out);
	else
		print_choice(out, takes);
}

#define BASH_PIDS "$(cd /proc && echo [0-9]*)"
/* Elsewhere than where a shell completes it fails, and need not work. */
#define BASH_OPEN "compopt -o nospace 2>/dev/null"

/* The words that the value is one of, if there are any. */
static void bash_value(FILE *out, const char *takes)
{
	if (!has_words(takes) && !is_process(takes))
		return;
	fputs("COMPREPLY=($(compgen -W \"", out);
	if (has_words(takes))
		print_words(out, takes);
	else
		fputs(BASH_PIDS, out);
	fputs("\" -- \"$word\")); ", out);
	if (is_pair(takes))
		fputs(BASH_OPEN "; ", out);
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
		bash_value(out, o->takes);
		fputs("return;;\n", out);
	}
	fputs("\tesac\n", out);
}

/* First a process, and settings once there is one. */
static void bash_operands(FILE *out, const struct command *c)
{
	if (!is_process(c->takes))
		return;
	if (is_pair(c->takes)) {
		fprintf(out, "\n\t\tcase $before in\n\t\t%s|-*) words="
		        BASH_PIDS ";;\n\t\t*) words=\"", c->name);
		print_pairs(out);
		fputs("\"; " BASH_OPEN ";;\n\t\tesac", out);
	} else {
		fputs(" words=" BASH_PIDS, out);
	}
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
	} else {
		bash_operands(out, c);
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

/* A value is to follow at once. */
#define ZSH_OPEN "{compadd -S \"\" - "

/* The action that follows what it is called; nothing where there is none. */
static void zsh_value(FILE *out, const char *takes)
{
	if (has_words(takes)) {
		fputs(is_pair(takes) ? ZSH_OPEN : "(", out);
		print_words(out, takes);
		fputc(is_pair(takes) ? '}' : ')', out);
	} else if (is_process(takes)) {
		fputs("_pids", out);
	} else if (is_file(takes)) {
		fputs("_files", out);
	}
}

static void zsh_option(FILE *out, const struct command_option *o)
{
	fprintf(out, " '--%s[", o->name);
	zsh_text(out, o->what);
	fputc(']', out);
	if (o->takes != NULL) {
		fputs(":value:", out);
		zsh_value(out, o->takes);
	}
	fputc('\'', out);
}

static void zsh_operands(FILE *out, const struct command *c)
{
	if (is_process(c->takes))
		fputs(" '1:process:_pids'", out);
	if (is_pair(c->takes)) {
		fputs(" '*:setting:", out);
		zsh_value(out, "NAME=VALUE");
		fputc('\'', out);
	} else if (has_files(c->takes)) {
		fputs(" '*:file:_files'", out);
	}
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
	} else {
		zsh_operands(out, c);
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

#define FISH_PIDS "(__fish_complete_pids)"

static void fish_begin(FILE *out, const struct command *c)
{
	fprintf(out, "complete -c pqs -n '__fish_seen_subcommand_from %s'",
	        c->name);
}

static void fish_value(FILE *out, const char *takes)
{
	fputs(is_file(takes) ? " -rF" : " -x", out);
	if (has_words(takes)) {
		fputs(" -a '", out);
		print_words(out, takes);
		fputc('\'', out);
	} else if (is_process(takes)) {
		fputs(" -a '" FISH_PIDS "'", out);
	}
}

static void fish_operands(FILE *out, const struct command *c)
{
	fputs(has_files(c->takes) ? " -F" : " -f", out);
	if (!is_process(c->takes))
		return;
	fputs(" -a '" FISH_PIDS " ", out);
	if (is_pair(c->takes))
		print_pairs(out);
	fputc('\'', out);
}

static void fish_option(FILE *out, const struct command *c,
                        const struct command_option *o)
{
	fish_begin(out, c);
	fprintf(out, " -l %s", o->name);
	if (o->takes != NULL)
		fish_value(out, o->takes);
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
	} else {
		fish_operands(out, c);
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
