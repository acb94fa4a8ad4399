/* read.c -- reading the journal's file, as far as it can be believed. */

#include "journal/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/group.h"

#define SET_TEXT_MAX (CPUS_MAX * 5 + 1)
#define READ_AT_ONCE 64         /* records                                    */

/* The file's numbers of sets and names are its own. */
struct reader {
	const struct store *store;
	struct interned    *sets;
	struct holds       *holds;
	struct formers     *formers;
	uint64_t            at;
	size_t              text_bytes;         /* of a set, so far           */
	char                text[SET_TEXT_MAX];
	int32_t             set[INTERNED_MAX];  /* its number here, plus 1    */
	struct record_counts counts;
};

/* As many of n bytes as there are. */
static int64_t read_up_to(struct reader *in, void *ret_bytes, size_t n)
{
	size_t got = 0;

	while (got < n) {
		int r = in->store->read(in->store->self, in->at,
		                        (char *)ret_bytes + got, n - got);

		if (r < 0)
			return r;
		if (r == 0)
			break;
		got += (size_t)r;
		in->at += (size_t)r;
	}
	return (int64_t)got;
}

static int64_t number_of(const struct reader *in, enum setting s)
{
	int64_t id;
	int     r;

	if (s == SETTING_pool)
		return group_read(in->sets, in->text);
	r = setting_parse(s, in->text, in->sets, &id);
	return r < 0 ? r : id;
}

static int learn_set(struct reader *in, const struct record *r)
{
	int64_t id;

	if (r->setting >= SETTING_COUNT ||
	    !setting_is_interned((enum setting)r->setting) ||
	    r->u.set.id >= INTERNED_MAX || r->length > RECORD_TEXT_BYTES ||
	    in->text_bytes + r->length >= sizeof in->text)
		return -EBADMSG;
	memcpy(in->text + in->text_bytes, r->u.set.text, r->length);
	in->text_bytes += r->length;
	if ((r->flags & RECORD_PIECE) == 0)
		return 0;
	in->text[in->text_bytes] = '\0';
	in->text_bytes = 0;
	id = number_of(in, (enum setting)r->setting);
	if (id < 0 || id >= INTERNED_MAX)
		return id == -ENOMEM ? -ENOMEM : -EBADMSG;
	in->set[r->u.set.id] = (int32_t)id + 1;
	return 0;
}

static bool translate(const struct reader *in, int64_t *value)
{
	if (group_is_of_one(*value))
		return true;
	if (*value < 0 || *value >= INTERNED_MAX || in->set[*value] == 0)
		return false;
	*value = in->set[*value] - 1;
	return true;
}

static void learn_former(struct reader *in, const struct hold *h)
{
	formers_put(in->formers, &(struct former){
		.whom = h->whom, .setting = h->setting, .value = h->applied,
		.origin = h->origin, .since_ns = h->since_ns,
		.until_ns = h->through.born });
}

static int learn_hold(struct reader *in, struct hold *h, enum record_kind kind)
{
	if (setting_is_interned(h->setting) &&
	    (!translate(in, &h->origin) || !translate(in, &h->wanted) ||
	     !translate(in, &h->applied) || !translate(in, &h->earlier)))
		return -EBADMSG;
	if (kind == RECORD_HOLD)
		return holds_put(in->holds, h);
	learn_former(in, h);
	return 0;
}

static int learn_hold_record(struct reader *in, const struct record *r)
{
	struct hold  h = { .setting = (enum setting)r->setting };
	struct kept_hold *k;

	if (r->setting >= SETTING_COUNT ||
	    setting_rows[h.setting].kind != SETTING_KIND_KNOB ||
	    !setting_rows[h.setting].undoable)
		return -EBADMSG;
	h.whom = r->u.hold.whom;
	h.through = r->u.hold.through;
	h.origin = r->u.hold.origin;
	h.wanted = r->u.hold.wanted;
	h.applied = r->u.hold.applied;
	h.earlier = r->u.hold.earlier;
	h.since_ns = r->u.hold.since_ns;
	h.settled = (r->flags & RECORD_SETTLED) != 0;
	if ((r->flags & RECORD_AS_WANTED) != 0)
		h.applied = h.wanted;
	if (r->kind != RECORD_END)
		return learn_hold(in, &h, (enum record_kind)r->kind);
	k = holds_find(in->holds, h.whom, h.setting);
	if (k != NULL)
		holds_drop(in->holds, k);
	return 0;
}

static int learn(struct reader *in, const struct record *r)
{
	int n = 0;

	switch (r->kind) {
	case RECORD_SET:
		return learn_set(in, r);
	case RECORD_HOLD:
	case RECORD_FORMER:
	case RECORD_END:
		return learn_hold_record(in, r);
	case RECORD_FORK:
		n = holds_fork(in->holds, r->u.hold.whom, r->u.hold.through);
		break;
	case RECORD_HEARD:
		formers_heard(in->formers, r->u.hold.since_ns);
		break;
	case RECORD_GONE:
		holds_gone(in->holds, r->u.hold.whom);
		break;
	default:
		return -EBADMSG;
	}
	return n < 0 ? n : 0;
}

