/* page_configuration.c -- pqs.yaml(5), from the table of keys. */

#include <string.h>

#include "config/schema.h"
#include "pages.h"
#include "roff.h"

/* "events" of "events.poll", "" of "journal". */
static size_t section_of(const struct key *k)
{
	const char *dot = strchr(k->path, '.');

	return dot != NULL ? (size_t)(dot - k->path) : 0;
}

static void print_key(FILE *out, const struct key *k)
{
	char takes[128];

	roff_term(out, k->path);
	roff_below(out, k->meaning);
	roff_line(out, "takes", key_takes(k, takes, sizeof takes));
	roff_line(out, "default", k->initial != NULL ? k->initial
	                                             : k->otherwise);
}

/* Keys of no section first; the rows of one stand together. */
static void print_keys(FILE *out)
{
	roff_section(out, "KEYS");
	for (size_t i = 0; i < config_keys_count; i++)
		if (section_of(&config_keys[i]) == 0)
			print_key(out, &config_keys[i]);
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct key *k = &config_keys[i];
		size_t            n = section_of(k);
		char              title[64];

		if (n == 0)
			continue;
		snprintf(title, sizeof title, "%.*s", (int)n, k->path);
		if (i == 0 ||
		    strncmp(config_keys[i - 1].path, k->path, n + 1) != 0)
			roff_part(out, title);
		print_key(out, k);
	}
}

void page_configuration(FILE *out)
{
	roff_begin(out, "pqs.yaml", 5, "configuration of pqs");
	roff_section(out, "DESCRIPTION");
	roff_text(out,
	          "No file is needed: everything has a default. pqs reads the "
	          "file that --config names or else, if it is there, "
	          "/etc/pqs/pqs.yaml (as root) or "
	          "$XDG_CONFIG_HOME/pqs/pqs.yaml, which is "
	          "~/.config/pqs/pqs.yaml if the variable is not set.\n\n"
	          "A key of a section is written below it: events.poll is poll "
	          "below events. A key that is not known, or a value out of "
	          "range, stops the start and is told with its line. Times "
	          "have a unit (ns us ms s min h d), sizes too (B KiB MiB GiB "
	          "TiB), and shares end in %.");
	print_keys(out);
	roff_section(out, "EXAMPLE");
	roff_code(out, "rules:\n"
	               "  admin: [ /etc/pqs/rules, /srv/pqs/rules ]\n"
	               "log: text\n"
	               "memory_pressure:\n"
	               "  warn: 5%\n"
	               "  critical: 25%\n"
	               "qos:\n"
	               "  utility: { nice: 5, ionice: \"best-effort:5\" }\n");
	roff_section(out, "SEE ALSO");
	roff_text(out, "pqs(1), pqs-rules(7)");
}
