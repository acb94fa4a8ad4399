/* fuzz_question.c -- any bytes as a question to the worker: an error, or an
 * answer that the core reads. */

#include "fuzz.h"

#include <string.h>

#include "model/interned.h"
#include "policy/question.h"
#include "rules.h"

static const char source[] =
	"rule \"all\" { match = process { }, want = function (p, host)\n"
	"  local n = 0\n"
	"  for _, a in ipairs (p.args or { }) do n = n + #a end\n"
	"  if p.name and p.exe and p.uid and n > 1 then\n"
	"    return { nice = 1 }\n"
	"  end\n"
	"  return host.on_battery and { qos = \"utility\" }\n"
	"end }\n"
	"rule \"text\" { match = process { }, want = function (p)\n"
	"  return p.name:sub (1, 2) == \"cc\" and { nice = #p.name % 5 }\n"
	"end }\n"
	"on \"memory_pressure\" { tasks = process { },\n"
	"  run = function (tasks, host, event)\n"
	"    for i = 1, #tasks do\n"
	"      if tasks[i].uid ~= 0 and event.task ~= host then\n"
	"        tasks[i]:want { nice = 9, keep = \"1s\" }\n"
	"      end\n"
	"    end\n"
	"  end }\n";

static struct rule_book *book(void)
{
	static struct rule_book *b;

	if (b != NULL)
		return b;
	b = rule_book_new();
	MUST(b != NULL);
	MUST(rule_book_add(b, LAYER_ADMIN, "a.lua", source,
	                   sizeof source - 1) == 0);
	MUST(rule_book_compile(b) == 0);
	return b;
}

static void facts_read(const uint8_t *question, size_t n)
{
	struct value v;
	int64_t      number;

	if (n < sizeof(struct message_question))
		return;
	for (int f = 0; f < FACT_COUNT; f++)
		if (question_fact(question, n, 0, (enum fact)f, &v) == 1 &&
		    v.type == FACT_TYPE_TEXT)
			MUST(v.text[v.bytes] == '\0');
	for (int f = 0; f < HOST_COUNT; f++)
		question_host(question, n, (enum host_fact)f, &number);
}

/* The core knows which it asked. */
static bool is_to_handler(const uint8_t *question, size_t n)
{
	struct message_question head;

	return question_head(question, n, &head) == 0 &&
	       head.moment != MOMENT_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static char         out[ANSWER_BYTES_MAX];
	static struct deeds deeds;
	struct interned    *sets = interned_new();
	struct answer       a;
	uint32_t            id, generation, rule;
	int64_t             answered;

	MUST(sets != NULL);
	facts_read(bytes, n);
	answered = rule_book_ask(book(), bytes, n, out, sizeof out);
	if (answered > 0)
		MUST(answer_read(out, (size_t)answered, sets, &id, &generation,
		                 &rule, &a, is_to_handler(bytes, n)
		                             ? &deeds : NULL) == 0);
	interned_free(sets);
	return 0;
}
