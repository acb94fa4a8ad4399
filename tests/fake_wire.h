/* fake_wire.h -- a wire whose other end is the test, and a virtual clock. */
#ifndef TESTS_FAKE_WIRE_H
#define TESTS_FAKE_WIRE_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/interned.h"
#include "policy/builder.h"
#include "process/task.h"
#include "suite.h"
#include "worker/state.h"
#include "worker/worker.h"

#define MS UINT64_C(1000000)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { RULES = 8, LETTERS = 4096 };

struct post {
	size_t first, count;
	struct { char *bytes; size_t n; } letter[LETTERS];
};

static struct {
	struct post to_worker, to_core;
	char       *lent;
	unsigned    starts, kills;
	int         start_fails, send_fails;    /* errno, once                */
	bool        deaf;                       /* and always, EAGAIN         */
	uint64_t    cpu_ns;
} fake;

static uint64_t         now = 1000 * MS;
static struct interned *sets;
static struct worker   *worker;

static inline void post_put(struct post *p, const void *bytes, size_t n)
{
	ck_assert_uint_lt(p->count, LETTERS);
	p->letter[p->count].bytes = malloc(n + 1);
	memcpy(p->letter[p->count].bytes, bytes, n);
	p->letter[p->count++].n = n;
}

static inline char *post_take(struct post *p, size_t *ret_n)
{
	if (p->first == p->count)
		return NULL;
	*ret_n = p->letter[p->first].n;
	return p->letter[p->first++].bytes;
}

static inline void post_clear(struct post *p)
{
	while (p->first < p->count)
		free(p->letter[p->first++].bytes);
	p->first = p->count = 0;
}

static int fake_start(void *self)
{
	int r = -fake.start_fails;

	(void)self;
	fake.start_fails = 0;
	fake.starts += r == 0;
	return r;
}

static int fake_send(void *self, const void *bytes, size_t n)
{
	int r = fake.deaf ? -EAGAIN : -fake.send_fails;

	(void)self;
	fake.send_fails = 0;
	if (r == 0)
		post_put(&fake.to_worker, bytes, n);
	return r;
}

static int64_t fake_take(void *self, const void **ret_bytes)
{
	size_t n;

	(void)self;
	free(fake.lent);
	fake.lent = post_take(&fake.to_core, &n);
	*ret_bytes = fake.lent;
	return fake.lent != NULL ? (int64_t)n : 0;
}

static void letter_drop(void *memory, size_t bytes)
{
	(void)bytes;
	free(memory);
}

static int fake_keep(void *self, struct letter_kept *ret_letter)
{
	size_t n = fake.to_core.letter[fake.to_core.first - 1].n;

	(void)self;
	*ret_letter = (struct letter_kept){ fake.lent, n, fake.lent, n,
	                                    letter_drop };
	fake.lent = NULL;
	return 0;
}

static int fake_cpu_ns(void *self, uint64_t *ret_ns)
{
	(void)self;
	*ret_ns = fake.cpu_ns;
	return 0;
}

static void fake_kill(void *self)
{
	(void)self;
	fake.kills++;
	post_clear(&fake.to_core);
}

static const struct wire fake_wire = {
	.name = "fake", .start = fake_start, .send = fake_send,
	.take = fake_take, .cpu_ns = fake_cpu_ns, .kill = fake_kill,
	.keep = fake_keep,
};

static char path_a[] = "a.lua", text_a[] = "one";
static char path_b[] = "b/c.lua", text_b[] = "";

static const struct rule_source sources[] = {
	{ LAYER_VENDOR, path_a, text_a, sizeof text_a - 1, 0 },
	{ LAYER_USER, path_b, text_b, 0, 0 },
};

static const struct rule_options options = {
	.count = 2, .partial = true,
	.option = { { "hog", "70%" }, { "build/jobs", "4" } },
};

static const struct worker_limits limits = {
	.question_cpu_ns = 50 * MS, .question_wall_ns = 2000 * MS,
	.load_wall_ns = 20000 * MS, .back_off_ns = 100 * MS, .strikes = 3,
};

static inline void setup(void)
{
	sets = interned_new();
	worker = worker_new(&fake_wire, sets, sources, COUNT(sources), &options,
	                    &limits);
	ck_assert_ptr_nonnull(worker);
}

static inline void teardown(void)
{
	worker_free(worker);
	interned_free(sets);
	free(fake.lent);
	post_clear(&fake.to_core);
	post_clear(&fake.to_worker);
	memset(&fake, 0, sizeof fake);
}

static inline enum worker_news hear(void)
{
	return worker_hear(worker, NULL, now);
}

static inline enum worker_news told_worker(bool alive)
{
	struct event e = { .kind = EVENT_WORKER, .u.worker.alive = alive };

	return worker_hear(worker, &e, now);
}

