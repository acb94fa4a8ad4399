/* slack.c -- the timer slack of tasks that are in real time meanwhile. */

#include "os/linux/actuator/slack.h"

#include <string.h>

static uint32_t place_of(const struct slacks *s, struct task_id whom)
{
	uint32_t i = 0;

	while (i < SLACKS_MAX && !task_id_equal(s->kept[i].whom, whom))
		i++;
	return i;
}

/* Of one too many the oldest is lost: it gets what it was born with. */
void slack_keep(struct slacks *s, struct task_id whom, int64_t ns)
{
	uint32_t i = place_of(s, whom);

	if (i == SLACKS_MAX)
		i = s->next++ % SLACKS_MAX;
	s->kept[i].whom = whom;
	s->kept[i].ns = ns;
}

bool slack_find(const struct slacks *s, struct task_id whom, int64_t *ret_ns)
{
	uint32_t i = place_of(s, whom);

	if (i == SLACKS_MAX)
		return false;
	*ret_ns = s->kept[i].ns;
	return true;
}

void slack_forget(struct slacks *s, struct task_id whom)
{
	uint32_t i = place_of(s, whom);

	if (i < SLACKS_MAX)
		memset(&s->kept[i], 0, sizeof s->kept[i]);
}
