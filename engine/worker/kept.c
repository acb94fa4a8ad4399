/* kept.c -- generations of rules that were good, as files. */

#include "worker/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "policy/image.h"
#include "worker/kept_files.h"

#define MAGIC     "pqskept1"
#define BYTES_MAX ((size_t)IMAGE_BYTES_MAX + (64u << 20))

/* Then options and files as struct part each with its texts; then, at a place
 * that eight divides, the image. */
struct head {
	char     magic[8];
	char     version[24];           /* of pqs                             */
	uint32_t number;
	uint32_t options, partial, files;
	uint64_t bytes;                 /* of the whole                       */
	uint64_t image_at, image_bytes;
	uint64_t said;                  /* sum of all behind this head        */
	uint64_t sum;                   /* of all, and of this as if it were 0 */
};

/* Two texts, each followed by NUL. */
struct part {
	uint32_t layer;
	uint32_t first, second;         /* bytes without NUL                  */
};

struct writing {
	char  *at;
	size_t used, room;
	bool   failed;
};

void kept_forget(struct kept *k)
{
	sources_clear(&k->sources);
	free(k->memory);
	k->memory = NULL;
	k->image = NULL;
	k->bytes = 0;
}

static void put(struct writing *w, const void *bytes, size_t n)
{
	size_t need = w->used + n;

	if (need > w->room && !w->failed) {
		size_t room = need * 2;
		char  *more = realloc(w->at, room);

		w->failed = more == NULL;
		if (more != NULL) {
			w->at = more;
			w->room = room;
		}
	}
	if (w->failed)
		return;
	memcpy(w->at + w->used, bytes, n);
	w->used = need;
}

static void put_part(struct writing *w, uint32_t layer, const char *first,
                     const char *second, size_t bytes)
{
	struct part p = { layer, (uint32_t)strlen(first), (uint32_t)bytes };

	put(w, &p, sizeof(p));
	put(w, first, p.first + (size_t)1);
	put(w, second, bytes);
	put(w, "", 1);
}

static void put_all(struct writing *w, const struct kept *k, struct head *h)
{
	static const char zeroes[8];

	put(w, h, sizeof(*h));
	for (size_t i = 0; i < k->options.count; i++)
		put_part(w, 0, k->options.option[i].name,
		         k->options.option[i].value,
		         strlen(k->options.option[i].value));
	for (size_t i = 0; i < k->sources.count; i++) {
		const struct rule_source *s = &k->sources.source[i];

		put_part(w, (uint32_t)s->layer, s->path, s->text, s->bytes);
	}
	put(w, zeroes, (8 - w->used % 8) % 8);
	if (w->failed)
		return;
	h->image_at = w->used;
	h->image_bytes = k->bytes;
	put(w, k->image, k->bytes);
	h->bytes = w->used;
	if (!w->failed)
		h->said = text_sum(w->at + sizeof(*h), w->used - sizeof(*h));
}

static uint64_t sum_of(const struct head *h, const char *body, size_t n)
{
	struct head plain = *h;

	plain.sum = 0;
	return text_sum((const char *)&plain, sizeof(plain)) * 31 +
	       text_sum(body, n);
}

/* The whole file in memory, malloc'd; NULL: no memory. */
static char *compose(const struct kept *k, struct head *ret_head)
{
	struct writing w = { .at = NULL };
	struct head    h = { .number = k->number,
	                     .options = (uint32_t)k->options.count,
	                     .partial = k->options.partial,
	                     .files = (uint32_t)k->sources.count };

	memcpy(h.magic, MAGIC, sizeof(h.magic));
	text_copy(h.version, sizeof(h.version), PQS_VERSION);
	put_all(&w, k, &h);
	if (w.failed) {
		free(w.at);
		return NULL;
	}
	h.sum = sum_of(&h, w.at + sizeof(h), w.used - sizeof(h));
	memcpy(w.at, &h, sizeof(h));
	*ret_head = h;
	return w.at;
}

