/* only_question.h -- all that is known of the only process, asked of a rule's
 * function or sent to a handler. */
#ifndef TESTS_ONLY_QUESTION_H
#define TESTS_ONLY_QUESTION_H

#include "only_process.h"
#include "policy/image.h"
#include "policy/question.h"

static const struct reads everything = {
	FACT_BIT(FACT_COUNT) - 1, HOST_BIT(HOST_COUNT) - 1,
	(UINT64_C(1) << STATES_PER_FILE) - 1,
};

/* The number of bytes, or -errno as question_write(). */
static inline int64_t only_question(const struct image_rule *r,
                                    uint32_t rule, struct reads what,
                                    uint32_t id, struct subject *about,
                                    void *out, size_t size)
{
	static const struct state_bytes none[STATES_PER_FILE];
	const struct inquiry   q = { .id = id, .generation = 1, .rule = rule,
		                     .what = what, .states = none };
	struct task *const     task = about->task;
	const struct happening h = { .moment = (enum moment)r->moment,
		                     .level = HOST_LEVEL_CRITICAL, .about = 0,
		                     .task = &task, .tasks = 1 };

	return r->is_handler ? question_write_all(&q, &h, about, out, size)
	                     : question_write(&q, about, out, size);
}

#endif