/* As it is after an end at which all was put back. */
static bool is_empty(struct reader *in)
{
	char byte;

	return read_up_to(in, &byte, sizeof byte) == 0;
}

/* 1: a header of ours and of this boot; 0: nothing here is of use. */
static int read_header(struct reader *in, const char *boot)
{
	struct record_header h;
	int64_t              n = read_up_to(in, &h, sizeof h);
	size_t               known = n < 8 ? (size_t)(n < 0 ? 0 : n) : 8;

	if (n < 0)
		return (int)n;
	if (memcmp(h.magic, RECORD_MAGIC, known) != 0)
		return -EBADMSG;
	in->counts.torn = n > 0 && n < (int64_t)sizeof h;
	if (n < (int64_t)sizeof h)
		return 0;
	if (h.crc != text_crc32(0, &h, offsetof(struct record_header, crc)))
		return -EBADMSG;
	if (strncmp(h.boot, boot, sizeof h.boot - 1) != 0)
		return 0;
	if (h.version == RECORD_VERSION)
		return 1;
	return is_empty(in) ? 0 : -EAGAIN;
}

/* From one place on, to the end of the file or of a flush with damage in it. */
struct extent {
	uint64_t records;               /* the last one may be cut            */
	uint64_t sound;                 /* flushed as a whole, before damage  */
	bool     damaged;
	bool     ends;                  /* the file does                      */
};

/* Whether the record is the last one of what is measured. */
static bool measure_one(struct extent *e, const struct record *r)
{
	bool last = (r->flags & RECORD_LAST) != 0;

	e->records++;
	if (r->crc != record_sum(r))
		e->damaged = true;
	else if (e->damaged)
		return last;
	else if (last)
		e->sound = e->records;
	return false;
}

static int measure(struct reader *in, uint64_t at, struct extent *ret_extent)
{
	struct record batch[READ_AT_ONCE];
	struct extent e = { .records = 0 };
	int64_t       n;

	in->at = at;
	while ((n = read_up_to(in, batch, sizeof batch)) > 0) {
		for (int64_t i = 0; i < n / (int64_t)sizeof *batch; i++)
			if (measure_one(&e, &batch[i])) {
				*ret_extent = e;
				return 0;
			}
		e.records += n % (int64_t)sizeof *batch != 0;
	}
	e.ends = true;
	*ret_extent = e;
	return (int)n;
}

/* Behind damage a number may be that of a set whose text was lost. */
static int learn_after(struct reader *in, const struct record *record)
{
	int r = learn(in, record);

	if (r != -EBADMSG || in->counts.damaged == 0)
		return r;
	in->counts.torn++;
	in->counts.damaged++;
	return 0;
}

static int learn_all(struct reader *in, uint64_t at, uint64_t records)
{
	struct record batch[READ_AT_ONCE];
	int           r = 0;

	in->at = at;
	while (records > 0 && r == 0) {
		size_t  n = records < READ_AT_ONCE ? (size_t)records
		                                   : READ_AT_ONCE;
		int64_t got = read_up_to(in, batch, n * sizeof *batch);

		if (got < (int64_t)(n * sizeof *batch))
			return got < 0 ? (int)got : -EBADMSG;
		for (size_t i = 0; i < n && r == 0; i++)
			r = learn_after(in, &batch[i]);
		records -= n;
	}
	return r;
}

static void lose(struct reader *in, const struct extent *e)
{
	size_t lost = (size_t)(e->records - e->sound);

	in->counts.torn += lost;
	if (!e->damaged)
		return;
	in->counts.damaged += lost;
	in->text_bytes = 0;
	memset(in->set, 0, sizeof in->set);
}

/* When even the header is not to be believed, all are only counted.  1 when all
 * was sound. */
static int read_records(struct reader *in, bool believed)
{
	uint64_t      at = in->at;
	struct extent e = { .ends = false };
	int           r = 0;

	while (r == 0 && !e.ends) {
		r = measure(in, at, &e);
		if (r == 0 && believed)
			r = learn_all(in, at, e.sound);
		else
			e.sound = 0;
		if (believed)
			lose(in, &e);
		else
			in->counts.torn += (size_t)e.records;
		at += e.records * sizeof(struct record);
	}
	in->counts.bytes = at;
	return r < 0 ? r : believed && in->counts.torn == 0;
}

int record_read(const struct store *store, const char *boot,
                struct interned *sets, struct holds *h, struct formers *f,
                struct record_counts *ret_counts)
{
	struct reader *in = calloc(1, sizeof *in);
	int            r;

	if (in == NULL)
		return -ENOMEM;
	in->store = store;
	in->sets = sets;
	in->holds = h;
	in->formers = f;
	r = read_header(in, boot);
	if (r >= 0)
		r = read_records(in, r == 1);
	*ret_counts = in->counts;
	free(in);
	return r;
}
