/* test_policy_question.c -- questions, answers, and remembering them. */

#include "small_world.h"

#include "policy/memo.h"

#define SECOND INT64_C(1000000000)

static _Alignas(8) char out[20000];
static size_t           out_bytes;

static int64_t ask(struct task *who, struct reads what, size_t size)
{
	struct subject s = about(who);
	struct inquiry q = { .id = 7, .generation = 3, .rule = 12,
	                     .what = what };
	int64_t        n = question_write(&q, &s, out, size);

	out_bytes = n < 0 ? 0 : (size_t)n;
	return n;
}

static struct reads everything(void)
{
	return (struct reads){ (UINT64_C(1) << FACT_COUNT) - 1,
	                       (UINT64_C(1) << HOST_COUNT) - 1, 0 };
}

static struct task *java(pid_t pid)
{
	return appear(pid, 0, (struct being){
		.name = "java", .exe = "/usr/bin/java", .uid = 1000,
		.slow_is_there = true,
		.line = "java\0-jar\0x.jar\0", .line_bytes = 16 });
}

static const char *asked_text(enum fact f)
{
	struct value v;

	ck_assert_int_eq(question_fact(out, out_bytes, 0, f, &v), 1);
	ck_assert_int_eq(v.type, FACT_TYPE_TEXT);
	ck_assert_uint_eq(strlen(v.text), v.bytes);
	return v.text;
}

START_TEST(a_question_carries_the_facts)
{
	struct value v;
	int64_t      n;

	host.value[HOST_on_battery] = 1;
	ck_assert_int_gt(ask(java(10), everything(), sizeof out), 0);
	ck_assert_str_eq(asked_text(FACT_name), "java");
	ck_assert_str_eq(asked_text(FACT_exe), "/usr/bin/java");
	ck_assert_str_eq(asked_text(FACT_cmdline), "java -jar x.jar");
	ck_assert_int_eq(question_fact(out, out_bytes, 0, FACT_uid, &v), 1);
	ck_assert_int_eq(v.number, 1000);
	ck_assert_int_eq(question_fact(out, out_bytes, 0, FACT_args, &v), 1);
	ck_assert_int_eq(v.type, FACT_TYPE_LIST);
	ck_assert_uint_eq(v.bytes, 11);
	ck_assert_int_eq(memcmp(v.text, "-jar\0x.jar\0", 11), 0);
	ck_assert_int_eq(question_fact(out, out_bytes, 0, FACT_unit, &v), 0);
	ck_assert_int_eq(question_host(out, out_bytes, HOST_on_battery, &n), 1);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(question_host(out, out_bytes, HOST_memory_pressure,
	                               &n), 1);
	ck_assert_int_eq(n, 0);
}
END_TEST

START_TEST(a_function_sees_the_machine_in_steps_and_what_is_unknown_as_nil)
{
	struct reads what = { 0, HOST_BIT(HOST_cpu) | HOST_BIT(HOST_load), 0 };
	int64_t      n = -7;

	host_set(&host, HOST_cpu, 74);
	ck_assert_int_gt(ask(java(10), what, sizeof out), 0);
	ck_assert_int_eq(question_host(out, out_bytes, HOST_load, &n), 0);
	ck_assert_int_eq(n, -7);
	ck_assert_int_eq(question_host(out, out_bytes, HOST_cpu, &n), 1);
	ck_assert_int_eq(n, 70);
}
END_TEST

START_TEST(what_was_not_sent_is_told_from_what_is_nil)
{
	struct reads some = { FACT_BIT(FACT_name) | FACT_BIT(FACT_unit), 0, 0 };
	struct value v;
	int64_t      n;

	ck_assert_int_gt(ask(java(10), some, sizeof out), 0);
	ck_assert_int_eq(question_fact(out, out_bytes, 0, FACT_exe, &v), -ENOENT);
	ck_assert_int_eq(question_fact(out, out_bytes, 0, FACT_unit, &v), 0);
	ck_assert_int_eq(question_host(out, out_bytes, HOST_on_battery, &n),
	                 -ENOENT);
}
END_TEST

