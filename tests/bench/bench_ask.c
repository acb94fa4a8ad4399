/* bench_ask.c -- one decision through a Lua function: inside the worker, and
 * across the process boundary and back. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../e2e/sealed.h"
#include "../rule_files.h"
#include "measuring.h"

#define TURNS  21                       /* of these the best counts           */
#define ASKS  20000                    /* times a turn                       */
#define TRIPS  20000

static const char rules[] =
	"rule \"build/compiler\" {\n"
	"  match = process { name = { \"cc1\", \"cc1plus\" }, uid = people },\n"
	"  want  = function (p, host)\n"
	"    if host.on_battery then return { qos = \"background\" } end\n"
	"    return { qos = \"utility\" }\n"
	"  end,\n"
	"}\n";

static const char reader[] =
	"rule \"reader\" {\n"
	"  match = process { name = \"cc1\" },\n"
	"  want  = function (p, host)\n"
	"    if p.name and p.uid >= 0 and p.age >= 0 then\n"
	"      return { nice = 5, oom_score_adj = 200 }\n"
	"    end\n"
	"  end,\n"
	"}\n";

static char    question[4096];
static size_t  question_bytes;
static struct host host = { .known = HOST_BIT(HOST_on_battery),
	                    .value[HOST_on_battery] = 1 };

static void write_question(uint32_t id, struct reads sent)
{
	struct table  *t = table_new(&only);
	struct subject who = { .table = t, .host = &host };
	struct inquiry q = { .id = id, .generation = 1, .what = sent };
	int64_t        n;

	if (t == NULL || table_meet(t, only_id, &who.task) != 1)
		abort();
	n = question_write(&q, &who, question, sizeof question);
	if (n < 0)
		abort();
	question_bytes = (size_t)n;
	table_free(t);
}

static void ask_again(struct rule_book *b, size_t times)
{
	static char out[ANSWER_BYTES_MAX];

	for (size_t i = 0; i < times; i++)
		if (rule_book_ask(b, question, question_bytes, out,
		                  sizeof out) < 0)
			abort();
}

/* Nanoseconds of one question, answer written. */
static double inside(const char *source, struct reads sent)
{
	struct rule_book *b = book_right(source);
	uint64_t          best_ns = UINT64_MAX;

	write_question(1, sent);
	for (int turn = 0; turn < TURNS; turn++) {
		uint64_t begun_ns = clock_ns(), took_ns;

		ask_again(b, ASKS);
		took_ns = clock_ns() - begun_ns;
		if (took_ns < best_ns)
			best_ns = took_ns;
	}
	rule_book_free(b);
	return (double)best_ns / ASKS;
}

/* As the core does it: asked, then heard of when the answer is there. */
static void round_trips(struct samples *all, struct reads sent)
{
	static char        text[] = "rules/a.lua";
	struct rule_source source = { LAYER_ADMIN, text, (char *)rules,
	                              sizeof rules - 1, 0 };
	struct sealed      s;

	sealed_open(&s, &source, 1);
	if (sealed_news(&s) != WORKER_IMAGE)
		abort();
	for (uint32_t i = 0; i < TRIPS; i++) {
		uint64_t begun_ns;

		write_question(i + 1, sent);
		begun_ns = clock_ns();
		if (worker_ask(s.worker, question, question_bytes,
		               sealed_now()) != 0 ||
		    sealed_news(&s) != WORKER_ANSWER)
			abort();
		samples_add(all, (double)(clock_ns() - begun_ns) / 1e3);
	}
	sealed_close(&s);
}

static const struct reads battery = { 0, HOST_BIT(HOST_on_battery), 0 };
static size_t             times;        /* --repeat; 0: measure               */

/* What tests are made of asserts, and so needs to be run as one. */
START_TEST(repeat)
{
	struct rule_book *b = book_right(rules);

	write_question(1, battery);
	ask_again(b, times);
	rule_book_free(b);
}
END_TEST

START_TEST(measure)
{
	const struct reads three = { FACT_BIT(FACT_name) | FACT_BIT(FACT_uid) |
	                             FACT_BIT(FACT_age), 0, 0 };
	struct samples     trips = { 0 };

	print_machine("one decision through a function");
	printf("  inside the worker, best of %d turns of %d: one fact %.2f us, "
	       "three facts %.2f us\n", TURNS, ASKS,
	       inside(rules, battery) / 1e3, inside(reader, three) / 1e3);
	round_trips(&trips, battery);
	printf("  there and back, %d times: p50 %.1f us, p99 %.1f us\n", TRIPS,
	       samples_at(&trips, 0.5), samples_at(&trips, 0.99));
	samples_clear(&trips);
}
END_TEST

int main(int argc, char **argv)
{
	Suite   *suite = suite_create("bench");
	TCase   *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int      failed;

	if (argc == 3 && strcmp(argv[1], "--repeat") == 0)
		times = strtoul(argv[2], NULL, 10);
	tcase_set_timeout(all, 0);
	if (times != 0)
		tcase_add_test(all, repeat);
	else
		tcase_add_test(all, measure);
	suite_add_tcase(suite, all);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
