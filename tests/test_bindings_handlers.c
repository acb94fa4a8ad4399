/* test_bindings_handlers.c -- what functions of handlers do, and what they
 * keep. */

#include "rule_files.h"
#include "suite.h"

/* A handler whose body is that, in a file that has a state. */
#define HANDLED(body) "local seen = state \"seen\"\n" \
	"on \"memory_pressure\" { tasks = process { }, " \
	"run = function (tasks, host, event) " body " end }"

#define LOOKED(body) "local seen = state \"seen\"\n" ASKED(body)

static struct deeds       deeds;
static struct state_bytes sent_state[STATES_PER_FILE];
static char               out[ANSWER_BYTES_MAX];
static char               kept[STATE_KEEP_MAX];

static void begin(void)
{
	for (int i = 0; i < STATES_PER_FILE; i++)
		sent_state[i] = (struct state_bytes){ "", 0 };
}

/* Asks as for a moment with that many tasks, all of which are one process; with
 * no moment, as for a want. */
static struct answer ask_of(struct rule_book *b, enum moment m, size_t tasks)
{
	static char         question[HANDLE_BYTES_MAX];
	static struct task *task[HANDLED_TASKS_MAX];
	struct table       *t = table_new(&only);
	struct host         host = { .known = 0 };
	struct subject      who = { .table = t, .host = &host };
	struct interned    *sets = interned_new();
	struct inquiry      q = { .id = 7, .generation = 3,
	                          .what = { EVERY_FACT, 0, 1 },
	                          .states = sent_state };
	struct happening    h = { .moment = m, .level = HOST_LEVEL_CRITICAL,
	                          .about = 0, .task = task, .tasks = tasks };
	struct answer       a;
	uint32_t            id, generation, rule;
	int64_t             n;

	ck_assert_int_eq(table_meet(t, only_id, &who.task), 1);
	for (size_t i = 0; i < tasks; i++)
		task[i] = who.task;
	n = m == MOMENT_NONE ?
	    question_write(&q, &who, question, sizeof question) :
	    question_write_all(&q, &h, &who, question, sizeof question);
	ck_assert_int_gt(n, 0);
	n = rule_book_ask(b, question, (size_t)n, out, sizeof out);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(answer_read(out, (size_t)n, sets, &id, &generation,
	                             &rule, &a, m == MOMENT_NONE ? NULL
	                                                         : &deeds), 0);
	table_free(t);
	interned_free(sets);
	return a;
}

static struct answer handle(const char *source, size_t tasks)
{
	struct rule_book *b = book_right(source);
	struct answer     a = ask_of(b, MOMENT_MEMORY_PRESSURE, tasks);

	rule_book_free(b);
	return a;
}

/* What was written is what the next one is sent. */
static void keep(void)
{
	ck_assert_uint_eq(deeds.written, 1);
	memcpy(kept, deeds.state[0].bytes, deeds.state[0].size);
	sent_state[0] = (struct state_bytes){ kept, deeds.state[0].size };
}

START_TEST(a_handler_wants_of_each_task_for_a_while)
{
	struct answer a = handle(HANDLED(
		"tasks[1]:want { nice = 5, keep = \"30s\" } "
		"tasks[3]:want { oom_score_adj = 100, keep = \"1min\" }"), 3);

	ck_assert_int_eq(a.outcome, OUTCOME_WANT);
	ck_assert_uint_eq(deeds.count, 2);
	ck_assert_uint_eq(deeds.action[0].task, 0);
	ck_assert_uint_eq(deeds.action[0].keep_ns, 30000000000u);
	ck_assert_int_eq(deeds.action[0].want.value[SETTING_nice], 5);
	ck_assert_uint_eq(deeds.action[1].task, 2);
	ck_assert_uint_eq(deeds.action[1].want.has,
	                  SETTING_BIT(SETTING_oom_score_adj));
}
END_TEST

