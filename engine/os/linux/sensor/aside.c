/* aside.c -- what is read of a task's own memory, on the reader thread. */

#include "os/linux/sensor/aside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "model/facts.h"

struct env_names *env_names_new(const char *const *names, size_t count)
{
	size_t            kept = count > ENV_NAMES_MAX ? ENV_NAMES_MAX : count;
	struct env_names *n = calloc(1, sizeof *n + kept * sizeof *n->name);

	if (n == NULL)
		return NULL;
	n->users = 1;
	for (; n->count < kept; n->count++) {
		n->name[n->count] = strdup(names[n->count]);
		if (n->name[n->count] == NULL) {
			env_names_leave(n);
			return NULL;
		}
	}
	return n;
}

void env_names_leave(struct env_names *names)
{
	if (names == NULL || --names->users > 0)
		return;
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names);
}

/* The pid must still mean the same one after its file was read. */
static int identity_check(const struct procfs *p, struct task_id whom,
                          struct proc_stat *ret_stat)
{
	int r = procfs_stat(p, whom.pid, ret_stat);

	if (r < 0)
		return r;
	return task_id_is_thread(whom) || whom.born == 0 ||
	       whom.born == ret_stat->born ? 0 : -ESRCH;
}

/* What exec left there fills its room to the last byte, which is a NUL, and the
 * environment follows.  Who writes a title fills up the room with NULs, writes
 * on into the environment, or has the kernel look elsewhere; one NUL or two at
 * the end are empty arguments. */
static bool is_titled(const struct proc_stat *s, const char *text, size_t n,
                      size_t most)
{
	uint64_t room = s->args_end - s->args_start;

	if (n > 2 && text[n - 1] == '\0' && text[n - 2] == '\0' &&
	    text[n - 3] == '\0')
		return true;
	if (s->args_start == 0 || s->args_end < s->args_start)
		return false;           /* not for us to know                 */
	if (s->env_start != 0 && s->env_start != s->args_end)
		return true;
	if (n < most)
		return room != n || text[n - 1] != '\0';
	return room < most;
}

/* A title is one text, without what it was padded with. */
static size_t title_bytes(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && text[n - 1] == ' ')
		text[--n] = '\0';
	return n + 1;
}

/* Only as many bytes as there are go on the heap. */
static int keep(const char *text, size_t bytes, struct aside *ret)
{
	ret->text = malloc(bytes + 1);
	if (ret->text == NULL)
		return -ENOMEM;
	memcpy(ret->text, text, bytes);
	ret->text[bytes] = '\0';
	ret->bytes = bytes;
	return 0;
}

int aside_arguments(const struct procfs *p, struct task_id whom,
                    struct aside *ret)
{
	char             text[ARGS_KEEP];
	struct proc_stat stat;
	int64_t          n = procfs_cmdline(p, whom.pid, text, sizeof text);
	int              r = identity_check(p, whom, &stat);
	size_t           bytes;

	if (r < 0 || n < 0)
		return r < 0 ? r : (int)n;
	bytes = (size_t)n;
	ret->titled = is_titled(&stat, text, bytes, sizeof text - 1);
	if (ret->titled)
		bytes = title_bytes(text);
	else if (text[bytes - 1] != '\0')
		bytes++;                /* cut at the bound                   */
	return keep(text, bytes, ret);
}

static bool is_named(const char *entry, const char *name)
{
	size_t n = strlen(name);

	return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

static bool is_asked(const char *entry, const struct env_names *names)
{
	for (size_t i = 0; names != NULL && i < names->count; i++)
		if (is_named(entry, names->name[i]))
			return true;
	return false;
}

static bool tells_app(const char *entry)
{
	for (size_t i = 0; i < APP_ENV_NAMES; i++)
		if (is_named(entry, app_env_names[i]))
			return true;
	return false;
}

/* Appends the entries that are wanted: those asked for, or of the others those
 * that tell the app.  0 or -E2BIG. */
static int entries_keep(const char *env, size_t bytes,
                        const struct env_names *names, bool asked,
                        char *kept, size_t *used)
{
	for (size_t at = 0, n; at < bytes; at += n) {
		bool wanted = is_asked(env + at, names);

		n = strlen(env + at) + 1;
		if (!asked)
			wanted = !wanted && tells_app(env + at);
		if (!wanted)
			continue;
		if (*used + n > ENV_KEEP)
			return -E2BIG;
		memcpy(kept + *used, env + at, n);
		*used += n;
	}
	return 0;
}

static int entries_choose(const char *env, size_t bytes,
                          const struct env_names *names, struct aside *ret)
{
	char   kept[ENV_KEEP];
	size_t used = 0;
	int    r = entries_keep(env, bytes, names, true, kept, &used);

	ret->shown_bytes = used;
	if (r == 0)
		r = entries_keep(env, bytes, names, false, kept, &used);
	return r < 0 ? r : keep(kept, used, ret);
}

/* Part of an environment would tell of some that they are not set. */
int aside_environment(const struct procfs *p, struct task_id whom,
                      const struct env_names *names, struct aside *ret)
{
	char            *env = malloc(ENV_READ_MAX);
	struct proc_stat stat;
	int64_t          n;
	int              r;

	if (env == NULL)
		return -ENOMEM;
	n = procfs_environ(p, whom.pid, env, ENV_READ_MAX);
	r = identity_check(p, whom, &stat);
	if (r == 0 && n < 0)
		r = (int)n;
	else if (r == 0 && n == ENV_READ_MAX - 1)
		r = -E2BIG;
	if (r == 0)
		r = entries_choose(env, (size_t)n, names, ret);
	free(env);
	return r;
}