START_TEST(equal_facts_are_equal_keys)
{
	struct reads what = { FACT_BIT(FACT_name) | FACT_BIT(FACT_uid),
	                      HOST_BIT(HOST_on_battery), 0 };
	char         first[sizeof out];
	const void  *key;
	size_t       bytes, first_bytes;

	ask(java(10), what, sizeof out);
	memset(first, 0x55, sizeof first);
	memcpy(first, out, out_bytes);
	((struct message *)(void *)first)->id = 99;
	key = question_key(first, out_bytes, &first_bytes);
	memset(out, 0xaa, sizeof out);
	ask(java(11), what, sizeof out);
	ck_assert_ptr_nonnull(question_key(out, out_bytes, &bytes));
	ck_assert_uint_eq(bytes, first_bytes);
	ck_assert_int_eq(memcmp(question_key(out, out_bytes, &bytes), key,
	                        bytes), 0);
	host.value[HOST_on_battery] = 1;
	ask(java(12), what, sizeof out);
	ck_assert_int_ne(memcmp(question_key(out, out_bytes, &bytes), key,
	                        bytes), 0);
}
END_TEST

static int64_t age_asked(struct task *who, int64_t at_ns)
{
	struct reads age = { FACT_BIT(FACT_age), 0, 0 };
	struct value v;

	world_ns = (uint64_t)at_ns;
	ck_assert_int_gt(ask(who, age, sizeof out), 0);
	ck_assert_int_eq(question_fact(out, out_bytes, 0, FACT_age, &v), 1);
	return v.number;
}

START_TEST(an_age_counts_in_whole_seconds)
{
	struct task *p = java(10);

	ck_assert_int_eq(age_asked(p, SECOND / 2), 0);
	ck_assert_int_eq(age_asked(p, 5 * SECOND + SECOND / 3), 5 * SECOND);
	ck_assert_int_eq(age_asked(p, 5 * SECOND + SECOND / 2), 5 * SECOND);
	ck_assert_int_eq(age_asked(p, 6 * SECOND + 100), 6 * SECOND);
}
END_TEST

START_TEST(a_question_waits_for_slow_facts)
{
	struct reads args = { FACT_BIT(FACT_args), 0, 0 };
	struct task *p = java(10);

	beings[10].slow_is_there = false;
	ck_assert_int_eq(ask(p, args, sizeof out), -EINPROGRESS);
	beings[10].slow_is_there = true;
	ck_assert_int_gt(ask(p, args, sizeof out), 0);
}
END_TEST

START_TEST(a_question_about_nobody_is_not_written)
{
	struct reads name = { FACT_BIT(FACT_name), 0, 0 };
	struct task *p = java(10);

	beings[10].alive = false;
	ck_assert_int_eq(ask(p, name, sizeof out), -ESRCH);
}
END_TEST

START_TEST(a_question_never_outgrows_its_room)
{
	struct task *p = java(10);
	int64_t      n = ask(p, everything(), sizeof out);

	for (size_t size = 0; size < (size_t)n; size++) {
		memset(out, 0x77, sizeof out);
		ck_assert_int_eq(ask(p, everything(), size), -E2BIG);
		ck_assert_int_eq(out[size], 0x77);
	}
	ck_assert_int_eq(ask(p, everything(), (size_t)n), n);
}
END_TEST

/* Every fact of a question that may be anything; must not read past it. */
static int read_all(const char *question, size_t bytes)
{
	struct value v = { .bytes = 0 };
	int64_t      number;
	int          sound = 0;

	for (int f = 0; f < FACT_COUNT; f++) {
		int r = question_fact(question, bytes, 0, (enum fact)f, &v);

		ck_assert(r == 1 || r == 0 || r == -ENOENT || r == -EINVAL);
		if (r == 1 && v.type == FACT_TYPE_TEXT)
			ck_assert_uint_eq(strlen(v.text), v.bytes);
		sound += r >= 0;
	}
	for (int f = 0; f < HOST_COUNT; f++)
		sound += question_host(question, bytes, (enum host_fact)f,
		                       &number) >= 0;
	return sound;
}

