/* question.c -- a question between the core and a rules worker.
 *
 * Each value is a slot: whether it is known, how many bytes, then these, filled
 * up with zeros to eight.  So equal facts are equal bytes.
 */

#include "policy/question.h"

#include <errno.h>
#include <string.h>

#define SLOT_ALIGN 8u

struct slot {
	uint32_t known;
	uint32_t bytes;
};

struct writer {
	char  *out;
	size_t size, used;
	bool   cut;
};

struct reader {
	const char *at;
	size_t      left;
};

/* Once something did not fit, nothing more is written, so that what was can
 * not be taken for all. */
static void put(struct writer *w, const void *bytes, size_t n)
{
	if (w->cut || n > w->size - w->used) {
		w->cut = true;
		return;
	}
	if (n > 0)                      /* an empty list may lie nowhere     */
		memcpy(w->out + w->used, bytes, n);
	w->used += n;
}

static size_t padding(size_t bytes)
{
	return (SLOT_ALIGN - bytes % SLOT_ALIGN) % SLOT_ALIGN;
}

/* The padding is part of the key, so it is always written and always zero. */
static void slot_write(struct writer *w, bool known, const void *bytes,
                       size_t n)
{
	static const char zeros[SLOT_ALIGN];
	struct slot       slot = { known, (uint32_t)n };

	put(w, &slot, sizeof(slot));
	put(w, bytes, n);
	put(w, zeros, padding(n));
}

/* NULL is nil: known not to be known.  What drifts counts in steps, so that a
 * rule is asked once a step. */
static void value_write(struct writer *w, enum fact fact, const struct value *v)
{
	int64_t number;

	if (v == NULL) {
		slot_write(w, false, "", 0);
	} else if (fact_is_number(fact)) {
		number = fact_in_step(fact, v->number);
		slot_write(w, true, &number, sizeof(number));
	} else {
		/* Of a text, with the NUL that ends it. */
		slot_write(w, true, v->text,
		           v->bytes + (v->type == FACT_TYPE_TEXT));
	}
}

/* Lowest bit first.  A fact that is slow or gone ends the writing; an
 * unreadable one, or none, is told as nil. */
static int facts_write(struct writer *w, uint64_t facts, struct subject *who)
{
	for (int f = 0; f < FACT_COUNT; f++) {
		struct value v;
		int          r;

		if ((facts & FACT_BIT(f)) == 0)
			continue;
		r = match_fact(who, who->task, (enum fact)f, &v);
		if (r < 0 && r != -ENODATA)
			return r;
		value_write(w, (enum fact)f, r > 0 ? &v : NULL);
	}
	return 0;
}

/* In steps, so that a rule is not asked again for less. */
static void host_write(struct writer *w, enum host_fact fact,
                       const struct host *host)
{
	int64_t number = host_in_step(fact, host->value[fact]);

	if (host_knows(host, fact))
		slot_write(w, true, &number, sizeof(number));
	else
		slot_write(w, false, "", 0);
}

static void hosts_write(struct writer *w, uint64_t facts, struct subject *who)
{
	for (int f = 0; f < HOST_COUNT; f++)
		if ((facts & HOST_BIT(f)) != 0)
			host_write(w, (enum host_fact)f, who->host);
	who->host_read |= facts;
}

static void states_write(struct writer *w, const struct inquiry *q)
{
	for (uint32_t i = 0; i < STATES_PER_FILE; i++)
		if ((q->what.state >> i & 1) != 0)
			slot_write(w, q->states[i].size != 0,
			           q->states[i].bytes, q->states[i].size);
}

static struct message_question head_of(const struct inquiry *q)
{
	return (struct message_question){
		.head = { MESSAGE_QUESTION, q->id },
		.generation = q->generation, .rule = q->rule, .sent = q->what,
		.tasks = 1, .about = IMAGE_NONE,
	};
}

int64_t question_write(const struct inquiry *q, struct subject *who,
                       void *out, size_t size)
{
	struct writer           w = { .out = out, .size = size };
	struct message_question head = head_of(q);
	int                     r;

	put(&w, &head, sizeof(head));
	hosts_write(&w, q->what.host, who);
	states_write(&w, q);
	r = facts_write(&w, q->what.task, who);
	if (r < 0)
		return r;
	return w.cut ? -E2BIG : (int64_t)w.used;
}

/* One task of several, or none any more: what is slow or gone is told as nil,
 * for the moment does not wait. */
