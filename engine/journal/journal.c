/* journal.c -- what was changed, from what, to what.
 *
 * Memory is the truth and the file follows it.  After a write that failed, when
 * nobody knows how the file ends, it is replaced by what memory holds before
 * anything else is written.
 */

#include "journal/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "journal/record.h"
#include "model/group.h"

#define COMPACT_BYTES  (1u << 20)       /* smaller files stay as they are     */
#define COMPACT_RATIO  4                /* so many times what is live         */

struct journal {
	struct interned *sets;
	struct holds     holds;
	struct formers   formers;
	struct output   *file, *staged;
	bool             pending;       /* memory knows more than the file    */
	bool             changed;       /* what was begun in the file is over */
	bool             unsure;        /* of the file's end: replace it      */
	bool             staging;       /* a replacement is being written     */
	size_t           torn, damaged;
	char             boot[RECORD_BOOT_BYTES];
};

static struct output *output_new(const struct store *store,
                                 const struct interned *sets)
{
	struct output *o = calloc(1, sizeof *o);

	if (o != NULL) {
		o->store = store;
		o->sets = sets;
	}
	return o;
}

static int fill(struct journal *j, const struct store *store)
{
	struct record_counts n = { .bytes = 0 };
	int                  r = holds_open(&j->holds);

	if (r == 0)
		r = record_read(store, j->boot, j->sets, &j->holds,
		                &j->formers, &n);
	j->file->bytes = n.bytes;
	j->torn = n.torn;
	j->damaged = n.damaged;
	if (r >= 0)
		j->unsure = r == 0;
	return r < 0 ? r : 0;
}

int journal_open(const struct store *store, const char *boot,
                 struct interned *sets, struct journal **ret_journal)
{
	struct journal *j = calloc(1, sizeof *j);
	int             r = -ENOMEM;

	if (j == NULL)
		return r;
	j->sets = sets;
	j->file = output_new(store, sets);
	j->staged = output_new(store, sets);
	text_copy(j->boot, sizeof j->boot, boot);
	if (j->file != NULL && j->staged != NULL)
		r = fill(j, store);
	if (r < 0) {
		journal_close(j);
		return r;
	}
	*ret_journal = j;
	return 0;
}

void journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	holds_close(&j->holds);
	free(j->file);
	free(j->staged);
	free(j);
}

/* What came to nothing may not be read as if it had been done. */
static int unsure(struct journal *j, int error)
{
	if (j->changed)
		record_strike(j->file->store, j->file->bytes, &j->holds);
	j->changed = false;
	j->unsure = true;
	j->file->used = 0;
	return error;
}

/* A replacement under way hears of everything too: the part of it that was
 * written before is then as true as the rest. */
static int note(struct journal *j, enum record_kind kind,
                const struct hold *about)
{
	int r = 0;

	j->pending = true;
	if (j->staging && output_write(j->staged, kind, about) < 0)
		j->staging = false;
	if (!j->unsure)
		r = output_write(j->file, kind, about);
	return r < 0 ? unsure(j, r) : 0;
}

/* They are few. */
static int stage_formers(struct journal *j)
{
	struct hold heard = { .since_ns = j->formers.heard_ns };
	int         r = 0;

	if (j->formers.first == j->formers.next)
		return 0;
	for (uint64_t i = j->formers.first; r == 0 && i != j->formers.next; i++)
		r = output_former(j->staged,
		                  &j->formers.all[i % FORMERS_MAX]);
	return r < 0 ? r : output_write(j->staged, RECORD_HEARD, &heard);
}

static int staging_begin(struct journal *j)
{
	int r = output_replace(j->staged, j->boot);

	if (r == 0)
		r = stage_formers(j);
	j->staging = r == 0;
	j->holds.cursor = j->holds.all;
	return r;
}

static int staging_commit(struct journal *j)
{
	const struct store *door = j->staged->store;
	struct output      *o = j->staged;
	int                 r = output_flush(o);

	j->staging = false;
	if (r == 0)
		r = door->replace_commit(door->self);
	if (r < 0)
		return r;
	j->staged = j->file;
	j->file = o;
	o->replaces = false;
	j->unsure = j->pending = false;
	return 0;
}

/* 1 while there is more. */
static int staging_step(struct journal *j)
{
	for (size_t i = 0; i < RECORD_BATCH && j->holds.cursor != NULL; i++) {
		struct kept_hold *k = j->holds.cursor;
		int          r = output_write(j->staged, RECORD_HOLD, &k->hold);

		if (r < 0) {
			j->staging = false;
			return r;
		}
		j->holds.cursor = k->by_key.next;
	}
	return j->holds.cursor != NULL ? 1 : staging_commit(j);
}