START_TEST(a_cut_or_flipped_question_is_survived)
{
	int64_t n = ask(java(10), everything(), sizeof out);
	char   *copy;
	int     all = read_all(out, (size_t)n);

	ck_assert_int_eq(all, FACT_COUNT + HOST_COUNT);
	for (size_t bytes = 0; bytes < (size_t)n; bytes++) {
		copy = malloc(bytes + 1);
		memcpy(copy, out, bytes);
		ck_assert_int_lt(read_all(copy, bytes), all);
		free(copy);
	}
	copy = malloc((size_t)n);
	for (size_t at = 0; at < (size_t)n; at++)
		for (int flip = 0; flip < 8; flip++) {
			memcpy(copy, out, (size_t)n);
			copy[at] = (char)(copy[at] ^ 1 << flip);
			read_all(copy, (size_t)n);
		}
	free(copy);
}
END_TEST

static struct answer sample(void)
{
	struct answer a = { .outcome = OUTCOME_WANT };

	want_set(&a.want, SETTING_qos, QOS_UTILITY);
	want_set(&a.want, SETTING_affinity, interned_read_cpus(sets, "0-1,4"));
	want_set(&a.want, SETTING_nice, VALUE_UNTOUCHED);
	want_set(&a.want, SETTING_pool, interned_read_names(sets, "build"));
	want_set(&a.want, SETTING_cpuset, interned_read_cpus(sets, "llc:1"));
	want_set(&a.want, SETTING_cpu_limit, SHARE_OF_HOST | 75);
	a.read.task = FACT_BIT(FACT_uid);
	a.read.host = HOST_BIT(HOST_on_battery);
	return a;
}

static int64_t reply(const struct answer *a, size_t size)
{
	int64_t n = answer_write(7, 3, 12, a, NULL, sets, out, size);

	out_bytes = n < 0 ? 0 : (size_t)n;
	return n;
}

static int hear(const void *bytes, size_t n, struct answer *ret_answer)
{
	struct interned *own = interned_new();
	uint32_t         id, generation, rule;
	int r = answer_read(bytes, n, own, &id, &generation, &rule, ret_answer,
	                    NULL);

	if (r == 0) {
		ck_assert_uint_lt(ret_answer->outcome, OUTCOMES);
		for (int s = 0; s < SETTING_COUNT; s++)
			if (want_has(&ret_answer->want, (enum setting)s) &&
			    !setting_is_interned((enum setting)s))
				ck_assert(setting_valid((enum setting)s,
					ret_answer->want.value[s]));
	}
	interned_free(own);
	return r;
}

START_TEST(an_answer_arrives_as_it_was_sent)
{
	struct answer    a = sample(), b;
	struct interned *own = interned_new();
	uint32_t         id, generation, rule;

	interned_read_cpus(own, "3");               /* other numbers there */
	ck_assert_int_gt(reply(&a, sizeof out), 0);
	ck_assert_int_eq(answer_read(out, out_bytes, own, &id, &generation,
	                             &rule, &b, NULL), 0);
	ck_assert(id == 7 && generation == 3 && rule == 12);
	ck_assert_int_eq(b.outcome, OUTCOME_WANT);
	ck_assert_uint_eq(b.want.has, a.want.has);
	ck_assert_int_eq(b.want.value[SETTING_qos], QOS_UTILITY);
	ck_assert_int_eq(b.want.value[SETTING_nice], VALUE_UNTOUCHED);
	ck_assert_str_eq(interned_text(own, b.want.value[SETTING_affinity]),
	                 "0-1,4");
	ck_assert_str_eq(interned_text(own, b.want.value[SETTING_pool]),
	                 "build");
	ck_assert_str_eq(interned_text(own, b.want.value[SETTING_cpuset]),
	                 "llc:1");
	ck_assert_int_eq(b.want.value[SETTING_cpu_limit], SHARE_OF_HOST | 75);
	ck_assert_uint_eq(b.read.task, a.read.task);
	ck_assert_uint_eq(b.read.host, a.read.host);
	interned_free(own);
}
END_TEST

