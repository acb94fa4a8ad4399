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

int64_t question_write(uint32_t id, uint32_t generation, uint32_t rule,
                       struct reads what, struct subject *who,
                       void *out, size_t size)
{
	struct writer           w = { .out = out, .size = size };
	struct message_question q = {
		.head = { MESSAGE_QUESTION, id },
		.generation = generation,
		.rule = rule,
		.sent = what,
	};
	int r;

	put(&w, &q, sizeof(q));
	r = facts_write(&w, what.task, who);
	if (r < 0)
		return r;
	hosts_write(&w, what.host, who);
	return w.cut ? -E2BIG : (int64_t)w.used;
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

/* 1, 0 (nil), -EINVAL. */
static int value_read(struct reader *r, enum fact_type type,
                      struct value *ret_value)
{
	const void *at = take(r, sizeof(struct slot));
	struct slot slot;
	const char *bytes;

	if (at == NULL)
		return -EINVAL;
	memcpy(&slot, at, sizeof(slot));
	bytes = take(r, slot.bytes);
	if (bytes == NULL || slot.known > 1)
		return -EINVAL;
	/* One way to say nil, so that equal facts stay equal bytes. */
	if (slot.known == 0)
		return slot.bytes == 0 ? 0 : -EINVAL;
	if (!is_sound(type, bytes, slot.bytes))
		return -EINVAL;
	value_fill(type, bytes, slot.bytes, ret_value);
	return 1;
}

/* The worker believes the core no more than it must: a wrong question is an
 * error there, not a crash. */
static int question_open(const void *question, size_t bytes,
                         struct message_question *ret_head,
                         struct reader *ret_values)
{
	struct message_question q;

	if (bytes < sizeof(q))
		return -EINVAL;
	memcpy(&q, question, sizeof(q));
	if (q.head.kind != MESSAGE_QUESTION ||
	    q.sent.task >> FACT_COUNT != 0 || q.sent.host >> HOST_COUNT != 0)
		return -EINVAL;
	*ret_head = q;
	*ret_values = (struct reader){ (const char *)question + sizeof(q),
	                               bytes - sizeof(q) };
	return 0;
}

/* Reads over the facts that come before one. */
static int facts_skip(struct reader *r, uint64_t sent, int before)
{
	struct value unused;

	for (int f = 0; f < before; f++)
		if ((sent & FACT_BIT(f)) != 0 &&
		    value_read(r, fact_rows[f].type, &unused) < 0)
			return -EINVAL;
	return 0;
}

int question_fact(const void *question, size_t bytes, enum fact fact,
                  struct value *ret_value)
{
	struct message_question q;
	struct reader           values;
	int r = question_open(question, bytes, &q, &values);

	if (r < 0)
		return r;
	if ((q.sent.task & FACT_BIT(fact)) == 0)
		return -ENOENT;
	r = facts_skip(&values, q.sent.task, (int)fact);
	return r < 0 ? r : value_read(&values, fact_rows[fact].type, ret_value);
}

int question_host(const void *question, size_t bytes, enum host_fact fact,
                  int64_t *ret_value)
{
	struct message_question q;
	struct reader           values;
	struct value            v = { .number = 0 };
	int r = question_open(question, bytes, &q, &values);

	if (r < 0)
		return r;
	if ((q.sent.host & HOST_BIT(fact)) == 0)
		return -ENOENT;
	r = facts_skip(&values, q.sent.task, FACT_COUNT);
	for (int f = 0; r >= 0 && f <= (int)fact; f++)
		if ((q.sent.host & HOST_BIT(f)) != 0)
			r = value_read(&values, FACT_TYPE_NUMBER, &v);
	if (r > 0)
		*ret_value = v.number;
	return r;
}
