/* marker.c -- finds the files of named programs and has their start held, on a
 * thread of its own, as a look at a file may take for ever. */

#include "os/linux/guard/marker.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "os/linux/guard/guard_line.h"
#include "os/linux/guard/own_files.h"
#include "os/linux/thread.h"

/* Where programs that go by their name are looked for. */
static const char *const folders[] = {
	"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin",
	"/usr/games", "/usr/local/games",
};

struct word {
	UT_hash_handle hh;
	char           text[];
};

/* Never changes once it is made. */
struct wanted {
	unsigned     users;             /* under the lock                     */
	struct word *exes, *names;
};

/* Whose start is held, by the path that the kernel gives it. */
struct file {
	UT_hash_handle hh;
	struct file_id id;
	char           path[];
};

struct marker {
	pthread_mutex_t lock;
	pthread_cond_t  more;
	bool            left;           /* nobody wants anything any more     */
	int             line;
	struct wanted  *wanted;         /* NULL: nothing yet                  */
	bool            fresh;          /* ... and the files were not sought  */
	char            again[GUARD_AGAIN_MAX][PATH_KEEP];
	size_t          agains;
	size_t          left_out;
	/* of the thread alone */
	struct own_files own;
	struct file    *files;
	uint32_t        ticket;
};

static void words_free(struct word *all)
{
	struct word *w = all, *next;

	HASH_CLEAR(hh, all);
	for (; w != NULL; w = next) {
		next = w->hh.next;
		free(w);
	}
}

static void wanted_free(struct wanted *w)
{
	if (w == NULL)
		return;
	words_free(w->exes);
	words_free(w->names);
	free(w);
}

static int word_add(struct word **all, const char *text)
{
	size_t       n = strlen(text);
	struct word *w;

	HASH_FIND_STR(*all, text, w);
	if (w != NULL)
		return 0;
	w = malloc(sizeof *w + n + 1);
	if (w == NULL)
		return -ENOMEM;
	memcpy(w->text, text, n + 1);
	HASH_ADD_KEYPTR(hh, *all, w->text, n, w);
	if (w->hh.tbl != NULL)
		return 0;
	free(w);
	return -ENOMEM;
}

static bool word_has(struct word *all, const char *text)
{
	struct word *w;

	HASH_FIND_STR(all, text, w);
	return w != NULL;
}

/* As rules will see it, when it runs. */
static bool is_wanted(struct wanted *w, const char *path)
{
	return word_has(w->exes, path) ||
	       word_has(w->names, text_base_name(path));
}

static void files_clear(struct marker *m)
{
	struct file *f = m->files, *next;

	HASH_CLEAR(hh, m->files);
	for (; f != NULL; f = next) {
		next = f->hh.next;
		free(f);
	}
}

static bool has_left(struct marker *m)
{
	bool left;

	pthread_mutex_lock(&m->lock);
	left = m->left;
	pthread_mutex_unlock(&m->lock);
	return left;
}

static void leave_out(struct marker *m)
{
	pthread_mutex_lock(&m->lock);
	m->left_out++;
	pthread_mutex_unlock(&m->lock);
}

/* 1 when it is noted, 0 when that very file was before. */
static int file_note(struct marker *m, const char *path, struct file_id id)
{
	size_t       n = strlen(path);
	struct file *f;

	HASH_FIND_STR(m->files, path, f);
	if (f != NULL && file_same(f->id, id))
		return 0;
	if (f != NULL) {
		f->id = id;
		return 1;
	}
	if (HASH_COUNT(m->files) == GUARD_FILES_MAX) {
		leave_out(m);
		return -ENOBUFS;
	}
	f = malloc(sizeof *f + n + 1);
	if (f == NULL)
		return -ENOMEM;
	memcpy(f->path, path, n + 1);
	f->id = id;
	HASH_ADD_KEYPTR(hh, m->files, f->path, n, f);
	if (f->hh.tbl != NULL)
		return 1;
	free(f);
	return -ENOMEM;
}

/* The line is never full for long: the holder waits for nobody. */
static void say(struct marker *m, const struct guard_message *word, int fd)
{
	while (guard_say(m->line, word, &fd, fd < 0 ? 0 : 1) == -EAGAIN &&
	       !has_left(m))
		usleep(1000);
}

static void mark(struct marker *m, struct wanted *w, int fd)
{
	struct guard_message word = { .word = GUARD_MARK };
	char                 path[PATH_MAX + 1], link[32];
	struct file_id       id;
	ssize_t              n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n <= 0 || n >= PATH_KEEP || !file_holdable(fd, &id) ||
	    own_files_have(&m->own, id))
		return;
	path[n] = '\0';
	if (!is_wanted(w, path) || file_note(m, path, id) != 1)
		return;
	word.ticket = ++m->ticket;
	say(m, &word, fd);
}

/* Without waiting for a pipe's other end: what is no file is found out then. */
static void look_at(struct marker *m, struct wanted *w, const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	mark(m, w, fd);
	close(fd);
}