START_TEST(a_handler_takes_memory_and_is_told_the_event)
{
	struct answer a = handle(HANDLED(
		"if event.kind == \"memory_pressure\" and event.level == "
		"\"critical\" and event.task.pid == tasks[1].pid then "
		"tasks[1]:reclaim \"200MiB\" end"), 1);

	ck_assert_int_eq(a.outcome, OUTCOME_WANT);
	ck_assert_uint_eq(deeds.count, 1);
	ck_assert_int_eq(deeds.action[0].kind, ACTION_RECLAIM);
	ck_assert_int_eq(deeds.action[0].amount, 200 << 20);
}
END_TEST

START_TEST(a_table_with_a_keep_is_not_changed_by_using_it)
{
	handle(HANDLED("local w = { nice = 5, keep = \"30s\" } "
	               "tasks[1]:want (w) tasks[2]:want (w)"), 2);
	ck_assert_uint_eq(deeds.count, 2);
	ck_assert_uint_eq(deeds.action[1].keep_ns, 30000000000u);
}
END_TEST

static const struct {
	const char *source, *sentence;
} failures[] = {
	{ HANDLED("tasks[1]:want { nice = 5 }"),
	  "a.lua:2: task:want needs a keep: how long it holds, like keep = "
	  "\"30s\"" },
	{ HANDLED("tasks[1]:want { keep = \"5s\" }"),
	  "a.lua:2: task:want wants nothing" },
	{ HANDLED("tasks[1]:want { nise = 5, keep = \"5s\" }"),
	  "a.lua:2: nobody can want 'nise'; did you mean 'nice'?" },
	{ HANDLED("tasks[1]:want (5)"),
	  "a.lua:2: task:want takes a table of settings with a keep, not 5" },
	{ HANDLED("tasks[1]:reclaim (5)"),
	  "a.lua:2: task:reclaim takes a size like \"200MiB\", not 5" },
	{ HANDLED("tasks[1].nice = 5"),
	  "a.lua:2: a process is only looked at: return what you want" },
	{ HANDLED("for i = 1, 300 do "
	          "tasks[1]:want { nice = 5, keep = \"5s\" } end"),
	  "a.lua:2: a handler does at most 256 things" },
	{ HANDLED("seen.f = function () end"),
	  "a.lua: a state holds numbers, texts, booleans and tables, not a "
	  "function" },
	{ HANDLED("seen.p = tasks[1]"),
	  "a.lua: a state holds numbers, texts, booleans and tables, not a "
	  "userdata" },
	{ HANDLED("local t = { } for i = 1, 20 do t = { t } end seen.t = t"),
	  "a.lua: a state is at most 16 tables deep" },
	{ HANDLED("local t = { } t.t = t seen.t = t"),
	  "a.lua: a state is at most 16 tables deep" },
	{ HANDLED("local s = \"0123456789abcdef\" "
	          "for i = 1, 10 do s = s .. s end seen.s = s"),
	  "a.lua: a state holds at most 16 KiB" },
};

START_TEST(what_a_handler_does_wrong_is_told_and_nothing_is_done)
{
	struct answer a = handle(failures[_i].source, 1);

	ck_assert_int_eq(a.outcome, OUTCOME_ERROR);
	ck_assert_str_eq(a.text, failures[_i].sentence);
	ck_assert_uint_eq(deeds.count, 0);
	ck_assert_uint_eq(deeds.written, 0);
}
END_TEST

START_TEST(a_want_function_does_nothing_to_a_task_or_a_state)
{
	struct rule_book *b = book_right(LOOKED("seen.n = 1"));
	struct answer     a = ask_of(b, MOMENT_NONE, 1);

	ck_assert_str_eq(a.text, "a.lua:2: a want function only looks at a "
	                 "state; a handler writes it");
	rule_book_free(b);
	b = book_right(LOOKED("p:want { nice = 1, keep = \"1s\" }"));
	a = ask_of(b, MOMENT_NONE, 1);
	ck_assert_str_eq(a.text, "a.lua:2: only a handler does something to a "
	                 "task; a want function returns what it wants");
	rule_book_free(b);
}
END_TEST

