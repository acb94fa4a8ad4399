/* manual.c -- prints one page: the build's own program, installed nowhere. */

#include <string.h>

#include "pages.h"

static const struct {
	const char *name;
	void      (*print)(FILE *out);
} pages[] = {
	{ "pqs.1",       page_command },
	{ "pqs-rules.7", page_rules },
	{ "pqs.yaml.5",  page_configuration },
	{ "pqs.bash",    completion_bash },
	{ "_pqs",        completion_zsh },
	{ "pqs.fish",    completion_fish },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		if (argc == 2 && strcmp(argv[1], pages[i].name) == 0) {
			pages[i].print(stdout);
			return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
		}
	fputs("usage: manual PAGE\n", stderr);
	return 2;
}
