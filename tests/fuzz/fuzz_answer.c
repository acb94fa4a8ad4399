/* fuzz_answer.c -- an answer from a worker that was taken over: refused, or one
 * that could have been written by an honest worker. */

#include "fuzz.h"

#include <string.h>

#include "model/interned.h"
#include "policy/question.h"

/* What was believed must be sayable, and the same when it is said again. */
static void say_again(const struct answer *a, struct interned *sets,
                      uint32_t id, uint32_t generation, uint32_t rule)
{
	static char   out[ANSWER_BYTES_MAX];
	struct answer b;
	uint32_t      id2, generation2, rule2;
	int64_t       n = answer_write(id, generation, rule, a, NULL, sets,
	                               out, sizeof out);

	MUST(n > 0);
	MUST(answer_read(out, (size_t)n, sets, &id2, &generation2, &rule2,
	                 &b, NULL) == 0);
	MUST(id2 == id && generation2 == generation && rule2 == rule);
	MUST(b.outcome == a->outcome && b.want.has == a->want.has);
	for (int s = 0; s < SETTING_COUNT; s++)
		MUST(!want_has(&b.want, (enum setting)s) ||
		     b.want.value[s] == a->want.value[s]);
	MUST(b.read.task == a->read.task && b.read.host == a->read.host);
	MUST(strcmp(b.text, a->text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct interned *sets = interned_new();
	struct answer    a;
	uint32_t         id, generation, rule;

	MUST(sets != NULL);
	if (answer_read(bytes, n, sets, &id, &generation, &rule, &a, NULL) == 0) {
		for (const char *c = a.text; *c != '\0'; c++)
			MUST((unsigned char)*c >= ' ' && *c != 0x7f);
		say_again(&a, sets, id, generation, rule);
	}
	interned_free(sets);
	return 0;
}
