/* answer.c -- an answer from a rules worker: written there, doubted here. */

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "model/interned.h"
#include "policy/accept.h"
#include "policy/question.h"

/* The texts of an answer lie behind its values. */
struct texts {
	char    *at;
	size_t   size, used;
};

/* A text is ended by NUL there too, so that the other side can read it in
 * place. */
static int text_put(struct texts *t, const char *text,
                    struct image_text *ret_text)
{
	size_t n = strlen(text);

	if (n + 1 > t->size - t->used)
		return -E2BIG;
	memcpy(t->at + t->used, text, n + 1);
	*ret_text = (struct image_text){ (uint32_t)t->used, (uint32_t)n };
	t->used += n + 1;
	return 0;
}

/* Numbers of CPU sets mean nothing outside of this process. */
static int value_put(struct texts *t, enum setting s, int64_t value,
                     const struct interned *sets, char *out)
{
	struct image_value v = { .setting = s, .value = value };
	int                r = 0;

	if (setting_rows[s].type == SETTING_TYPE_CPUS &&
	    value != VALUE_UNTOUCHED) {
		v.value = 0;
		r = text_put(t, interned_text(sets, value), &v.text);
	}
	if (r == 0)
		memcpy(out, &v, sizeof(v));
	return r;
}

static size_t values_in(const struct want *w)
{
	size_t n = 0;

	for (int s = 0; s < SETTING_COUNT; s++)
		n += want_has(w, (enum setting)s);
	return n;
}

/* Values first, each of one size, so that texts can be told apart from them by
 * counting. */
static int64_t want_write(const struct want *w, const struct interned *sets,
                          char *out, size_t size)
{
	size_t       n = 0, bytes = values_in(w) * sizeof(struct image_value);
	struct texts t;

	if (bytes > size)
		return -E2BIG;
	t = (struct texts){ .at = out + bytes, .size = size - bytes };
	for (int s = 0; s < SETTING_COUNT; s++) {
		int r;

		if (!want_has(w, (enum setting)s))
			continue;
		r = value_put(&t, (enum setting)s, w->value[s], sets,
		              out + n++ * sizeof(struct image_value));
		if (r < 0)
			return r;
	}
	return (int64_t)(bytes + t.used);
}

/* Every other outcome has a text in the place of values. */
static bool has_values(enum outcome o)
{
	return o == OUTCOME_WANT;
}

/* What follows the head: the bytes written, or -E2BIG. */
static int64_t body_write(const struct answer *a, const struct interned *sets,
                          char *out, size_t size)
{
	struct texts      t = { .at = out, .size = size };
	struct image_text unused;
	int               r;

	if (has_values(a->outcome))
		return want_write(&a->want, sets, out, size);
	r = text_put(&t, a->text, &unused);
	return r < 0 ? r : (int64_t)t.used;
}

int64_t answer_write(uint32_t id, uint32_t generation, uint32_t rule,
                     const struct answer *a, const struct interned *sets,
                     void *out, size_t size)
{
	struct message_answer head = {
		.head = { MESSAGE_ANSWER, id },
		.generation = generation,
		.rule = rule,
		.outcome = a->outcome,
		.values = has_values(a->outcome) ?
		          (uint32_t)values_in(&a->want) : 0,
		.read = a->read,
	};
	int64_t n;

	if (size < sizeof(head))
		return -E2BIG;
	n = body_write(a, sets, (char *)out + sizeof(head),
	               size - sizeof(head));
	if (n < 0)
		return n;
	/* Last, so that half an answer never has a head. */
	memcpy(out, &head, sizeof(head));
	return (int64_t)sizeof(head) + n;
}

/* A failure that brings values along is no answer at all. */
static bool head_is_sound(const struct message_answer *h)
{
	return h->head.kind == MESSAGE_ANSWER && h->outcome < OUTCOMES &&
	       h->values <= (has_values((enum outcome)h->outcome) ?
	                     SETTING_COUNT : 0) &&
	       h->read.task >> FACT_COUNT == 0 &&
	       h->read.host >> HOST_COUNT == 0;
}

/* One value: 0 or -EINVAL. */
static int value_take(const struct image_value *v, const char *texts,
                      size_t size, struct interned *sets, struct want *w)
{
	const char *text = "";
	int64_t     value;

	/* Only CPU sets have a text; of others its place is not looked at. */
	if (v->text.bytes != 0) {
		if (v->text.at >= size || v->text.bytes >= size - v->text.at)
			return -EINVAL;
		text = texts + v->text.at;
		if (memchr(text, '\0', v->text.bytes + 1) !=
		    text + v->text.bytes)
			return -EINVAL;
	}
	if (accept_value(v, text, sets, &value) != NULL ||
	    want_has(w, (enum setting)v->setting))
		return -EINVAL;
	want_set(w, (enum setting)v->setting, value);
	return 0;
}

/* All values or none: half a want is no want. */
static int want_read(uint32_t values, const char *bytes, size_t size,
                     struct interned *sets, struct want *ret_want)
{
	size_t      n = values * sizeof(struct image_value);
	struct want w = { 0 };

	if (n > size)
		return -EINVAL;
	for (uint32_t i = 0; i < values; i++) {
		struct image_value v;
		int                r;

		/* A message is aligned to nothing. */
		memcpy(&v, bytes + i * sizeof(v), sizeof(v));
		r = value_take(&v, bytes + n, size - n, sets, &w);
		if (r < 0)
			return r;
	}
	*ret_want = w;
	return 0;
}

/* A failure's text is for people to read: cut where it is too long, and without
 * what a terminal would obey. */
static int body_read(const struct message_answer *head, const char *body,
                     size_t size, struct interned *sets, struct answer *a)
{
	if (has_values(a->outcome))
		return want_read(head->values, body, size, sets, &a->want);
	text_copy_bytes(a->text, sizeof(a->text), body, strnlen(body, size));
	text_clean(a->text);
	return 0;
}

int answer_read(const void *bytes, size_t size, struct interned *sets,
                uint32_t *ret_id, uint32_t *ret_generation, uint32_t *ret_rule,
                struct answer *ret_answer)
{
	struct message_answer head;
	struct answer         a = { .outcome = OUTCOME_ERROR };

	if (size < sizeof(head) || size > ANSWER_BYTES_MAX)
		return -EINVAL;
	memcpy(&head, bytes, sizeof(head));
	if (!head_is_sound(&head))
		return -EINVAL;
	a.outcome = (enum outcome)head.outcome;
	a.read = head.read;
	if (body_read(&head, (const char *)bytes + sizeof(head),
	              size - sizeof(head), sets, &a) < 0)
		return -EINVAL;
	*ret_id = head.head.id;
	*ret_generation = head.generation;
	*ret_rule = head.rule;
	*ret_answer = a;
	return 0;
}
