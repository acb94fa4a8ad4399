/* page_command.c -- pqs(1), from the table of commands. */

#include <string.h>

#include "command/command.h"
#include "pages.h"
#include "roff.h"

static void usage_of(const struct command *c, char *out, size_t size)
{
	char usage[256];

	snprintf(out, size, "pqs %s", command_usage(c, usage, sizeof usage));
}

static void print_synopsis(FILE *out)
{
	char usage[300];

	roff_section(out, "SYNOPSIS");
	for (size_t i = 0; i < commands_count; i++) {
		if (commands[i].what == NULL)
			continue;
		usage_of(&commands[i], usage, sizeof usage);
		fputs(i > 0 ? ".br\n" : "", out);
		roff_below(out, usage);
	}
}

/* "  " after a sentence is the terminal's; roff has spaces of its own. */
static void print_commands(FILE *out)
{
	char usage[300];

	roff_section(out, "COMMANDS");
	for (size_t i = 0; i < commands_count; i++) {
		const struct command *c = &commands[i];
		char                  what[256];

		if (c->what == NULL)
			continue;
		usage_of(c, usage, sizeof usage);
		snprintf(what, sizeof what, "%s.", c->what);
		roff_part(out, usage);
		roff_text(out, what);
		if (c->text[0] != '\0')
			roff_text(out, c->text);
	}
}

static void print_options(FILE *out)
{
	char term[64];

	roff_section(out, "OPTIONS");
	roff_text(out, "Each command takes those of its usage line, and "
	               "--help.");
	for (size_t i = 0; i < command_options_count; i++) {
		const struct command_option *o = &command_options[i];

		if (o->what == NULL)
			continue;
		snprintf(term, sizeof term, "--%s%s%s", o->name,
		         o->takes != NULL ? " " : "",
		         o->takes != NULL ? o->takes : "");
		roff_term(out, term);
		roff_below(out, o->what);
	}
}

static void print_exits(FILE *out)
{
	roff_section(out, "EXIT STATUS");
	for (size_t i = 0; i < exit_meanings_count; i++) {
		roff_term(out, exit_meanings[i].code);
		roff_below(out, exit_meanings[i].what);
	}
}

static void print_files(FILE *out)
{
	static const char *const files[][2] = {
		{ "/etc/pqs/pqs.yaml, ~/.config/pqs/pqs.yaml",
		  "configuration, of root and of a user; see pqs.yaml(5)" },
		{ PQS_SHARE "/rules", "the rules that came with pqs" },
		{ "/etc/pqs/rules", "the admin's rules" },
		{ "~/.config/pqs/rules", "a user's rules" },
		{ "/run/pqs/journal", "what was changed, and what it was before" },
	};

	roff_section(out, "FILES");
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		roff_term(out, files[i][0]);
		roff_below(out, files[i][1]);
	}
}

void page_command(FILE *out)
{
	roff_begin(out, "pqs", 1,
	           "programmable quality of service for processes and threads");
	print_synopsis(out);
	roff_section(out, "DESCRIPTION");
	roff_text(out, "pqs decides how each process and thread of a machine "
	               "is prioritised. People write the decisions as small "
	               "rules, see pqs-rules(7). pqs applies them as soon as a "
	               "program starts, says of every change which rule made "
	               "it and whether it does anything here, and puts back "
	               "what it changed when a rule stops matching, when it is "
	               "stopped, and after it was killed.");
	print_commands(out);
	print_options(out);
	print_exits(out);
	print_files(out);
	roff_section(out, "SEE ALSO");
	roff_text(out, "pqs-rules(7), pqs.yaml(5)");
}