int journal_rewrite(struct journal *j)
{
	int r = staging_begin(j);

	if (r == 0)
		do
			r = staging_step(j);
		while (r == 1);
	return r;
}

int journal_compact(struct journal *j)
{
	uint64_t live = (holds_count(&j->holds) + 1) * sizeof(struct record);
	uint64_t bytes = j->file->bytes;
	int      r = 0;

	if (j->staging)
		return staging_step(j);
	if (bytes < COMPACT_BYTES || bytes < COMPACT_RATIO * live)
		return 0;
	r = staging_begin(j);
	return r < 0 ? r : staging_step(j);
}

int journal_flush(struct journal *j)
{
	uint64_t after = j->file->bytes + sizeof j->file->waiting;
	int      r;

	if (!j->pending)
		return 0;
	if (j->unsure || after > JOURNAL_BYTES_MAX)
		r = journal_rewrite(j);
	else
		r = output_flush(j->file);
	j->pending = r < 0;
	return r < 0 ? unsure(j, r) : 0;
}

static bool can_be_written(const struct journal *j, enum setting s,
                           int64_t value)
{
	return !setting_is_interned(s) || group_is_of_one(value) ||
	       interned_text(j->sets, value)[0] != '\0';
}

static void note_former(struct journal *j, const struct hold *h,
                        int64_t value, uint64_t until_ns)
{
	struct former f = {
		.whom = h->whom, .setting = h->setting, .value = value,
		.origin = h->origin, .since_ns = h->since_ns,
		.until_ns = until_ns,
	};

	if (value == h->origin || hold_of_session(h) ||
	    !setting_is_born_with(h->setting) ||
	    h->setting == SETTING_pool)
		return;
	formers_put(&j->formers, &f);
	j->pending = true;
	if (j->staging && output_former(j->staged, &f) < 0)
		j->staging = false;
	if (!j->unsure && output_former(j->file, &f) < 0)
		unsure(j, -EIO);
}

int journal_back(struct journal *j, struct task_id whom, enum setting s,
                 uint64_t now_ns)
{
	struct kept_hold *k = holds_find(&j->holds, whom, s);

	if (k == NULL)
		return -ENOENT;
	note_former(j, &k->hold, k->hold.earlier, now_ns);
	if (k->hold.applied != k->hold.earlier)
		note_former(j, &k->hold, k->hold.applied, now_ns);
	return journal_end(j, whom, s);
}

void journal_heard(struct journal *j, uint64_t at_ns)
{
	struct hold heard = { .since_ns = at_ns };

	if (formers_heard(&j->formers, at_ns))
		note(j, RECORD_HEARD, &heard);
}

void journal_told(struct journal *j, uint64_t at_ns)
{
	j->formers.told_ns = at_ns;
}

const struct former *journal_former(const struct journal *j,
                                    struct task_id whom, enum setting s,
                                    int64_t value, uint64_t born_ns)
{
	return formers_find(&j->formers, whom, s, value, born_ns);
}

uint64_t journal_formers(const struct journal *j, struct task_id process)
{
	return formers_of(&j->formers, process);
}

bool journal_is_empty(const struct journal *j)
{
	return journal_count(j) == 0 && j->formers.first == j->formers.next;
}

void journal_undone(struct journal *j)
{
	formers_clear(&j->formers);
}

/* 'earlier' makes room for what it has now. */
static void note_earlier(struct journal *j, const struct hold *k,
                         const struct hold *about)
{
	if (about->wanted != about->applied && k->earlier != about->applied)
		note_former(j, k, k->earlier, about->since_ns);
}

int journal_begin(struct journal *j, const struct hold *about)
{
	struct kept_hold *k = holds_find(&j->holds, about->whom, about->setting);
	struct hold  h = k != NULL ? k->hold : *about;
	struct hold  before = h;
	int          r;

	if ((about->whom.born == 0 && !hold_of_session(about)) ||
	    !can_be_written(j, h.setting, about->wanted) ||
	    !can_be_written(j, h.setting, about->applied) ||
	    !can_be_written(j, h.setting, h.origin))
		return -EINVAL;
	h.through = about->through;
	h.wanted = about->wanted;
	h.applied = h.earlier = about->applied;
	h.settled = false;
	r = holds_put(&j->holds, &h);
	if (r < 0)
		return r;
	if (k != NULL)
		note_earlier(j, &before, about);
	r = note(j, RECORD_HOLD, &h);
	if (r < 0 && k != NULL)
		k->hold = before;
	else if (r < 0)
		holds_drop(&j->holds,
		           holds_find(&j->holds, h.whom, h.setting));
	return r;
}

