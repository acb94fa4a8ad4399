/* memory_store.h -- a record file in memory that can be cut and can fail. */
#ifndef TESTS_MEMORY_STORE_H
#define TESTS_MEMORY_STORE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"

struct memory_file {
	unsigned char *bytes;
	size_t         count, room;
};

struct memory_store {
	struct memory_file file, staged;
	unsigned           appends, replacements;
	int                error;       /* of every write from now on         */
	size_t             torn_bytes;  /* that a failing append still writes */
	/* Called before each write of n bytes; returns how many get through
	 * before the writer dies (SIZE_MAX: all, and it lives). */
	size_t           (*writing)(void *ctx, size_t n);
	void              *ctx;
	bool               dead;        /* the writer is                      */
};

static void memory_put(struct memory_file *f, const void *bytes, size_t n)
{
	if (f->count + n > f->room) {
		f->room = (f->count + n) * 2;
		f->bytes = realloc(f->bytes, f->room);
		if (f->bytes == NULL)
			abort();
	}
	if (n != 0)
		memcpy(f->bytes + f->count, bytes, n);
	f->count += n;
}

static int memory_write(struct memory_store *s, struct memory_file *f,
                        const void *bytes, size_t n)
{
	size_t through = n;

	if (s->dead)
		return 0;
	if (s->error != 0) {
		memory_put(f, bytes, s->torn_bytes < n ? s->torn_bytes : n);
		return -s->error;
	}
	if (s->writing != NULL)
		through = s->writing(s->ctx, n);
	if (s->writing != NULL)
		s->dead = through != SIZE_MAX;
	memory_put(f, bytes, through < n ? through : n);
	return 0;
}

static int memory_append(void *self, const void *bytes, size_t n)
{
	struct memory_store *s = self;

	s->appends++;
	return memory_write(s, &s->file, bytes, n);
}

static int memory_amend(void *self, uint64_t at, const void *bytes, size_t n)
{
	struct memory_store *s = self;

	if (at + n > s->file.count)
		return -EINVAL;
	if (!s->dead)
		memcpy(s->file.bytes + at, bytes, n);
	return 0;
}

static int memory_read(void *self, uint64_t at, void *ret_bytes, size_t n)
{
	struct memory_store *s = self;

	if (at >= s->file.count)
		return 0;
	if (n > s->file.count - at)
		n = s->file.count - at;
	if (n > 100)
		n = 100;                /* a reader must be ready for less    */
	memcpy(ret_bytes, s->file.bytes + at, n);
	return (int)n;
}

static int memory_replace_begin(void *self)
{
	struct memory_store *s = self;

	s->staged.count = 0;
	return s->dead || s->error == 0 ? 0 : -s->error;
}

static int memory_replace_append(void *self, const void *bytes, size_t n)
{
	struct memory_store *s = self;

	return memory_write(s, &s->staged, bytes, n);
}

static int memory_replace_commit(void *self)
{
	struct memory_store *s = self;
	struct memory_file   old = s->file;

	if (s->dead)
		return 0;
	if (s->error != 0)
		return -s->error;
	s->replacements++;
	s->file = s->staged;
	s->staged = old;
	return 0;
}

static struct store memory_door(struct memory_store *s)
{
	return (struct store){
		.name = "memory", .self = s, .append = memory_append,
		.amend = memory_amend, .read = memory_read,
		.replace_begin = memory_replace_begin,
		.replace_append = memory_replace_append,
		.replace_commit = memory_replace_commit,
	};
}

static void memory_free(struct memory_store *s)
{
	free(s->file.bytes);
	free(s->staged.bytes);
	memset(s, 0, sizeof *s);
}

#endif
