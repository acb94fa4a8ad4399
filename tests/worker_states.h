/* one_worker.h */
#ifndef TESTS_WORKER_STATES_H
#define TESTS_WORKER_STATES_H

#include "fake_wire.h"

static inline void make_busy(void)
{
	make_ready();
	ck_assert_int_eq(ask(1, 0, 0), 0);
}

static inline void make_paused(void)
{
	make_ready();
	ck_assert_int_eq(told_worker(false), WORKER_LOST);
}

/* The worker says which file it begins to read. */
static inline enum worker_news reading_comes(uint32_t file)
{
	struct message head = { MESSAGE_READING, file };
	struct event   e = { .kind = EVENT_MESSAGE };

	post_put(&fake.to_core, &head, sizeof head);
	return worker_hear(worker, &e, now);
}

static inline void expect_file(const struct rule_source *s)
{
	struct message_file head;
	size_t              n;
	char               *bytes = post_take(&fake.to_worker, &n);

	ck_assert_ptr_nonnull(bytes);
	memcpy(&head, bytes, sizeof head);
	ck_assert_uint_eq(head.head.kind, MESSAGE_FILE);
	ck_assert_uint_eq(head.layer, s->layer);
	ck_assert_uint_eq(head.path_bytes, strlen(s->path));
	ck_assert_uint_eq(n, sizeof head + head.path_bytes + 1 + s->bytes);
	ck_assert_str_eq(bytes + sizeof head, s->path);
	ck_assert_mem_eq(bytes + n - s->bytes, s->text, s->bytes);
	free(bytes);
}

static inline void expect_options(void)
{
	static const char text[] = "hog\00070%\0build/jobs\0004";
	struct message    head;
	size_t            n;
	char             *bytes = post_take(&fake.to_worker, &n);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(n, sizeof head + sizeof text);
	memcpy(&head, bytes, sizeof head);
	ck_assert_uint_eq(head.kind, MESSAGE_OPTIONS);
	ck_assert_uint_eq(head.id, 1);
	ck_assert_mem_eq(bytes + sizeof head, text, sizeof text);
	free(bytes);
}

static inline void expect_compile(void)
{
	struct message head;
	size_t         n;
	char          *bytes = post_take(&fake.to_worker, &n);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(n, sizeof head);
	memcpy(&head, bytes, n);
	ck_assert_uint_eq(head.kind, MESSAGE_COMPILE);
	free(bytes);
}

#endif
