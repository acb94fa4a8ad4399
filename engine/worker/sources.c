/* sources.c -- rule files and folders, read into the list a worker is given.
 *
 * The worker sees no file system, so everything is read here, at once, and into
 * bounds; its order is that of the paths, because later rules outrank earlier.
 */

#include "worker/sources.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"

#define TICK_NS    INT64_C(20000000)    /* no file system's times are coarser */
#define WRITTEN_NS INT64_C(10000000000) /* one who has not written for so long
                                           only has it open                   */

/* Two paths may lead to one file; the first two numbers do not lie.  The others
 * differ after it was written to, but for the tick in which it was. */
struct source_file {
	dev_t           device;
	ino_t           inode;
	off_t           size;
	struct timespec written, changed;
};

struct reason {
	char  *why;
	size_t size;
};

static int fail(struct reason *why, const char *path, const char *sentence,
                int error)
{
	snprintf(why->why, why->size, "%s: %s", path, sentence);
	return error;
}

static int fail_errno(struct reason *why, const char *path)
{
	int error = errno;

	return fail(why, path, strerror(error), -error);
}

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

bool source_is_test(const char *path)
{
	return ends_in(path, ".test.lua");
}

static bool is_wanted(const struct sources *s, const char *name)
{
	return ends_in(name, ".lua") && source_is_test(name) == s->tests;
}

/* Reads until the end or until room is full; how many bytes. */
static int64_t read_whole(int fd, char *text, size_t room)
{
	size_t used = 0;

	while (used < room) {
		ssize_t n = read(fd, text + used, room - used);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		if (n > 0)
			used += (size_t)n;
	}
	return (int64_t)used;
}

/* One byte more than the file has is asked for, so that one that grows
 * meanwhile is noticed; a NUL ends the text. */
static int load_text(int fd, size_t size, struct rule_source *one,
                     struct reason *why)
{
	bool    is_large = size > RULE_FILE_MAX;
	size_t  room = is_large ? RULE_FILE_MAX + 1 : size + 1;
	char   *text = malloc(room + 1);
	int64_t n;

	if (text == NULL)
		return fail(why, one->path, "no memory", -ENOMEM);
	n = read_whole(fd, text, room);
	if (n < 0 || (!is_large && (size_t)n > size)) {
		free(text);
		return n < 0 ? fail(why, one->path, strerror((int)-n), (int)n)
		             : fail(why, one->path, "it changes while it is "
		                    "read", -EAGAIN);
	}
	text[n] = '\0';
	one->text = text;
	one->bytes = (size_t)n;
	return 0;
}

static struct source_file file_of(const struct stat *st)
{
	return (struct source_file){ st->st_dev, st->st_ino, st->st_size,
	                             st->st_mtim, st->st_ctim };
}

static bool is_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_untouched(const struct source_file *f, const char *path)
{
	struct stat        st;
	struct source_file now;

	if (stat(path, &st) < 0)
		return false;
	now = file_of(&st);
	return now.device == f->device && now.inode == f->inode &&
	       now.size == f->size && is_time(now.written, f->written) &&
	       is_time(now.changed, f->changed);
}

static bool is_younger(struct timespec t, int64_t ns)
{
	struct timespec now;
	int64_t         age_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	age_ns = (now.tv_sec - t.tv_sec) * INT64_C(1000000000) +
	         now.tv_nsec - t.tv_nsec;
	return age_ns >= 0 && age_ns < ns;
}

/* The kernel gives nobody a lease for reading while somebody may write.
 * Whoever wants to write while we have it is told to us by a signal, which is
 * one that is ignored, and waits until we have let go of it.  Of files for
 * which we may have none it is not known. */
static bool is_open_for_writing(const char *path)
{
	bool is = false;
#ifdef F_SETLEASE
	int  fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return false;
	if (fcntl(fd, F_SETSIG, SIGURG) == 0) {
		is = fcntl(fd, F_SETLEASE, F_RDLCK) < 0 && errno == EAGAIN;
		(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	}
	close(fd);
#else
	(void)path;
#endif
	return is;
}

/* In this order: one who has finished in between has changed it. */
static bool is_settled(const struct source_file *f, const char *path)
{
	if (is_younger(f->changed, TICK_NS) ||
	    (is_younger(f->changed, WRITTEN_NS) && is_open_for_writing(path)))
		return false;
	return is_untouched(f, path);
}

const char *sources_unsettled(const struct sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (!is_settled(&s->file[i], s->source[i].path))
			return s->source[i].path;
	return NULL;
}

/* The first time counts: a file named on the command line keeps its place. */
static bool is_listed(const struct sources *s, const struct stat *st)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->file[i].device == st->st_dev &&
		    s->file[i].inode == st->st_ino)
			return true;
	return false;
}

/* The lists are doubled each time their length is a power of two. */
static int make_room(struct sources *s)
{
	size_t              room = s->count == 0 ? 1 : s->count * 2;
	struct rule_source *source;
	struct source_file *file;

	if ((s->count & (s->count - 1)) != 0)
		return 0;
	source = reallocarray(s->source, room, sizeof *source);
	if (source == NULL)
		return -ENOMEM;
	s->source = source;
	file = reallocarray(s->file, room, sizeof *file);
	if (file == NULL)
		return -ENOMEM;
	s->file = file;
	return 0;
}

static size_t most_of(const struct sources *s)
{
	return s->most != 0 ? s->most : RULE_FILES_MAX;
}

static int too_many(const struct sources *s, const char *path,
                    struct reason *why)
{
	char sentence[64];

	snprintf(sentence, sizeof sentence, "one rule file too many (%zu)",
	         most_of(s));
	return fail(why, path, sentence, -E2BIG);
}