START_TEST(a_failure_says_why_in_plain_text)
{
	struct answer a = { .outcome = OUTCOME_ERROR }, b;

	strcpy(a.text, "build.lua:3: oops\033[31m");
	ck_assert_int_gt(reply(&a, sizeof out), 0);
	ck_assert_int_eq(hear(out, out_bytes, &b), 0);
	ck_assert_int_eq(b.outcome, OUTCOME_ERROR);
	ck_assert_str_eq(b.text, "build.lua:3: oops?[31m");
	ck_assert_uint_eq(b.want.has, 0);
}
END_TEST

START_TEST(an_endless_message_is_cut)
{
	struct answer          a;
	struct message_answer *head = (void *)out;

	memset(out, 'x', sizeof out);
	*head = (struct message_answer){ .head = { MESSAGE_ANSWER, 1 },
	                                 .outcome = OUTCOME_SPENT };
	ck_assert_int_eq(hear(out, 4000, &a), 0);
	ck_assert_uint_eq(strlen(a.text), sizeof a.text - 1);
	ck_assert_int_eq(hear(out, ANSWER_BYTES_MAX + 1, &a), -EINVAL);
}
END_TEST

/* What a worker that was taken over may try, one field at a time. */
START_TEST(nonsense_is_no_answer)
{
	struct answer          a = sample(), b = { .outcome = OUTCOME_NOMEM };
	struct message_answer *head = (void *)out;
	struct image_value    *value = (void *)(out + sizeof *head);
	int64_t                n = reply(&a, sizeof out);

#define REFUSED(field, wrong) do { \
	ck_assert_int_eq(reply(&a, sizeof out), n); \
	(field) = (wrong); \
	ck_assert_int_eq(hear(out, out_bytes, &b), -EINVAL); \
} while (0)
	REFUSED(head->head.kind, MESSAGE_IMAGE);
	REFUSED(head->outcome, OUTCOMES);
	REFUSED(head->outcome, OUTCOME_NOTHING);
	REFUSED(head->values, SETTING_COUNT + 1);
	REFUSED(head->read.task, FACT_BIT(FACT_COUNT));
	REFUSED(head->read.host, HOST_BIT(HOST_COUNT));
	REFUSED(value[0].setting, SETTING_COUNT);
	REFUSED(value[0].setting, SETTING_affinity);
	REFUSED(value[0].setting, SETTING_nice);        /* a second one */
	REFUSED(value[0].setting, SETTING_rt_priority);
	REFUSED(value[0].value, QOS_COUNT);
	for (int i = 1; i < 5; i += 1 + (i == 2)) {     /* what has a text */
		REFUSED(value[i].text.at, 1u << 30);
		REFUSED(value[i].text.bytes, UINT32_MAX);
		REFUSED(value[i].text.bytes, 0);
	}
	REFUSED(value[1].setting, SETTING_affinity);    /* "build" is no set */
	REFUSED(value[2].setting, SETTING_pool);
	REFUSED(value[3].value, SHARE_OF_HOST);
	REFUSED(value[3].value, SHARE_HIGH + 1);
	REFUSED(value[5].value, -21);
#undef REFUSED
	ck_assert_int_eq(b.outcome, OUTCOME_NOMEM);     /* never written */
}
END_TEST

START_TEST(a_cut_or_flipped_answer_is_survived)
{
	struct answer a = sample(), b;
	int64_t       n = reply(&a, sizeof out);
	char         *copy;

	for (size_t bytes = 0; bytes < (size_t)n; bytes++) {
		copy = malloc(bytes + 1);
		memcpy(copy, out, bytes);
		ck_assert_int_eq(hear(copy, bytes, &b), -EINVAL);
		free(copy);
		ck_assert_int_eq(answer_write(7, 3, 12, &a, NULL, sets, out, bytes),
		                 -E2BIG);
		reply(&a, sizeof out);
	}
	copy = malloc((size_t)n);
	for (size_t at = 0; at < (size_t)n; at++)
		for (int flip = 0; flip < 256; flip++) {
			memcpy(copy, out, (size_t)n);
			copy[at] = (char)flip;
			hear(copy, (size_t)n, &b);
		}
	free(copy);
}
END_TEST

