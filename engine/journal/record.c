/* record.c -- writing the journal's file. */

#include "journal/record.h"

#include <string.h>

#include "base/text.h"
#include "model/group.h"

static int put_bytes(struct output *o, const void *bytes, size_t n)
{
	const struct store *door = o->store;
	int r = o->replaces ? door->replace_append(door->self, bytes, n)
	                    : door->append(door->self, bytes, n);

	if (r == 0)
		o->bytes += n;
	return r;
}

int output_replace(struct output *o, const char *boot)
{
	struct record_header h = { .version = RECORD_VERSION };
	int                  r = o->store->replace_begin(o->store->self);

	if (r < 0)
		return r;
	o->replaces = true;
	o->used = 0;
	o->bytes = 0;
	memset(o->defined, 0, sizeof o->defined);
	o->sweeps = interned_sweeps(o->sets);
	memcpy(h.magic, RECORD_MAGIC, sizeof h.magic);
	text_copy(h.boot, sizeof h.boot, boot);
	h.crc = text_crc32(0, &h, offsetof(struct record_header, crc));
	return put_bytes(o, &h, sizeof h);
}

static int put_waiting(struct output *o)
{
	int r = o->used == 0 ? 0 : put_bytes(o, o->waiting,
	                                     o->used * sizeof *o->waiting);

	if (r == 0)
		o->used = 0;
	return r;
}

int output_flush(struct output *o)
{
	struct record *last;

	if (o->used == 0)
		return 0;
	last = &o->waiting[o->used - 1];
	last->flags |= RECORD_LAST;
	last->crc = record_sum(last);
	return put_waiting(o);
}

/* Of more than there is room for, one always waits to be marked as the last. */
static int put_record(struct output *o, struct record *record)
{
	int r = o->used == RECORD_BATCH ? put_waiting(o) : 0;

	if (r < 0)
		return r;
	record->crc = record_sum(record);
	o->waiting[o->used++] = *record;
	return 0;
}

static int put_set(struct output *o, enum setting s, int64_t id)
{
	const char *list = interned_text(o->sets, id);
	size_t      n = strlen(list), at = 0;

	if (group_is_of_one(id))
		return 0;               /* it needs no text                   */
	if ((o->defined[id / 8] >> (id % 8) & 1) != 0)
		return 0;
	while (at < n) {
		struct record record = { .kind = RECORD_SET,
		                         .setting = (uint8_t)s };
		size_t        piece = n - at < RECORD_TEXT_BYTES ?
		                      n - at : RECORD_TEXT_BYTES;
		int           r;

		record.length = (uint8_t)piece;
		record.flags = at + piece == n ? RECORD_PIECE : 0;
		record.u.set.id = (uint32_t)id;
		memcpy(record.u.set.text, list + at, piece);
		r = put_record(o, &record);
		if (r < 0)
			return r;
		at += piece;
	}
	o->defined[id / 8] |= (uint8_t)(1u << (id % 8));
	return 0;
}

static int put_sets_of(struct output *o, const struct hold *h)
{
	enum setting s = h->setting;
	int          r;

	if (!setting_is_interned(s))
		return 0;
	if (o->sweeps != interned_sweeps(o->sets))
		memset(o->defined, 0, sizeof o->defined);
	o->sweeps = interned_sweeps(o->sets);
	r = put_set(o, s, h->origin);
	if (r == 0)
		r = put_set(o, s, h->wanted);
	if (r == 0)
		r = put_set(o, s, h->applied);
	return r == 0 ? put_set(o, s, h->earlier) : r;
}

int output_write(struct output *o, enum record_kind kind,
                 const struct hold *about)
{
	struct record record = { .kind = (uint8_t)kind,
	                         .setting = (uint8_t)about->setting };
	int           r = 0;

	record.u.hold.whom = about->whom;
	record.u.hold.through = about->through;
	if (kind == RECORD_HEARD)
		record.u.hold.since_ns = about->since_ns;
	if (kind == RECORD_HOLD || kind == RECORD_FORMER) {
		record.flags = about->settled ? RECORD_SETTLED : 0;
		record.u.hold.origin = about->origin;
		record.u.hold.wanted = about->wanted;
		record.u.hold.applied = about->applied;
		record.u.hold.earlier = about->earlier;
		record.u.hold.since_ns = about->since_ns;
		r = put_sets_of(o, about);
	}
	return r == 0 ? put_record(o, &record) : r;
}

int output_former(struct output *o, const struct former *f)
{
	struct hold h = {
		.whom = f->whom, .through.born = f->until_ns,
		.setting = f->setting, .origin = f->origin, .wanted = f->value,
		.applied = f->value, .earlier = f->value,
		.since_ns = f->since_ns,
	};

	return output_write(o, RECORD_FORMER, &h);
}
