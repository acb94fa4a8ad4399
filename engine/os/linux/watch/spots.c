/* spots.c -- what is to be watched for the sake of rule files. */

#include "os/linux/watch/spots.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"

#define UID_WORD "{uid}"
#define NAMES  (IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | \
                IN_DELETE_SELF | IN_MOVE_SELF | IN_MASK_ADD)
#define WITHIN (NAMES | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB)

/* 0, -ENOENT: it is not there, -errno. */
static int spot_watch(struct spots *s, const char *path, const char *name)
{
	int number, r;

	if (s->count == s->most)
		return -ENOSPC;
	number = inotify_add_watch(name == NULL ? s->within : s->above, path,
	                           name == NULL ? WITHIN : NAMES);
	if (number < 0)
		return -errno;
	r = s->found == NULL ? 0 : s->found(s->ctx, number, name);
	s->count += r == 0;
	return r;
}

static void spot_add(struct spots *s, const char *path)
{
	int r = spot_watch(s, path, NULL);

	s->missing += r < 0 && r != -ENOENT;
}

static void folder_add(struct spots *s, const char *path, int depth);

/* A link's own folder does not tell of what is written where it leads. */
static void entry_add(struct spots *s, const char *folder,
                      const struct dirent *entry, int depth)
{
	char        path[PATH_MAX];
	struct stat st;

	if (entry->d_name[0] == '.' ||
	    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >=
	    (int)sizeof path || lstat(path, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode))
		folder_add(s, path, depth + 1);
	else if (S_ISLNK(st.st_mode))
		spot_add(s, path);
}

static void folder_add(struct spots *s, const char *path, int depth)
{
	DIR           *dir;
	struct dirent *entry;

	if (depth > FOLDER_DEPTH_MAX)
		return;
	spot_add(s, path);              /* before it is looked through        */
	dir = opendir(path);
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		entry_add(s, path, entry, depth);
	closedir(dir);
}

/* The nearest folder that is there must be watched; of those above it one that
 * may not be read is done without. */
static void above_add(struct spots *s, const char *path, size_t from)
{
	char folder[PATH_MAX], name[NAME_MAX + 1];
	int  last = 0;

	for (size_t at = from; path[at] != '\0' && last != -ENOENT; ) {
		size_t bytes = strcspn(path + at, "/");
		int    r;

		if (bytes == 0 || bytes > NAME_MAX) {
			at += bytes > 0 ? bytes : 1;
			continue;
		}
		memcpy(folder, path, at);
		folder[at] = '\0';
		memcpy(name, path + at, bytes);
		name[bytes] = '\0';
		r = spot_watch(s, at == 0 ? "." : folder, name);
		if (r != -ENOENT)
			last = r;
		else
			break;
		at += bytes;
	}
	s->missing += last < 0;
}

void spots_add(struct spots *s, const char *path, size_t from)
{
	char        plain[PATH_MAX];
	size_t      n = strlen(path);
	struct stat st;

	if (n >= sizeof plain)
		return;
	memcpy(plain, path, n + 1);
	while (n > 1 && plain[n - 1] == '/')
		plain[--n] = '\0';
	above_add(s, plain, from);
	if (stat(plain, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode))
		folder_add(s, plain, 0);
	else
		spot_add(s, plain);
}

/* Editors write files of their own beside, whose names begin with a dot; but
 * links and folders may be called so too. */
bool spot_is_told(const struct inotify_event *e, const char *name)
{
	bool is_own = e->len > 0 && e->name[0] == '.' &&
	              (e->mask & (IN_MODIFY | IN_CLOSE_WRITE)) != 0;

	if (e->len == 0 || (e->mask & IN_Q_OVERFLOW) != 0)
		return true;
	return name == NULL ? !is_own : strcmp(name, e->name) == 0;
}

bool spots_own_path(const char *folder, uid_t uid, const char *home,
                    char *ret_path, size_t size)
{
	const char *base = folder[0] == '~' ? home : "";
	const char *rest = folder[0] == '~' ? folder + 1 : folder;
	const char *word = strstr(rest, UID_WORD);
	int         n;

	if (word == NULL)
		n = snprintf(ret_path, size, "%s%s", base, rest);
	else
		n = snprintf(ret_path, size, "%s%.*s%u%s", base,
		             (int)(word - rest), rest, (unsigned)uid,
		             word + strlen(UID_WORD));
	return n >= 0 && (size_t)n < size;
}
