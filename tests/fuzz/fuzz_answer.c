/* fuzz_answer.c -- an answer from a worker that was taken over: refused, or one
 * that could have been written by an honest worker. */

#include "fuzz.h"

#include <string.h>

#include "model/interned.h"
#include "policy/question.h"

static void wants_equal(const struct want *a, const struct want *b)
{
	MUST(a->has == b->has);
	for (int s = 0; s < SETTING_COUNT; s++)
		MUST(!want_has(a, (enum setting)s) ||
		     a->value[s] == b->value[s]);
}

static void deeds_equal(const struct deeds *a, const struct deeds *b)
{
	MUST(a->count == b->count && a->written == b->written);
	MUST(a->count <= ACTIONS_MAX && a->written >> STATES_PER_FILE == 0);
	for (size_t i = 0; i < a->count; i++) {
		MUST(a->action[i].kind == b->action[i].kind &&
		     a->action[i].task == b->action[i].task &&
		     a->action[i].keep_ns == b->action[i].keep_ns &&
		     a->action[i].amount == b->action[i].amount);
		if (a->action[i].kind == ACTION_WANT)
			wants_equal(&a->action[i].want, &b->action[i].want);
	}
	for (int i = 0; i < STATES_PER_FILE; i++)
		if ((a->written >> i & 1) != 0) {
			MUST(a->state[i].size == b->state[i].size);
			MUST(memcmp(a->state[i].bytes, b->state[i].bytes,
			            a->state[i].size) == 0);
		}
}

struct saying {
	uint32_t      id, generation, rule;
	struct answer answer;
	struct deeds  deeds;
};

static bool hear(struct saying *s, const void *bytes, size_t n,
                 struct interned *sets, bool of_handler)
{
	return answer_read(bytes, n, sets, &s->id, &s->generation, &s->rule,
	                   &s->answer, of_handler ? &s->deeds : NULL) == 0;
}

/* What was believed must be sayable, and the same when it is said again. */
static void say_again(const struct saying *a, struct interned *sets,
                      bool of_handler)
{
	static char          out[ANSWER_BYTES_MAX];
	static struct saying b;
	int64_t              n = answer_write(a->id, a->generation, a->rule,
	                                      &a->answer,
	                                      of_handler ? &a->deeds : NULL,
	                                      sets, out, sizeof out);

	MUST(n > 0);
	MUST(hear(&b, out, (size_t)n, sets, of_handler));
	MUST(b.id == a->id && b.generation == a->generation &&
	     b.rule == a->rule);
	MUST(b.answer.outcome == a->answer.outcome);
	wants_equal(&a->answer.want, &b.answer.want);
	if (of_handler)
		deeds_equal(&a->deeds, &b.deeds);
	MUST(b.answer.read.task == a->answer.read.task &&
	     b.answer.read.host == a->answer.read.host &&
	     b.answer.read.state == a->answer.read.state);
	MUST(strcmp(b.answer.text, a->answer.text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct saying a;
	struct interned     *sets = interned_new();

	MUST(sets != NULL);
	for (int of_handler = 0; of_handler < 2; of_handler++) {
		if (!hear(&a, bytes, n, sets, of_handler != 0))
			continue;
		for (const char *c = a.answer.text; *c != '\0'; c++)
			MUST((unsigned char)*c >= ' ' && *c != 0x7f);
		say_again(&a, sets, of_handler != 0);
	}
	interned_free(sets);
	return 0;
}
