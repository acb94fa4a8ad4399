/* record.c -- a record file that lives in memory. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/sim/machine.h"

static int record_add(struct record *to, const void *bytes, size_t n)
{
	if (to->used + n > to->room) {
		size_t room = 2 * (to->used + n);
		char  *more = realloc(to->bytes, room);

		if (more == NULL)
			return -ENOMEM;
		to->bytes = more;
		to->room = room;
	}
	if (n > 0)
		memcpy(to->bytes + to->used, bytes, n);
	to->used += n;
	return 0;
}

/* What there is room for is written, as on a disk that is full. */
static int write_to(struct sim *s, struct record *to, const void *bytes,
                    size_t n)
{
	size_t used = s->store.used + s->staged.used;
	size_t room = used < s->disk_bytes ? s->disk_bytes - used : 0;
	int    r = sim_call(s, SIM_APPEND);

	if (r == 0)
		r = record_add(to, bytes, n < room ? n : room);
	return r < 0 || n <= room ? r : -ENOSPC;
}

static int sim_append(void *self, const void *bytes, size_t n)
{
	struct sim *s = self;

	return write_to(s, &s->store, bytes, n);
}

static int sim_amend(void *self, uint64_t at, const void *bytes, size_t n)
{
	struct sim *s = self;

	if (at + n > s->store.used)
		return -EINVAL;
	if (!s->dead)
		memcpy(s->store.bytes + at, bytes, n);
	return 0;
}

static int sim_read(void *self, uint64_t at, void *ret_bytes, size_t n)
{
	const struct record *from = &((struct sim *)self)->store;
	int                  r = sim_call(self, SIM_STORE_READ);

	if (r < 0)
		return r;
	if (at >= from->used)
		return 0;
	if (n > from->used - at)
		n = from->used - at;
	if (n > INT32_MAX)
		n = INT32_MAX;
	memcpy(ret_bytes, from->bytes + at, n);
	return (int)n;
}

static int sim_replace_begin(void *self)
{
	struct sim *s = self;
	int         r = sim_call(s, SIM_REPLACE);

	if (r == 0)
		s->staged.used = 0;
	return r;
}

/* A replacement that missed a byte is given up. */
static int sim_replace_append(void *self, const void *bytes, size_t n)
{
	struct sim *s = self;
	int         r = write_to(s, &s->staged, bytes, n);

	if (r < 0)
		s->staged.used = 0;
	return r;
}

static int sim_replace_commit(void *self)
{
	struct sim   *s = self;
	struct record old = s->store;
	int           r = sim_call(s, SIM_COMMIT);

	if (r < 0)
		return r;
	s->store = s->staged;
	s->staged = old;
	s->staged.used = 0;
	return 0;
}

static void sim_close(void *self)
{
	(void)self;
}

void record_door(struct sim *s, struct store *ret_store)
{
	*ret_store = (struct store){
		.name = "sim", .self = s, .append = sim_append,
		.amend = sim_amend, .read = sim_read,
		.replace_begin = sim_replace_begin,
		.replace_append = sim_replace_append,
		.replace_commit = sim_replace_commit, .close = sim_close,
	};
}

const void *sim_store(const struct sim *s, size_t *ret_bytes)
{
	*ret_bytes = s->store.used;
	return s->store.bytes;
}

void sim_disk(struct sim *s, size_t bytes)
{
	s->disk_bytes = bytes;
}

void sim_tear_store(struct sim *s, size_t bytes)
{
	s->store.used -= bytes < s->store.used ? bytes : s->store.used;
	s->staged.used = 0;
}