static inline void put_message(uint32_t kind, const void *bytes, size_t n)
{
	struct message head = { .kind = kind };
	char          *whole = malloc(sizeof head + n);

	memcpy(whole, &head, sizeof head);
	if (n > 0)
		memcpy(whole + sizeof head, bytes, n);
	post_put(&fake.to_core, whole, sizeof head + n);
	free(whole);
}

static inline enum worker_news message(uint32_t kind, const void *bytes,
                                       size_t n)
{
	struct event e = { .kind = EVENT_MESSAGE };

	put_message(kind, bytes, n);
	return worker_hear(worker, &e, now);
}

/* An image of so many rules, the first of that name; the first half of them of
 * one file and the others of another. */
static inline void *image_of(unsigned rules, const char *first,
                             size_t *ret_bytes)
{
	struct builder *b = builder_new();
	void           *image = NULL;
	char            why[200];

	for (unsigned i = 0; i < rules; i++) {
		struct builder_rule r = {
			.name = i == 0 ? first : "other",
			.file = i < rules / 2 ? path_a : path_b,
			.line = i + 1, .match = IMAGE_NONE,
			.except = IMAGE_NONE, .when = IMAGE_NONE, .unless = IMAGE_NONE,
			.is_function = true,
		};

		builder_selector_begin(b, SELECT_PROCESS);
		builder_condition(b, CONDITION_FACT, FACT_name);
		builder_text(b, "x", 1);
		r.match = builder_selector_end(b);
		ck_assert_int_eq(builder_rule(b, &r, sets), i);
	}
	ck_assert_int_eq(builder_finish(b, &image, ret_bytes, why, sizeof why),
	                 0);
	builder_free(b);
	return image;
}

static inline enum worker_news image_comes(const char *first)
{
	size_t           n;
	void            *image = image_of(RULES, first, &n);
	enum worker_news news = message(MESSAGE_IMAGE, image, n);

	free(image);
	return news;
}

static inline void make_loading(void)
{
	ck_assert_int_eq(worker_start(worker, now), 0);
	ck_assert_int_eq(told_worker(true), WORKER_NOTHING);
}

static inline void make_ready(void)
{
	make_loading();
	ck_assert_int_eq(image_comes("first"), WORKER_IMAGE);
	ck_assert_int_eq(hear(), WORKER_NOTHING);
	post_clear(&fake.to_worker);
}

/* Time goes on to the next look. */
static inline enum worker_news wait_for_it(void)
{
	ck_assert_uint_ne(worker_wake_ns(worker), UINT64_MAX);
	if (worker_wake_ns(worker) > now)
		now = worker_wake_ns(worker);
	return hear();
}

static inline void replace(void)
{
	if (worker->there)
		told_worker(false);
	ck_assert_int_eq(wait_for_it(), WORKER_NOTHING);
	ck_assert_int_eq(told_worker(true), WORKER_NOTHING);
	ck_assert_int_eq(image_comes("first"), WORKER_NOTHING);
}

struct asking {
	struct message_question head;
	uint64_t                values;         /* makes it another question  */
};

static const struct reads sent = { FACT_BIT(FACT_pid), 0, 0 };

static inline int ask(uint32_t id, uint32_t rule, uint64_t values)
{
	struct asking q = {
		.head = { .head = { MESSAGE_QUESTION, id }, .generation = 7,
		          .rule = rule, .sent = sent },
		.values = values,
	};

	return worker_ask(worker, &q, sizeof q, now);
}

/* The id of the question that the worker got; 0: it got none. */
static inline uint32_t got(void)
{
	struct asking q = { 0 };
	size_t        n;
	char         *bytes = post_take(&fake.to_worker, &n);

	if (bytes == NULL)
		return 0;
	ck_assert_uint_eq(n, sizeof q);
	memcpy(&q, bytes, n);
	free(bytes);
	ck_assert_uint_eq(q.head.head.kind, MESSAGE_QUESTION);
	return q.head.head.id;
}

static inline enum worker_news answer(uint32_t id, uint32_t generation,
                                      uint32_t rule, enum outcome outcome,
                                      struct reads read)
{
	struct answer a = { .outcome = outcome, .read = read };
	struct event  e = { .kind = EVENT_MESSAGE };
	char          bytes[1024];
	int64_t       n;

	if (outcome == OUTCOME_WANT)
		want_set(&a.want, SETTING_nice, 5);
	n = answer_write(id, generation, rule, &a, NULL, sets, bytes, sizeof bytes);
	ck_assert_int_gt(n, 0);
	post_put(&fake.to_core, bytes, (size_t)n);
	return worker_hear(worker, &e, now);
}

/* A suite of one case, every test with a new worker. */
static inline TCase *case_new(const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, setup, teardown);
	return t;
}

#endif