START_TEST(what_a_handler_leaves_in_a_state_is_there_for_the_next)
{
	struct answer     a = handle(HANDLED(
		"seen.n = 7 seen.list = { 1, 2.5, \"three\", true } "
		"seen.deep = { a = { b = false } } seen[1] = \"x\""), 0);
	struct rule_book *b;

	ck_assert_int_eq(a.outcome, OUTCOME_WANT);
	keep();
	b = book_right(LOOKED("if seen.list[2] == 2.5 and seen.list[3] == "
		"\"three\" and seen.list[4] == true and seen.deep.a.b == false "
		"and seen[1] == \"x\" and seen.none == nil then "
		"return { nice = seen.n } end"));
	a = ask_of(b, MOMENT_NONE, 1);
	ck_assert_int_eq(a.outcome, OUTCOME_WANT);
	ck_assert_int_eq(a.want.value[SETTING_nice], 7);
	ck_assert_uint_eq(a.read.state, 1);
	rule_book_free(b);
}
END_TEST

START_TEST(a_state_that_is_left_as_it_was_is_not_written)
{
	struct answer a;

	handle(HANDLED("seen.b = 2 seen.a = { y = 1, x = 2 }"), 0);
	keep();
	a = handle(HANDLED("seen.a = { x = 2, y = 1 } seen.b = 2"), 0);
	ck_assert_int_eq(a.outcome, OUTCOME_NOTHING);
	a = handle(HANDLED("seen.c = nil"), 0);
	ck_assert_int_eq(a.outcome, OUTCOME_NOTHING);
	sent_state[0].size = 0;
	a = handle(HANDLED("local unused = seen.nothing"), 0);
	ck_assert_int_eq(a.outcome, OUTCOME_NOTHING);
}
END_TEST

/* Whoever wrote them was perhaps another worker that had been taken over. */
START_TEST(bytes_that_are_no_state_are_an_error_and_no_crash)
{
	static char bad[STATE_KEEP_MAX];
	size_t      n;

	handle(HANDLED("seen.n = 7 seen.list = { 1, 2.5, \"three\", true }"), 0);
	keep();
	n = sent_state[0].size;
	for (size_t i = 0; i < 8 * n; i++) {
		struct answer a;

		memcpy(bad, kept, n);
		bad[i / 8] = (char)(bad[i / 8] ^ 1 << i % 8);
		sent_state[0] = (struct state_bytes){ bad, n };
		a = handle(HANDLED("local unused = seen.n"), 0);
		ck_assert(a.outcome != OUTCOME_NEEDS);
	}
	for (size_t i = 1; i < n; i++) {
		sent_state[0] = (struct state_bytes){ kept, i };
		ck_assert_int_eq(handle(HANDLED("local unused = seen.n"),
		                        0).outcome, OUTCOME_ERROR);
	}
	memset(bad, '{', sizeof bad);
	sent_state[0] = (struct state_bytes){ bad, sizeof bad };
	ck_assert_str_eq(handle(HANDLED("local unused = seen.n"), 0).text,
	                 "a.lua:2: the state is malformed");
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 60);
	tcase_add_checked_fixture(all, begin, NULL);
	tcase_add_test(all, a_handler_wants_of_each_task_for_a_while);
	tcase_add_test(all, a_handler_takes_memory_and_is_told_the_event);
	tcase_add_test(all, a_table_with_a_keep_is_not_changed_by_using_it);
	tcase_add_loop_test(all,
	                    what_a_handler_does_wrong_is_told_and_nothing_is_done,
	                    0, COUNT(failures));
	tcase_add_test(all, a_want_function_does_nothing_to_a_task_or_a_state);
	tcase_add_test(all,
	               what_a_handler_leaves_in_a_state_is_there_for_the_next);
	tcase_add_test(all, a_state_that_is_left_as_it_was_is_not_written);
	tcase_add_test(all, bytes_that_are_no_state_are_an_error_and_no_crash);
	return run_case(all, "bindings: handlers");
}
