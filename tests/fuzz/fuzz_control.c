/* fuzz_control.c -- any bytes from a visitor: each line has one end or one
 * error, and a line is JSON or is told that it is none. */

#include "fuzz.h"

#include <string.h>

#include "base/json_read.h"
#include "control/control.h"
#include "model/interned.h"
#include "policy/builder.h"
#include "rehearsal.h"

#define VISITORS 2
#define TASK     1000           /* the pid that inputs may name              */

/* One rule, so that there is something to tell of. */
static void *image_make(size_t *ret_bytes)
{
	struct interned    *sets = interned_new();
	struct builder     *b = builder_new();
	struct builder_rule r = builder_rule_empty();
	struct want         w = { .has = 0 };
	void               *image;
	char                why[200];

	MUST(sets != NULL && b != NULL);
	builder_selector_begin(b, SELECT_PROCESS);
	builder_condition(b, CONDITION_FACT, FACT_name);
	builder_text(b, "x", 1);
	r.match = builder_selector_end(b);
	r.name = "one";
	r.file = "fuzz.c";
	r.layer = LAYER_ADMIN;
	want_set(&w, SETTING_nice, 5);
	r.want = &w;
	MUST(builder_rule(b, &r, sets) >= 0);
	MUST(builder_finish(b, &image, ret_bytes, why, sizeof why) == 0);
	builder_free(b);
	interned_free(sets);
	return image;
}

static const void *image_of(void *self, size_t *ret_bytes, const char **ret_why)
{
	static void  *image;
	static size_t bytes;

	(void)self, (void)ret_why;
	if (image == NULL)
		image = image_make(&bytes);
	*ret_bytes = bytes;
	return image;
}

static int64_t no_answer(void *self, const void *question, size_t bytes,
                         void *out, size_t size)
{
	(void)self, (void)question, (void)bytes, (void)out, (void)size;
	return 0;
}

/* Every line of an answer is what our own reader takes. */
static void lines_check(char *text, size_t n)
{
	char *end;

	while ((end = memchr(text, '\n', n)) != NULL) {
		struct json_object o;
		const char        *why;
		size_t             bytes = (size_t)(end - text);

		*end = '\0';
		MUST(json_read(text, bytes, &o, &why) == 0);
		MUST(json_find(&o, "row") != NULL ||
		     json_find(&o, "end") != NULL ||
		     json_find(&o, "error") != NULL);
		n -= bytes + 1;
		text = end + 1;
	}
	MUST(n == 0);
}

static void answers_read(struct rehearsal *r, uint32_t visit)
{
	static char text[VISIT_ROOM + 1];
	size_t      n = 0, more;

	do {
		MUST(rehearsal_settle(r) >= 0);
		more = sim_listen(r->sim, visit, text + n,
		                  sizeof text - 1 - n);
		n += more;
	} while (more > 0 && n < sizeof text - 1 - VISIT_ROW_MAX);
	/* a line may have been cut where the room ended */
	while (n > 0 && text[n - 1] != '\n')
		n--;
	lines_check(text, n);
}

/* The first byte says who it is, and how much is said at once. */
static void play(struct rehearsal *r, const uint8_t *bytes, size_t n)
{
	struct peer who = { .uid = bytes[0] % VISITORS == 0 ? 0 : 1000 };
	size_t      step = 1 + bytes[0] / VISITORS * 16u, said;
	int         visit = sim_visit(r->sim, &who);

	MUST(visit >= 0);
	for (bytes++, n--; n > 0; bytes += said, n -= said) {
		said = sim_say(r->sim, (uint32_t)visit, bytes,
		               n < step ? n : step);
		answers_read(r, (uint32_t)visit);
		if (said == 0)
			break;          /* it was heard enough                */
	}
	sim_hush(r->sim, (uint32_t)visit);
	answers_read(r, (uint32_t)visit);
	/* who follows the log may listen for ever */
	MUST(rehearsal_pass(r, 2 * VISIT_STALL_NS) >= 0);
	sim_leave(r->sim, (uint32_t)visit);
	MUST(rehearsal_settle(r) >= 0);
	MUST(!sim_is_there(r->sim, (uint32_t)visit));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct rehearsal_options o = { .seed = 1,
		.worker = { NULL, image_of, no_answer } };
	struct rehearsal        *r;
	struct control          *c;

	if (n == 0)
		return 0;
	r = rehearsal_new(&o);
	MUST(r != NULL);
	c = control_new(&(struct control_options){ .engine = &r->engine });
	MUST(c != NULL);
	MUST(rehearsal_settle(r) == 0);
	MUST(sim_exec(r->sim, &(struct sim_program){ .name = "x",
	                                             .uid = 1000 }) == TASK);
	MUST(rehearsal_settle(r) == 0);
	r->engine.ears.self = c;
	r->engine.ears.visit = control_visit;
	r->engine.ears.visits_step = control_step;
	r->engine.ears.visits_wake_ns = control_wake_ns;
	play(r, bytes, n);
	control_free(c);
	rehearsal_free(r);
	return 0;
}
