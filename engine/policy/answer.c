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

/* Numbers of what is interned mean nothing outside of this process. */
static int value_put(struct texts *t, enum setting s, int64_t value,
                     const struct interned *sets, char *out)
{
	struct image_value v = { .setting = s, .value = value };
	int                r = 0;

	if (setting_is_interned(s) && value != VALUE_UNTOUCHED) {
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

	for (uint64_t left = w->has; left != 0; n++)
		setting_take(&left);
	return n;
}

/* The parts of an answer, in the order they lie in. */
struct layout {
	char        *actions, *states, *values;
	size_t       next;              /* of the values                      */
	struct texts texts;
};

static size_t values_of_all(const struct answer *a, const struct deeds *d)
{
	size_t n = 0;

	if (d == NULL)
		return values_in(&a->want);
	for (size_t i = 0; i < d->count; i++)
		n += values_in(&d->action[i].want);
	return n;
}

static size_t states_in(const struct deeds *d)
{
	size_t n = 0;

	for (int i = 0; d != NULL && i < STATES_PER_FILE; i++)
		n += (d->written >> i & 1) != 0;
	return n;
}

/* False: it does not fit. */
static bool layout_make(struct layout *l, const struct message_answer *head,
                        char *out, size_t size)
{
	size_t actions = head->actions * sizeof(struct message_action);
	size_t states = head->states * sizeof(struct message_state);
	size_t bytes = actions + states +
	               head->values * sizeof(struct image_value);

	if (bytes > size)
		return false;
	*l = (struct layout){
		.actions = out, .states = out + actions,
		.values = out + actions + states,
		.texts = { .at = out + bytes, .size = size - bytes },
	};
	return true;
}

static int want_write(struct layout *l, const struct want *w,
                      const struct interned *sets)
{
	int r = 0;

	for (uint64_t left = w->has; left != 0 && r == 0;) {
		enum setting s = setting_take(&left);

		r = value_put(&l->texts, s, w->value[s], sets, l->values +
		              l->next++ * sizeof(struct image_value));
	}
	return r;
}

static int action_write(struct layout *l, size_t i, const struct action *a,
                        const struct interned *sets)
{
	const struct message_action m = {
		.kind = a->kind, .task = a->task,
		.values = (uint32_t)values_in(&a->want),
		.keep_ns = a->keep_ns, .amount = a->amount,
	};

	memcpy(l->actions + i * sizeof(m), &m, sizeof(m));
	return want_write(l, &a->want, sets);
}

/* Any bytes, so they are not ended by anything. */
static int state_write(struct layout *l, size_t i, uint32_t state,
                       const struct state_bytes *s)
{
	const struct message_state m = {
		.state = state,
		.bytes = { (uint32_t)l->texts.used, (uint32_t)s->size },
	};

	if (s->size > l->texts.size - l->texts.used)
		return -E2BIG;
	memcpy(l->texts.at + l->texts.used, s->bytes, s->size);
	l->texts.used += s->size;
	memcpy(l->states + i * sizeof(m), &m, sizeof(m));
	return 0;
}

static int deeds_write(struct layout *l, const struct deeds *d,
                       const struct interned *sets)
{
	size_t n = 0;
	int    r = 0;

	for (size_t i = 0; i < d->count && r == 0; i++)
		r = action_write(l, i, &d->action[i], sets);
	for (uint32_t i = 0; i < STATES_PER_FILE && r == 0; i++)
		if ((d->written >> i & 1) != 0)
			r = state_write(l, n++, i, &d->state[i]);
	return r;
}

/* Every other outcome has a text in the place of values. */
static bool has_values(enum outcome o)
{
	return o == OUTCOME_WANT;
}

/* What follows the head: the bytes written, or -E2BIG. */
static int64_t body_write(const struct message_answer *head,
                          const struct answer *a, const struct deeds *deeds,
                          const struct interned *sets, char *out, size_t size)
{
	struct layout     l;
	struct image_text unused;
	int               r;

	if (!layout_make(&l, head, out, size))
		return -E2BIG;
	if (!has_values(a->outcome))
		r = text_put(&l.texts, a->text, &unused);
	else if (deeds != NULL)
		r = deeds_write(&l, deeds, sets);
	else
		r = want_write(&l, &a->want, sets);
	return r < 0 ? r : l.texts.at + l.texts.used - out;
}

int64_t answer_write(uint32_t id, uint32_t generation, uint32_t rule,
                     const struct answer *a, const struct deeds *deeds,
                     const struct interned *sets, void *out, size_t size)
{
	struct message_answer head = {
		.head = { MESSAGE_ANSWER, id },
		.generation = generation,
		.rule = rule,
		.outcome = a->outcome,
		.read = a->read,
	};
	int64_t n;

	if (size < sizeof(head))
		return -E2BIG;
	if (has_values(a->outcome)) {
		head.values = (uint32_t)values_of_all(a, deeds);
		head.actions = deeds == NULL ? 0 : (uint32_t)deeds->count;
		head.states = (uint32_t)states_in(deeds);
	}
	n = body_write(&head, a, deeds, sets, (char *)out + sizeof(head),
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
	bool     values = has_values((enum outcome)h->outcome);
	uint32_t most = h->actions == 0 ? 1 : h->actions;

	return h->head.kind == MESSAGE_ANSWER && h->outcome < OUTCOMES &&
	       h->actions <= (values ? ACTIONS_MAX : 0) &&
	       h->states <= (values ? STATES_PER_FILE : 0) &&
	       h->values <= (values ? most * SETTING_COUNT : 0) &&
	       h->read.task >> FACT_COUNT == 0 &&
	       h->read.host >> HOST_COUNT == 0 &&
	       h->read.state >> STATES_PER_FILE == 0;
}

/* One value: 0 or -EINVAL. */
static int value_take(const struct image_value *v, const char *texts,
                      size_t size, struct interned *sets, struct want *w)
{
	const char *text = "";
	int64_t     value;

	/* Only what is interned has a text; of others its place is not
	 * looked at. */
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

/* An answer while it is being read. */
struct body {
	const char      *actions, *states, *values, *texts;
	size_t           texts_size;
	uint32_t         left;          /* values not read yet                */
	struct interned *sets;
};

static int body_open(struct body *b, const struct message_answer *h,
                     const char *bytes, size_t size, struct interned *sets)
{
	size_t actions = h->actions * sizeof(struct message_action);
	size_t states = h->states * sizeof(struct message_state);
	size_t values = h->values * sizeof(struct image_value);

	if (actions + states + values > size)
		return -EINVAL;
	*b = (struct body){
		.actions = bytes, .states = bytes + actions,
		.values = bytes + actions + states,
		.texts = bytes + actions + states + values,
		.texts_size = size - actions - states - values,
		.left = h->values, .sets = sets,
	};
	return 0;
}

/* The next n values, all or none: half a want is no want. */
static int want_read(struct body *b, uint32_t n, struct want *ret_want)
{
	struct want w = { 0 };

	if (n > b->left)
		return -EINVAL;
	for (uint32_t i = 0; i < n; i++) {
		struct image_value v;

		/* A message is aligned to nothing. */
		memcpy(&v, b->values, sizeof(v));
		b->values += sizeof(v);
		if (value_take(&v, b->texts, b->texts_size, b->sets, &w) < 0)
			return -EINVAL;
	}
	b->left -= n;
	*ret_want = w;
	return 0;
}

static bool action_is_sound(const struct message_action *m)
{
	if (m->task >= HANDLED_TASKS_MAX)
		return false;
	if (m->kind == ACTION_WANT)
		return m->values > 0 && m->keep_ns > 0 &&
		       m->keep_ns <= SPAN_NS_MAX && m->amount == 0;
	return m->kind == ACTION_RECLAIM && m->values == 0 &&
	       m->keep_ns == 0 && m->amount > 0;
}

static int action_read(struct body *b, uint32_t i, struct action *ret_action)
{
	struct message_action m;

	memcpy(&m, b->actions + i * sizeof(m), sizeof(m));
	if (!action_is_sound(&m))
		return -EINVAL;
	ret_action->kind = (enum action_kind)m.kind;
	ret_action->task = m.task;
	ret_action->keep_ns = m.keep_ns;
	ret_action->amount = m.amount;
	return want_read(b, m.values, &ret_action->want);
}

static int state_read(const struct body *b, uint32_t i, struct deeds *deeds)
{
	struct message_state m;

	memcpy(&m, b->states + i * sizeof(m), sizeof(m));
	if (m.state >= STATES_PER_FILE ||
	    (deeds->written >> m.state & 1) != 0 ||
	    m.bytes.bytes > STATE_KEEP_MAX || m.bytes.at > b->texts_size ||
	    m.bytes.bytes > b->texts_size - m.bytes.at)
		return -EINVAL;
	deeds->written |= UINT64_C(1) << m.state;
	deeds->state[m.state] = (struct state_bytes){
		b->texts + m.bytes.at, m.bytes.bytes };
	return 0;
}

static int deeds_read(struct body *b, const struct message_answer *h,
                      struct deeds *deeds)
{
	int r = 0;

	for (uint32_t i = 0; i < h->actions && r == 0; i++)
		r = action_read(b, i, &deeds->action[i]);
	for (uint32_t i = 0; i < h->states && r == 0; i++)
		r = state_read(b, i, deeds);
	if (r == 0)
		deeds->count = h->actions;
	return r == 0 && b->left == 0 ? 0 : -EINVAL;
}

/* A failure's text is for people to read: cut where it is too long, and without
 * what a terminal would obey. */
static int body_read(const struct message_answer *head, const char *bytes,
                     size_t size, struct interned *sets, struct answer *a,
                     struct deeds *deeds)
{
	struct body b;

	if (has_values(a->outcome)) {
		if (body_open(&b, head, bytes, size, sets) < 0)
			return -EINVAL;
		if (deeds != NULL)
			return deeds_read(&b, head, deeds);
		return head->actions + head->states != 0 ? -EINVAL :
		       want_read(&b, head->values, &a->want);
	}
	text_copy_bytes(a->text, sizeof(a->text), bytes, strnlen(bytes, size));
	text_clean(a->text);
	return 0;
}

int answer_read(const void *bytes, size_t size, struct interned *sets,
                uint32_t *ret_id, uint32_t *ret_generation, uint32_t *ret_rule,
                struct answer *ret_answer, struct deeds *deeds)
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
	if (deeds != NULL)
		deeds->count = deeds->written = 0;
	if (body_read(&head, (const char *)bytes + sizeof(head),
	              size - sizeof(head), sets, &a, deeds) < 0)
		return -EINVAL;
	*ret_id = head.head.id;
	*ret_generation = head.generation;
	*ret_rule = head.rule;
	*ret_answer = a;
	return 0;
}
