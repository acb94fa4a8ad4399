/* own.c -- the rules of the user whom this process runs as. */

#include "own.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/watch/spots.h"

#define WATCHES_OF_USER_MAX 512         /* folders and links                  */
#define PAUSE_NS 30000000L              /* for whoever writes to finish       */

/* Who has no home, or one that is no path, has no rules there. */
static const char *home_of_user(void)
{
	const struct passwd *who = getpwuid(getuid());

	return who != NULL && who->pw_dir[0] == '/' ? who->pw_dir : NULL;
}

/* Below the home: what becomes of that is not what a file's change is. */
static bool watch(const char *folder, const char *path, const char *home)
{
	struct spots s = { .above = OWN_ABOVE, .within = OWN_WITHIN,
	                   .most = WATCHES_OF_USER_MAX };

	spots_add(&s, path, folder[0] == '~' ? strlen(home) : 0);
	return s.missing == 0;
}

static void wait_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = PAUSE_NS };

	nanosleep(&moment, NULL);
}

/* One that vanishes or changes meanwhile is read once more; all files, since
 * they may belong together. */
static int read_whole(struct own_rules *own, const char *path)
{
	const char *unsettled = NULL;
	int         r = 0;

	for (int i = 0; i < REREADS_MAX; i++) {
		if (i > 0)
			wait_a_moment();
		sources_clear(&own->sources);
		r = sources_add(&own->sources, LAYER_USER, path, own->why,
		                sizeof own->why);
		unsettled = r < 0 ? NULL : sources_unsettled(&own->sources);
		if (r == 0 && unsettled == NULL)
			return 0;
	}
	if (r == 0)
		snprintf(own->why, sizeof own->why, "%s: it changes while it "
		         "is read", unsettled);
	return r == 0 ? -EAGAIN : r;
}

/* Watched first, so that no change falls between. */
void own_rules_read(const char *folder, struct own_rules *ret_own)
{
	char        path[PATH_KEEP];
	const char *home = folder[0] == '~' ? home_of_user() : "";
	struct stat st;

	ret_own->sources.most = USER_RULE_FILES_MAX;
	if (home == NULL || !spots_own_path(folder, getuid(), home, path,
	                                    sizeof path))
		return;
	ret_own->watched = watch(folder, path, home);
	if (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return;
	if (read_whole(ret_own, path) == 0)
		ret_own->why[0] = '\0';
}