static int remember(struct memo *m, uint32_t key, int64_t nice)
{
	struct answer a = { .outcome = OUTCOME_WANT };

	want_set(&a.want, SETTING_nice, nice);
	return memo_put(m, &key, sizeof key, &a);
}

static const struct answer *recall(struct memo *m, uint32_t key)
{
	return memo_find(m, &key, sizeof key);
}

START_TEST(an_answer_is_remembered_by_its_question)
{
	struct memo *m = memo_new(4, MEMO_MAX);

	ck_assert_ptr_null(recall(m, 1));
	ck_assert_int_eq(remember(m, 1, 5), 0);
	ck_assert_int_eq(remember(m, 2, 6), 0);
	ck_assert_int_eq(recall(m, 1)->want.value[SETTING_nice], 5);
	ck_assert_int_eq(recall(m, 2)->want.value[SETTING_nice], 6);
	ck_assert_int_eq(remember(m, 1, 7), 0);
	ck_assert_int_eq(recall(m, 1)->want.value[SETTING_nice], 7);
	ck_assert_uint_eq(memo_count(m), 2);
	memo_free(m);
}
END_TEST

START_TEST(the_least_recently_used_answer_goes_first)
{
	struct memo *m = memo_new(4, MEMO_MAX);

	for (uint32_t i = 0; i < MEMO_MAX; i++)
		ck_assert_int_eq(remember(m, i, 1), 0);
	ck_assert_ptr_nonnull(recall(m, 0));
	ck_assert_int_eq(remember(m, MEMO_MAX, 1), 0);
	ck_assert_uint_eq(memo_count(m), MEMO_MAX);
	ck_assert_ptr_nonnull(recall(m, 0));
	ck_assert_ptr_null(recall(m, 1));
	ck_assert_ptr_nonnull(recall(m, 2));
	ck_assert_ptr_nonnull(recall(m, MEMO_MAX));
	memo_free(m);
}
END_TEST

START_TEST(what_a_rule_reads_adds_up)
{
	struct memo *m = memo_new(2, MEMO_MAX);

	ck_assert_uint_eq(memo_reads(m, 1).task, 0);
	memo_learn(m, 1, (struct reads){ 1, 0, 0 });
	memo_learn(m, 1, (struct reads){ 4, 2, 0 });
	memo_learn(m, 9, (struct reads){ 8, 8, 0 });       /* no such rule */
	ck_assert_uint_eq(memo_reads(m, 1).task, 5);
	ck_assert_uint_eq(memo_reads(m, 1).host, 2);
	ck_assert_uint_eq(memo_reads(m, 0).task, 0);
	ck_assert_uint_eq(memo_reads(m, 9).task, 0);
	memo_free(m);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_question_carries_the_facts,
		a_function_sees_the_machine_in_steps_and_what_is_unknown_as_nil,
		what_was_not_sent_is_told_from_what_is_nil,
		equal_facts_are_equal_keys,
		an_age_counts_in_whole_seconds,
		a_question_waits_for_slow_facts,
		a_question_about_nobody_is_not_written,
		a_question_never_outgrows_its_room,
		a_cut_or_flipped_question_is_survived,
		an_answer_arrives_as_it_was_sent,
		a_failure_says_why_in_plain_text,
		an_endless_message_is_cut,
		nonsense_is_no_answer,
		a_cut_or_flipped_answer_is_survived,
		an_answer_is_remembered_by_its_question,
		the_least_recently_used_answer_goes_first,
		what_a_rule_reads_adds_up,
	};

	return world_run("policy: question", tests,
	                 sizeof tests / sizeof *tests);
}
