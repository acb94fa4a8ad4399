/* own.c -- the rules of the user whom this process runs as. */

#include "own.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

#define UID_WORD "{uid}"

/* Who has no home, or one that is no path, has no rules there. */
static const char *home_of_user(void)
{
	const struct passwd *who = getpwuid(getuid());

	return who != NULL && who->pw_dir[0] == '/' ? who->pw_dir : NULL;
}

static bool put(char *out, size_t size, const char *base, const char *rest)
{
	const char *word = strstr(rest, UID_WORD);
	int         n;

	if (word == NULL)
		n = snprintf(out, size, "%s%s", base, rest);
	else
		n = snprintf(out, size, "%s%.*s%u%s", base, (int)(word - rest),
		             rest, (unsigned)getuid(), word + strlen(UID_WORD));
	return n >= 0 && (size_t)n < size;
}

static bool path_of(const char *folder, char *out, size_t size)
{
	const char *home;

	if (folder[0] != '~')
		return put(out, size, "", folder);
	home = home_of_user();
	return home != NULL && put(out, size, home, folder + 1);
}

void own_rules_read(const char *folder, struct own_rules *ret_own)
{
	char        path[PATH_KEEP];
	struct stat st;

	ret_own->sources.most = USER_RULE_FILES_MAX;
	if (!path_of(folder, path, sizeof path) ||
	    (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR)))
		return;
	if (sources_add(&ret_own->sources, LAYER_USER, path, ret_own->why,
	                sizeof ret_own->why) == 0)
		ret_own->why[0] = '\0';
}
