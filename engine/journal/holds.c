/* holds.c -- the holds in memory, found by task and setting, and by process. */

#include "journal/holds.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "base/limits.h"

#undef  HASH_FUNCTION
#define HASH_FUNCTION(key, bytes, hash) ((hash) = hold_key_hash(key))

/* Cheaper than of any bytes: a hold is looked for many times
 * in each judging. */
static unsigned hold_key_hash(const struct hold_key *key)
{
	uint64_t sum = key->born * UINT64_C(0x9e3779b97f4a7c15) +
	               ((uint64_t)(uint32_t)key->pid << 32 |
	                (uint32_t)key->tid);

	sum = (sum ^ sum >> 29 ^ key->setting) * UINT64_C(0xff51afd7ed558ccd);
	return (unsigned)(sum ^ sum >> 32);
}

int holds_open(struct holds *h)
{
	memset(h, 0, sizeof *h);
	return pool_open(&h->pool, sizeof(struct kept_hold), HOLDS_MAX);
}

void holds_close(struct holds *h)
{
	HASH_CLEAR(by_key, h->all);
	pool_close(&h->pool);
}

size_t holds_count(const struct holds *h)
{
	return HASH_CNT(by_key, h->all);
}

static struct hold_key key_of(struct task_id whom, enum setting s)
{
	return (struct hold_key){ whom.born, whom.pid, whom.tid, s, 0 };
}

struct kept_hold *holds_find(const struct holds *h, struct task_id whom,
                        enum setting s)
{
	struct hold_key key = key_of(whom, s);
	struct kept_hold    *k;

	HASH_FIND(by_key, h->all, &key, sizeof key, k);
	return k;
}

static int put_new(struct holds *h, const struct hold *what)
{
	uint32_t     slot;
	struct kept_hold *k;

	if (holds_count(h) == HOLDS_MAX)
		return -ENOSPC;
	k = pool_take(&h->pool, &slot);
	if (k == NULL)
		return -ENOMEM;
	memset(k, 0, sizeof *k);
	k->hold = *what;
	k->key = key_of(what->whom, what->setting);
	k->slot = slot;
	HASH_ADD(by_key, h->all, key, sizeof k->key, k);
	if (k->by_key.tbl == NULL) {
		pool_give_back(&h->pool, slot);
		return -ENOMEM;
	}
	DL_APPEND(h->chain[(uint32_t)what->whom.pid % HOLD_CHAINS], k);
	h->of_threads += hold_of_thread(what);
	return 0;
}

int holds_put(struct holds *h, const struct hold *what)
{
	struct kept_hold *k = holds_find(h, what->whom, what->setting);

	if (k == NULL)
		return put_new(h, what);
	k->hold = *what;
	return 0;
}

void holds_drop(struct holds *h, struct kept_hold *k)
{
	struct kept_hold **chain = &h->chain[(uint32_t)k->hold.whom.pid %
	                                HOLD_CHAINS];

	if (h->cursor == k)
		h->cursor = k->by_key.next;
	h->of_threads -= hold_of_thread(&k->hold);
	HASH_DELETE(by_key, h->all, k);
	DL_DELETE(*chain, k);
	pool_give_back(&h->pool, k->slot);
}

/* What a child of that thread of that process is born with. */
static uint64_t inheritance(const struct holds *h, struct task_id parent,
                            struct hold *ret_holds)
{
	uint64_t     has = 0;
	struct kept_hold *k;

	for (k = holds_chain(h, parent.pid); k != NULL; k = k->next) {
		const struct hold *o = &k->hold;
		bool               own = o->whom.tid == parent.tid;

		if (!hold_of_process(o, parent) ||
		    !setting_is_born_with(o->setting) ||
		    (!own && (task_id_is_thread(o->whom) ||
		              (has & SETTING_BIT(o->setting)) != 0)))
			continue;
		ret_holds[o->setting] = *o;
		has |= SETTING_BIT(o->setting);
	}
	return has;
}

int holds_fork(struct holds *h, struct task_id child, struct task_id parent)
{
	struct hold inherited[SETTING_COUNT];
	uint64_t    has = inheritance(h, parent, inherited);
	int         copied = 0;

	if (has != 0 && holds_count(h) + SETTING_COUNT > HOLDS_MAX)
		return -ENOSPC;
	while (has != 0) {
		enum setting s = setting_take(&has);
		struct hold *o = &inherited[s];
		int          r;

		if (holds_find(h, child, s) != NULL)
			continue;
		o->whom = o->through = child;
		if (o->settled)
			o->wanted = o->applied;
		o->settled = false;     /* nobody has looked yet              */
		r = holds_put(h, o);
		if (r < 0)
			return r;
		copied++;
	}
	return copied;
}

int holds_gone(struct holds *h, struct task_id whom)
{
	struct kept_hold *k, *next;
	int          gone = 0;

	for (k = holds_chain(h, whom.pid); k != NULL; k = next) {
		next = k->next;
		if (k->hold.whom.pid != whom.pid || hold_of_session(&k->hold) ||
		    (whom.born != 0 && k->hold.whom.born != whom.born) ||
		    (task_id_is_thread(whom) && k->hold.whom.tid != whom.tid))
			continue;
		holds_drop(h, k);
		gone++;
	}
	return gone;
}