static void task_write(struct writer *w, uint64_t facts, struct subject *who)
{
	for (int f = 0; f < FACT_COUNT; f++) {
		struct value v;

		if ((facts & FACT_BIT(f)) == 0)
			continue;
		value_write(w, (enum fact)f, who->task != NULL &&
		            match_fact(who, who->task, (enum fact)f, &v) > 0
		            ? &v : NULL);
	}
}

int64_t question_write_all(const struct inquiry *q, const struct happening *h,
                           struct subject *who, void *out, size_t size)
{
	struct writer           w = { .out = out, .size = size };
	struct message_question head = head_of(q);
	uint32_t                at[HANDLED_TASKS_MAX + 1] = { 0 };
	size_t at_bytes = (h->tasks + h->tasks % 2) * sizeof(*at);

	head.moment = h->moment;
	head.level = h->level;
	head.about = h->about;
	head.tasks = (uint32_t)h->tasks;
	put(&w, &head, sizeof(head));
	put(&w, at, at_bytes);
	hosts_write(&w, q->what.host, who);
	states_write(&w, q);
	for (size_t i = 0; i < h->tasks; i++) {
		at[i] = (uint32_t)w.used;
		who->task = h->task[i];
		task_write(&w, q->what.task, who);
	}
	if (w.cut)
		return -E2BIG;
	memcpy((char *)out + sizeof(head), at, at_bytes);
	return (int64_t)w.used;
}

/* The generation and the rule are in it, the id is not. */
const void *question_key(const void *question, size_t bytes, size_t *ret_bytes)
{
	*ret_bytes = bytes - sizeof(struct message);
	return (const char *)question + sizeof(struct message);
}

/* n bytes, and what fills them up; NULL when that much is not left. */
static const void *take(struct reader *r, size_t n)
{
	const char *at = r->at;

	if (n > r->left || padding(n) > r->left - n)
		return NULL;
	r->at += n + padding(n);
	r->left -= n + padding(n);
	return at;
}

/* So that whoever gets the value can trust it as one from the table: a text has
 * one NUL, at its end, and the last element of a list is ended too. */
static bool is_sound(enum fact_type type, const char *bytes, size_t n)
{
	if (type == FACT_TYPE_NUMBER || type == FACT_TYPE_BOOL)
		return n == sizeof(int64_t);
	if (type == FACT_TYPE_TEXT)
		return n > 0 && memchr(bytes, '\0', n) == bytes + n - 1;
	return n == 0 || bytes[n - 1] == '\0';
}

/* Texts are lent out of the question, numbers copied: they may lie anywhere. */
static void value_fill(enum fact_type type, const char *bytes, size_t n,
                       struct value *ret_value)
{
	struct value v = { .type = type };

	if (type == FACT_TYPE_NUMBER || type == FACT_TYPE_BOOL) {
		memcpy(&v.number, bytes, sizeof(v.number));
	} else {
		v.text = bytes;
		v.bytes = type == FACT_TYPE_TEXT ? n - 1 : n;
	}
	*ret_value = v;
}

/* 1 with the bytes, 0 (nil), -EINVAL.  There is one way to say nil, so that
 * equal facts stay equal bytes. */
static int slot_read(struct reader *r, const char **ret_bytes, size_t *ret_n)
{
	const void *at = take(r, sizeof(struct slot));
	struct slot slot;

	if (at == NULL)
		return -EINVAL;
	memcpy(&slot, at, sizeof(slot));
	*ret_bytes = take(r, slot.bytes);
	*ret_n = slot.bytes;
	if (*ret_bytes == NULL || slot.known > 1 ||
	    (slot.known == 0 && slot.bytes != 0))
		return -EINVAL;
	return (int)slot.known;
}

/* 1, 0 (nil), -EINVAL. */
static int value_read(struct reader *r, enum fact_type type,
                      struct value *ret_value)
{
	const char *bytes;
	size_t      n;
	int         known = slot_read(r, &bytes, &n);

	if (known != 1)
		return known;
	if (!is_sound(type, bytes, n))
		return -EINVAL;
	value_fill(type, bytes, n, ret_value);
	return 1;
}

/* The worker believes the core no more than it must: a wrong question is an
 * error there, not a crash. */
int question_head(const void *question, size_t bytes,
                  struct message_question *ret_head)
{
	struct message_question q;