int journal_settle(struct journal *j, struct task_id whom, enum setting s,
                   int64_t applied)
{
	struct kept_hold *k = holds_find(&j->holds, whom, s);
	int          r;

	if (k == NULL)
		return -ENOENT;
	if (!can_be_written(j, s, applied))
		return -EINVAL;
	k->hold.applied = applied;
	k->hold.settled = j->changed = true;
	r = note(j, RECORD_HOLD, &k->hold);
	/* What the kernel made of it cannot be guessed from what was begun. */
	if (r == 0 && applied != k->hold.wanted)
		r = journal_flush(j);
	return r;
}

int journal_end(struct journal *j, struct task_id whom, enum setting s)
{
	struct kept_hold *k = holds_find(&j->holds, whom, s);
	struct hold  ended = { .whom = whom, .setting = s };

	if (k == NULL)
		return -ENOENT;
	holds_drop(&j->holds, k);
	j->changed = true;
	return note(j, RECORD_END, &ended);
}

int journal_fork(struct journal *j, struct task_id child,
                 struct task_id parent)
{
	struct hold birth = { .whom = child, .through = parent };
	int         copied;

	if (child.born == 0 || parent.born == 0)
		return -EINVAL;
	copied = holds_fork(&j->holds, child, parent);
	if (copied > 0)
		note(j, RECORD_FORK, &birth);
	return copied;
}

int journal_gone(struct journal *j, struct task_id whom)
{
	struct hold death = { .whom = whom };
	int         gone = holds_gone(&j->holds, whom);

	if (gone > 0)
		note(j, RECORD_GONE, &death);
	return gone;
}

int journal_winnow(struct journal *j,
                   bool (*lives)(void *ctx, struct task_id whom), void *ctx)
{
	struct kept_hold *k, *next;
	int          gone = 0;

	for (k = j->holds.all; k != NULL; k = next) {
		struct hold ended = { .whom = k->hold.whom,
			              .setting = k->hold.setting };

		next = k->by_key.next;
		if (hold_of_session(&k->hold) || lives(ctx, k->hold.whom))
			continue;
		holds_drop(&j->holds, k);
		note(j, RECORD_END, &ended);
		gone++;
	}
	return gone;
}

const struct hold *journal_find(const struct journal *j, struct task_id whom,
                                enum setting s)
{
	const struct kept_hold *k = holds_find(&j->holds, whom, s);

	return k == NULL ? NULL : &k->hold;
}

bool journal_process(const struct journal *j, pid_t pid,
                     struct task_id *ret_process)
{
	const struct kept_hold *k = holds_chain(&j->holds, pid);
	struct task_id          last = { pid, pid, 0 };

	for (; k != NULL; k = k->next)
		if (k->hold.whom.pid == pid && !hold_of_session(&k->hold) &&
		    k->hold.whom.born > last.born)
			last.born = k->hold.whom.born;
	if (last.born != 0)
		*ret_process = last;
	return last.born != 0;
}

uint64_t journal_holds_within(const struct journal *j, struct task_id process)
{
	const struct kept_hold *k = holds_chain(&j->holds, process.pid);
	uint64_t           has = 0;

	for (; k != NULL; k = k->next)
		if (hold_of_process(&k->hold, process))
			has |= SETTING_BIT(k->hold.setting);
	return has;
}

const struct hold *journal_of_thread(const struct journal *j,
                                     struct task_id process)
{
	const struct kept_hold *k = holds_chain(&j->holds, process.pid);

	while (k != NULL && (!hold_of_process(&k->hold, process) ||
	                     !task_id_is_thread(k->hold.whom)))
		k = k->next;
	return k == NULL ? NULL : &k->hold;
}

uint64_t journal_holds(const struct journal *j, struct task_id whom)
{
	const struct kept_hold *k = holds_chain(&j->holds, whom.pid);
	uint64_t           has = 0;

	for (; k != NULL; k = k->next)
		if (hold_of_process(&k->hold, whom) &&
		    k->hold.whom.tid == whom.tid)
			has |= SETTING_BIT(k->hold.setting);
	return has;
}

const struct hold *journal_kin(const struct journal *j, enum kin of,
                               struct task_id thread, enum setting s,
                               int64_t value)
{
	return holds_kin(&j->holds, of, thread, s, value);
}

void journal_each(const struct journal *j,
                  void (*each)(void *ctx, const struct hold *h), void *ctx)
{
	for (struct kept_hold *k = j->holds.all; k != NULL; k = k->by_key.next)
		each(ctx, &k->hold);
}

size_t journal_count(const struct journal *j)
{
	return holds_count(&j->holds);
}

size_t journal_threads(const struct journal *j)
{
	return j->holds.of_threads;
}

size_t journal_torn(const struct journal *j)
{
	return j->torn;
}

size_t journal_damaged(const struct journal *j)
{
	return j->damaged;
}