/* Each name is looked up in the list, not each of the list in the folder: lists
 * may be long. */
static void look_in(struct marker *m, struct wanted *w, const char *folder)
{
	DIR           *d = opendir(folder);
	struct dirent *e;
	char           path[PATH_KEEP];

	while (d != NULL && !has_left(m) && (e = readdir(d)) != NULL)
		if (word_has(w->names, e->d_name) &&
		    snprintf(path, sizeof path, "%s/%s", folder,
		             e->d_name) < (int)sizeof path)
			look_at(m, w, path);
	if (d != NULL)
		closedir(d);
}

static void look_everywhere(struct marker *m, struct wanted *w)
{
	const struct guard_message clear = { .word = GUARD_CLEAR };

	files_clear(m);
	own_files_find(&m->own);
	say(m, &clear, -1);
	for (struct word *exe = w->exes; exe != NULL && !has_left(m);
	     exe = exe->hh.next)
		look_at(m, w, exe->text);
	if (w->names == NULL)
		return;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		look_in(m, w, folders[i]);
}

static void wanted_leave(struct marker *m, struct wanted *w)
{
	unsigned users;

	if (w == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	users = --w->users;
	pthread_mutex_unlock(&m->lock);
	if (users == 0)
		wanted_free(w);
}

/* What is to be done next: all files, or the one in path.  NULL: nothing ever
 * again. */
static struct wanted *job_await(struct marker *m, bool *ret_all,
                                char path[PATH_KEEP])
{
	struct wanted *w = NULL;

	pthread_mutex_lock(&m->lock);
	while (!m->left && !m->fresh && m->agains == 0)
		pthread_cond_wait(&m->more, &m->lock);
	if (!m->left) {
		w = m->wanted;
		w->users++;
		*ret_all = m->fresh;
		if (m->fresh)
			m->agains = 0;
		else
			text_copy(path, PATH_KEEP, m->again[--m->agains]);
		m->fresh = false;
	}
	pthread_mutex_unlock(&m->lock);
	return w;
}

static void marker_free(struct marker *m)
{
	files_clear(m);
	wanted_leave(m, m->wanted);
	close(m->line);
	pthread_cond_destroy(&m->more);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static void *marker_main(void *self)
{
	struct marker *m = self;
	struct wanted *w;
	char           path[PATH_KEEP];
	bool           all;

	while ((w = job_await(m, &all, path)) != NULL) {
		if (all)
			look_everywhere(m, w);
		else
			look_at(m, w, path);
		wanted_leave(m, w);
	}
	marker_free(m);
	return NULL;
}

/* Nobody waits for its end. */
static int start(struct marker *m)
{
	pthread_t thread;
	int       error = linux_thread_start(&thread, marker_main, m);

	if (error == 0)
		(void)pthread_detach(thread);
	return error;
}

struct marker *marker_new(int line)
{
	struct marker *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->more, NULL);
	m->line = fcntl(line, F_DUPFD_CLOEXEC, 3);
	if (m->line >= 0 && start(m) == 0)
		return m;
	marker_free(m);
	return NULL;
}

void marker_leave(struct marker *m)
{
	if (m == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	m->left = true;
	pthread_cond_signal(&m->more);
	pthread_mutex_unlock(&m->lock);
}

static struct wanted *wanted_new(const char *const *exes, size_t exe_count,
                                 const char *const *names, size_t name_count)
{
	struct wanted *w = calloc(1, sizeof *w);
	int            r = w == NULL ? -ENOMEM : 0;

	for (size_t i = 0; r == 0 && i < exe_count; i++)
		r = word_add(&w->exes, exes[i]);
	for (size_t i = 0; r == 0 && i < name_count; i++)
		r = word_add(&w->names, names[i]);
	if (r == 0) {
		w->users = 1;
		return w;
	}
	wanted_free(w);
	return NULL;
}

int marker_watch(struct marker *m, const char *const *exes, size_t exe_count,
                 const char *const *names, size_t name_count)
{
	struct wanted *w = wanted_new(exes, exe_count, names, name_count);
	struct wanted *before;

	if (w == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&m->lock);
	before = m->wanted;
	m->wanted = w;
	m->fresh = true;
	pthread_cond_signal(&m->more);
	pthread_mutex_unlock(&m->lock);
	wanted_leave(m, before);
	return 0;
}

void marker_again(struct marker *m, const char *exe)
{
	pthread_mutex_lock(&m->lock);
	if (m->wanted != NULL && is_wanted(m->wanted, exe)) {
		if (m->agains == GUARD_AGAIN_MAX)
			m->left_out++;
		else
			text_copy(m->again[m->agains++], PATH_KEEP, exe);
		pthread_cond_signal(&m->more);
	}
	pthread_mutex_unlock(&m->lock);
}

size_t marker_left_out(struct marker *m)
{
	size_t n;

	pthread_mutex_lock(&m->lock);
	n = m->left_out;
	pthread_mutex_unlock(&m->lock);
	return n;
}