	if (bytes < sizeof(q))
		return -EINVAL;
	memcpy(&q, question, sizeof(q));
	if (q.head.kind != MESSAGE_QUESTION ||
	    q.sent.task >> FACT_COUNT != 0 || q.sent.host >> HOST_COUNT != 0 ||
	    q.sent.state >> STATES_PER_FILE != 0 || q.moment >= MOMENTS ||
	    q.tasks > HANDLED_TASKS_MAX ||
	    (q.moment == MOMENT_NONE && q.tasks != 1))
		return -EINVAL;
	*ret_head = q;
	return 0;
}

/* Where the tasks of a handler begin lies between the head and the values. */
static size_t places_bytes(const struct message_question *q)
{
	return q->moment == MOMENT_NONE ? 0 :
	       (q->tasks + q->tasks % 2) * sizeof(uint32_t);
}

/* Its head, and a reader of what is true of everyone. */
static int question_open(const void *question, size_t bytes,
                         struct message_question *ret_head,
                         struct reader *ret_values)
{
	int    r = question_head(question, bytes, ret_head);
	size_t begin;

	if (r < 0)
		return r;
	begin = sizeof(*ret_head) + places_bytes(ret_head);
	if (begin > bytes)
		return -EINVAL;
	*ret_values = (struct reader){ (const char *)question + begin,
	                               bytes - begin };
	return 0;
}

/* Reads over as many slots as bits are set. */
static int slots_skip(struct reader *r, uint64_t bits)
{
	const char *bytes;
	size_t      n;

	for (; bits != 0; bits &= bits - 1)
		if (slot_read(r, &bytes, &n) < 0)
			return -EINVAL;
	return 0;
}

/* The bits below one. */
static uint64_t below(uint64_t bits, unsigned n)
{
	return bits & ((UINT64_C(1) << n) - 1);
}

/* To where a task's facts begin. */
static int task_find(const void *question, size_t bytes,
                     const struct message_question *q, uint32_t task,
                     struct reader *r)
{
	const char *places = (const char *)question + sizeof(*q);
	uint32_t    at;

	if (task >= q->tasks)
		return -EINVAL;
	if (q->moment != MOMENT_NONE) {
		memcpy(&at, places + task * sizeof(at), sizeof(at));
		if (at > bytes)
			return -EINVAL;
		*r = (struct reader){ (const char *)question + at, bytes - at };
		return 0;
	}
	return slots_skip(r, q->sent.host) < 0 ||
	       slots_skip(r, q->sent.state) < 0 ? -EINVAL : 0;
}

int question_fact(const void *question, size_t bytes, uint32_t task,
                  enum fact fact, struct value *ret_value)
{
	struct message_question q;
	struct reader           r;

	if (question_open(question, bytes, &q, &r) < 0)
		return -EINVAL;
	if ((q.sent.task & FACT_BIT(fact)) == 0)
		return -ENOENT;
	if (task_find(question, bytes, &q, task, &r) < 0 ||
	    slots_skip(&r, below(q.sent.task, (unsigned)fact)) < 0)
		return -EINVAL;
	return value_read(&r, fact_rows[fact].type, ret_value);
}

int question_host(const void *question, size_t bytes, enum host_fact fact,
                  int64_t *ret_value)
{
	struct message_question q;
	struct reader           r;
	struct value            v = { .number = 0 };
	int                     known;

	if (question_open(question, bytes, &q, &r) < 0)
		return -EINVAL;
	if ((q.sent.host & HOST_BIT(fact)) == 0)
		return -ENOENT;
	if (slots_skip(&r, below(q.sent.host, (unsigned)fact)) < 0)
		return -EINVAL;
	known = value_read(&r, FACT_TYPE_NUMBER, &v);
	if (known > 0)
		*ret_value = v.number;
	return known;
}

int question_state(const void *question, size_t bytes, uint32_t state,
                   struct state_bytes *ret_state)
{
	struct message_question q;
	struct reader           r;
	const char             *at;
	size_t                  n;

	if (question_open(question, bytes, &q, &r) < 0)
		return -EINVAL;
	if (state >= STATES_PER_FILE || (q.sent.state >> state & 1) == 0)
		return -ENOENT;
	if (slots_skip(&r, q.sent.host) < 0 ||
	    slots_skip(&r, below(q.sent.state, state)) < 0 ||
	    slot_read(&r, &at, &n) < 0)
		return -EINVAL;
	*ret_state = (struct state_bytes){ at, n };
	return 1;
}
