/* knowing.h -- what the table makes of what a Linux sensor reads. */
#ifndef TESTS_KNOWING_H
#define TESTS_KNOWING_H

#include "looking.h"

#include "process/table.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct table *table;

static inline void table_begin(void)
{
	setup();
	table = table_new(&os.sensor);
	ck_assert_ptr_nonnull(table);
}

static inline void table_end(void)
{
	table_free(table);
	teardown();
}

static inline struct task *meet(pid_t pid)
{
	struct task *who = NULL;

	ck_assert_int_ge(table_meet(table, id_of(pid), &who), 0);
	return who;
}

/* Waits for a slow one. */
static inline int fact(struct task *who, enum fact what, struct value *ret_value)
{
	size_t at = told_count;
	int    r;

	while ((r = table_fact(table, who, what, ret_value)) == -EINPROGRESS)
		await(EVENT_FACTS, who->id.pid, &at);
	return r;
}

/* A text, the elements of a list with a bar after each, "-" when it has none,
 * or "?" when that cannot be known. */
static inline const char *told_as(struct task *who, enum fact what)
{
	static char  text[2048];
	struct value v;
	int          r = fact(who, what, &v);

	if (r != 1)
		return r == -ENODATA ? "-" : "?";
	ck_assert_uint_lt(v.bytes, sizeof text);
	for (size_t i = 0; i < v.bytes; i++)
		text[i] = v.type == FACT_TYPE_LIST && v.text[i] == '\0'
		          ? '|' : v.text[i];
	text[v.bytes] = '\0';
	return text;
}

#endif