static int append(struct sources *s, enum layer layer, const char *path, int fd,
                  const struct stat *st, struct reason *why)
{
	struct rule_source one = { .layer = layer };
	int                r;

	if (s->count == most_of(s))
		return too_many(s, path, why);
	one.path = strdup(path);
	if (one.path == NULL || make_room(s) < 0) {
		free(one.path);
		return fail(why, path, "no memory", -ENOMEM);
	}
	r = load_text(fd, (size_t)st->st_size, &one, why);
	if (r < 0) {
		free(one.path);
		return r;
	}
	s->file[s->count] = file_of(st);
	s->source[s->count++] = one;
	return 0;
}

/* Not blocking: a pipe with a rule file's name must not hold us up. */
static int add_file(struct sources *s, enum layer layer, const char *path,
                    struct reason *why)
{
	int         fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int         r = 0;

	if (fd < 0)
		return fail_errno(why, path);
	if (fstat(fd, &st) < 0)
		r = fail_errno(why, path);
	else if (!S_ISREG(st.st_mode))
		r = fail(why, path, "neither a file nor a folder", -EINVAL);
	else if (!is_listed(s, &st))
		r = append(s, layer, path, fd, &st, why);
	close(fd);
	return r;
}

/* What a folder has, before it is sorted. */
struct paths {
	const struct sources *list;     /* which says what is looked for      */
	char                **path;
	size_t                count;
};

static void paths_clear(struct paths *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->path[i]);
	free(p->path);
}

/* Takes the path over, also when it fails. */
static int paths_keep(struct paths *p, char *path, struct reason *why)
{
	char **grown = NULL;
	int    r = 0;

	if (p->count == most_of(p->list))
		r = too_many(p->list, path, why);
	else if ((grown = reallocarray(p->path, p->count + 1,
	                               sizeof *grown)) == NULL)
		r = fail(why, path, "no memory", -ENOMEM);
	if (r < 0) {
		free(path);
		return r;
	}
	p->path = grown;
	p->path[p->count++] = path;
	return 0;
}

static int search(struct paths *found, const char *folder, unsigned depth,
                  struct reason *why);

/* Editors leave their own files about, with a dot in front. */
static int visit(struct paths *found, const char *folder, const char *name,
                 unsigned depth, struct reason *why)
{
	struct stat st;
	char       *path;
	int         r;

	if (name[0] == '.')
		return 0;
	if (asprintf(&path, "%s%s%s", folder, ends_in(folder, "/") ? "" : "/",
	             name) < 0)
		return fail(why, folder, "no memory", -ENOMEM);
	r = lstat(path, &st);
	if (r < 0)
		r = fail_errno(why, path);
	else if (S_ISDIR(st.st_mode))
		r = found->list->flat ? 0
		                      : search(found, path, depth + 1, why);
	else if (is_wanted(found->list, name))
		return paths_keep(found, path, why);
	free(path);
	return r;
}

/* All names first, whatever order the file system has them in. */
static int search(struct paths *found, const char *folder, unsigned depth,
                  struct reason *why)
{
	DIR           *dir;
	struct dirent *entry;
	int            r = 0;

	if (depth > FOLDER_DEPTH_MAX)
		return fail(why, folder, "folders too deep in folders", -ELOOP);
	dir = opendir(folder);
	if (dir == NULL)
		return fail_errno(why, folder);
	while (r == 0 && (errno = 0, entry = readdir(dir)) != NULL)
		r = visit(found, folder, entry->d_name, depth, why);
	if (r == 0 && errno != 0)
		r = fail_errno(why, folder);
	closedir(dir);
	return r;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_folder(struct sources *s, enum layer layer, const char *path,
                      struct reason *why)
{
	struct paths found = { .list = s };
	int          r = search(&found, path, 0, why);

	if (found.count > 0)
		qsort(found.path, found.count, sizeof *found.path, by_path);
	for (size_t i = 0; i < found.count && r == 0; i++)
		r = add_file(s, layer, found.path[i], why);
	paths_clear(&found);
	return r;
}

static void cut(struct sources *s, size_t count)
{
	while (s->count > count) {
		s->count--;
		free(s->source[s->count].path);
		free(s->source[s->count].text);
	}
}

int sources_add(struct sources *s, enum layer layer, const char *path,
                char *why, size_t why_size)
{
	struct reason reason = { why, why_size };
	size_t        before = s->count;
	struct stat   st;
	int           r;

	if (stat(path, &st) < 0)
		return fail_errno(&reason, path);
	r = S_ISDIR(st.st_mode) ? add_folder(s, layer, path, &reason)
	                        : add_file(s, layer, path, &reason);
	if (r < 0)
		cut(s, before);
	return r;
}

static uint64_t sum_of(const struct rule_source *s)
{
	return s->text == NULL ? s->sum : text_sum(s->text, s->bytes);
}

void source_forget(struct rule_source *s)
{
	s->sum = sum_of(s);
	free(s->text);
	s->text = NULL;
}

bool source_same(const struct rule_source *a, const struct rule_source *b)
{
	if (a->layer != b->layer || a->bytes != b->bytes ||
	    strcmp(a->path, b->path) != 0)
		return false;
	return a->text != NULL && b->text != NULL
	       ? memcmp(a->text, b->text, a->bytes) == 0
	       : sum_of(a) == sum_of(b);
}

void sources_clear(struct sources *s)
{
	cut(s, 0);
	free(s->source);
	free(s->file);
	*s = (struct sources){ .tests = s->tests, .flat = s->flat,
	                       .most = s->most };
}
