/* ledger.c -- what the record file says, read as it grows by somebody who
 * shares nothing with the journal but the shape of a record.
 *
 * Asked at the very moment at which a knob has turned: then the file must say
 * already that it would.
 */

#include "campaign.h"
#include "journal/record.h"

struct entry {
	struct hold_key key;
	UT_hash_handle  hh;
};

static struct entry *entries;
static size_t        read_to;
static uint64_t      replaced;

static struct hold_key key_of(struct task_id whom, uint32_t s)
{
	return (struct hold_key){ whom.born, whom.pid, whom.tid, s, 0 };
}

static void put(struct hold_key key)
{
	struct entry *e;

	HASH_FIND(hh, entries, &key, sizeof key, e);
	if (e != NULL)
		return;
	e = calloc(1, sizeof *e);
	if (e == NULL)
		broken("no memory");
	e->key = key;
	HASH_ADD(hh, entries, key, sizeof e->key, e);
}

static void drop(struct entry *e)
{
	HASH_DEL(entries, e);
	free(e);
}

static void end(struct hold_key key)
{
	struct entry *e;

	HASH_FIND(hh, entries, &key, sizeof key, e);
	if (e != NULL)
		drop(e);
}

/* The child has what its parent has. */
static void birth(struct task_id child, struct task_id parent)
{
	struct entry *e, *next;

	HASH_ITER(hh, entries, e, next)
		if (e->key.pid == parent.pid && e->key.born == parent.born)
			put(key_of(child, e->key.setting));
}

static void gone(struct task_id whom)
{
	struct entry *e, *next;

	HASH_ITER(hh, entries, e, next)
		if (e->key.pid == whom.pid &&
		    (whom.born == 0 || e->key.born == whom.born) &&
		    (whom.tid == whom.pid || e->key.tid == whom.tid) &&
		    setting_rows[e->key.setting].scope !=
		    SETTING_SCOPE_SESSION)
			drop(e);
}

static void take_in(const struct record *r)
{
	if (r->crc != record_sum(r))
		return;
	switch (r->kind) {
	case RECORD_HOLD: put(key_of(r->u.hold.whom, r->setting)); break;
	case RECORD_END:  end(key_of(r->u.hold.whom, r->setting)); break;
	case RECORD_FORK: birth(r->u.hold.whom, r->u.hold.through); break;
	case RECORD_GONE: gone(r->u.hold.whom); break;
	default:          break;
	}
}

void ledger_clear(void)
{
	struct entry *e, *next;

	HASH_ITER(hh, entries, e, next)
		drop(e);
	read_to = sizeof(struct record_header);
}

static void read_on(void)
{
	const char   *file;
	size_t        bytes;
	struct record r;

	if (replaced != sim_calls(play.stage->sim, SIM_COMMIT)) {
		replaced = sim_calls(play.stage->sim, SIM_COMMIT);
		ledger_clear();
	}
	file = sim_store(play.stage->sim, &bytes);
	for (; read_to + sizeof r <= bytes; read_to += sizeof r) {
		memcpy(&r, file + read_to, sizeof r);
		take_in(&r);
	}
}

bool ledger_says(pid_t pid, enum setting s)
{
	struct entry *e, *next;

	read_on();
	HASH_ITER(hh, entries, e, next)
		if (e->key.setting == s && e->key.pid == pid)
			return true;
	return false;
}

void ledger_check(struct task_id whom, enum setting s)
{
	bool          session = setting_rows[s].scope == SETTING_SCOPE_SESSION;
	struct entry *e, *next;

	read_on();
	HASH_ITER(hh, entries, e, next)
		if (e->key.setting == s && (session ||
		    (e->key.pid == whom.pid && e->key.born == whom.born)))
			return;
	broken("%s of %d/%d was turned and the file says nothing of it",
	       setting_rows[s].name, (int)whom.pid, (int)whom.tid);
}