/* Whoever could write there could say what pqs does. */
static int folder_check(const char *folder)
{
	struct stat st;

	if (stat(folder, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && (st.st_mode & 022) == 0 &&
	       S_ISDIR(st.st_mode) ? 0 : -EPERM;
}

static int folder_make(const char *folder)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s", folder) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	for (char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		(void)mkdir(path, 0755);
		*at = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	return folder_check(folder);
}

static int write_whole(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, bytes, n);

		if (w < 0 && errno != EINTR)
			return -errno;
		if (w > 0) {
			bytes += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

static int folder_sync(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return r;
}

static int write_file(const char *folder, uint32_t number, const char *bytes,
                      size_t n)
{
	char path[PATH_MAX], beside[PATH_MAX + 8];
	int  r = kept_file(folder, number, path, sizeof(path)), fd;

	if (r < 0)
		return r;
	snprintf(beside, sizeof(beside), "%s.new", path);
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	          0600);
	if (fd < 0)
		return -errno;
	r = write_whole(fd, bytes, n);
	if (r == 0)
		r = kept_date(folder, fd);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	close(fd);
	if (r == 0 && rename(beside, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(beside);
	return r < 0 ? r : folder_sync(folder);
}

static int head_read(const char *folder, uint32_t number, struct head *ret,
                     int *ret_fd)
{
	char        path[PATH_MAX];
	struct stat st;
	int         r = kept_file(folder, number, path, sizeof(path)), fd;

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 ||
	    read(fd, ret, sizeof(*ret)) != (ssize_t)sizeof(*ret) ||
	    memcmp(ret->magic, MAGIC, sizeof(ret->magic)) != 0 ||
	    ret->bytes != (uint64_t)st.st_size || ret->bytes > BYTES_MAX ||
	    ret->bytes < sizeof(*ret)) {
		close(fd);
		return -EBADMSG;
	}
	*ret_fd = fd;
	return 0;
}

/* It was written before: a start with it is no news. */
static bool is_there(const char *folder, const struct head *h)
{
	uint32_t    newest[GENERATIONS_KEPT];
	struct head last = { .number = 0 };
	int         fd = -1;

	if (kept_list(folder, newest) == 0 ||
	    head_read(folder, newest[0], &last, &fd) < 0)
		return false;
	close(fd);
	return last.number == h->number && last.said == h->said &&
	       last.bytes == h->bytes && last.sum == h->sum;
}

/* One that says the same need not push an older one out. */
static void forget_same(const char *folder, const struct head *h)
{
	uint32_t    newest[GENERATIONS_KEPT];
	size_t      n = kept_list(folder, newest);
	struct head last = { .number = 0 };
	char        path[PATH_MAX];
	int         fd = -1;

	for (size_t i = 0; i < n; i++) {
		if (newest[i] == h->number ||
		    head_read(folder, newest[i], &last, &fd) < 0)
			continue;
		close(fd);
		if (last.said == h->said && last.bytes == h->bytes &&
		    kept_file(folder, newest[i], path, sizeof(path)) == 0)
			(void)unlink(path);
	}
}

int kept_write(const char *folder, const struct kept *k)
{
	struct head h;
	char       *bytes;
	int         r = folder_make(folder);

	if (r < 0)
		return r;
	bytes = compose(k, &h);
	if (bytes == NULL)
		return -ENOMEM;
	if (!is_there(folder, &h))
		r = write_file(folder, k->number, bytes, (size_t)h.bytes);
	free(bytes);
	if (r == 0)
		forget_same(folder, &h);
	kept_prune(folder);
	return r;
}

struct cursor {
	const char *at;
	size_t      left;
};

/* Each text must end where it says. */
static bool part_take(struct cursor *c, struct part *ret, const char **ret_first,
                      const char **ret_second)
{
	size_t need;

	if (c->left < sizeof(*ret))
		return false;
	memcpy(ret, c->at, sizeof(*ret));
	if (ret->first >= PATH_MAX || ret->second > RULE_FILE_MAX + 1u)
		return false;
	need = sizeof(*ret) + ret->first + (size_t)ret->second + 2;
	if (c->left < need)
		return false;
	*ret_first = c->at + sizeof(*ret);
	*ret_second = *ret_first + ret->first + 1;
	c->at += need;
	c->left -= need;
	return strlen(*ret_first) == ret->first &&
	       (*ret_second)[ret->second] == '\0';
}

static int source_add(struct sources *s, const struct part *p,
                      const char *path, const char *text)
{
	struct rule_source *more = reallocarray(s->source, s->count + 1,
	                                        sizeof(*more));
	struct rule_source  one = { .layer = (enum layer)p->layer,
	                            .bytes = p->second };

	if (more == NULL)
		return -ENOMEM;
	s->source = more;
	one.path = strdup(path);
	one.text = malloc(p->second + (size_t)1);
	if (one.path == NULL || one.text == NULL) {
		free(one.path);
		free(one.text);
		return -ENOMEM;
	}
	memcpy(one.text, text, p->second + (size_t)1);
	s->source[s->count++] = one;
	return 0;
}

static int parts_take(struct cursor *c, const struct head *h, struct kept *ret)
{
	struct part p;
	const char *first, *second;
	int         r = 0;

	for (uint32_t i = 0; i < h->options && r == 0; i++)
		r = !part_take(c, &p, &first, &second) ? -EBADMSG
		    : options_add(&ret->options, first, second);
	for (uint32_t i = 0; i < h->files && r == 0; i++)
		r = !part_take(c, &p, &first, &second) || p.layer >= LAYERS
		    ? -EBADMSG : source_add(&ret->sources, &p, first, second);
	ret->options.partial = h->partial != 0;
	return r == 0 || r == -ENOMEM ? r : -EBADMSG;
}

/* What other versions made is of no use; their sources are. */
static void image_take(const struct head *h, const char *bytes,
                       struct kept *ret)
{
	if (strncmp(h->version, PQS_VERSION, sizeof(h->version)) != 0 ||
	    h->image_bytes < sizeof(struct image_header))
		return;
	ret->image = bytes + (h->image_at - sizeof(*h));
	ret->bytes = h->image_bytes;
}

/* bytes: what follows the head. */
static int unfold(const struct head *h, char *bytes, struct kept *ret)
{
	size_t        n = h->bytes - sizeof(*h);
	struct cursor c = { bytes, 0 };
	int           r;

	if (bytes == NULL || sum_of(h, bytes, n) != h->sum ||
	    h->options > RULE_OPTIONS_MAX ||
	    h->files > RULE_FILES_MAX || h->image_at < sizeof(*h) ||
	    h->image_at > h->bytes || h->image_at % 8 != 0 ||
	    h->image_bytes != h->bytes - h->image_at ||
	    h->image_bytes > IMAGE_BYTES_MAX)
		return -EBADMSG;
	c.left = h->image_at - sizeof(*h);
	r = parts_take(&c, h, ret);
	if (r == 0)
		image_take(h, bytes, ret);
	return r;
}

static int body_read(int fd, const struct head *h, char **ret_bytes)
{
	size_t n = h->bytes - sizeof(*h), used = 0;
	char  *bytes = malloc(n + 1);

	if (bytes == NULL)
		return -ENOMEM;
	while (used < n) {
		ssize_t r = read(fd, bytes + used, n - used);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			free(bytes);
			return r < 0 ? -errno : -EBADMSG;
		}
		used += (size_t)r;
	}
	*ret_bytes = bytes;
	return 0;
}

int kept_read(const char *folder, uint32_t number, struct kept *ret)
{
	struct kept k = { .number = number };
	struct head h = { .number = 0 };
	char       *bytes = NULL;
	int         fd = -1, r = folder_check(folder);

	if (r == 0)
		r = head_read(folder, number, &h, &fd);
	if (r < 0)
		return r;
	r = body_read(fd, &h, &bytes);
	close(fd);
	if (r < 0)
		return r;
	k.memory = bytes;
	r = unfold(&h, bytes, &k);
	if (r < 0) {
		kept_forget(&k);
		return r;
	}
	*ret = k;
	return 0;
}

size_t kept_sound(const char *folder, uint32_t ret_numbers[GENERATIONS_KEPT])
{
	size_t      n = kept_list(folder, ret_numbers), sound = 0;
	struct kept k = { .number = 0 };

	for (size_t i = 0; i < n; i++) {
		if (kept_read(folder, ret_numbers[i], &k) != -EBADMSG)
			ret_numbers[sound++] = ret_numbers[i];
		kept_forget(&k);
	}
	return sound;
}
