/* pids.c -- which simulated thread has which number. */

#include <errno.h>
#include <stdlib.h>

#include "os/sim/machine.h"

struct strand *strand_find(const struct sim *s, pid_t tid)
{
	struct pid_page *page;

	if (tid <= 0 || tid >= SIM_PIDS)
		return NULL;
	page = s->page[tid / SIM_PID_PAGE];
	return page == NULL ? NULL : page->at[tid % SIM_PID_PAGE];
}

/* A page that is not there is skipped whole. */
struct strand *strand_from(const struct sim *s, pid_t tid)
{
	while (tid < s->pid_end) {
		struct pid_page *page = s->page[tid / SIM_PID_PAGE];

		if (page == NULL)
			tid -= tid % SIM_PID_PAGE - SIM_PID_PAGE;
		else if (page->at[tid % SIM_PID_PAGE] == NULL)
			tid++;
		else
			return page->at[tid % SIM_PID_PAGE];
	}
	return NULL;
}

/* Pages by need: of four million pids few are in use. */
int pid_put(struct sim *s, pid_t pid, struct strand *strand)
{
	struct pid_page **page = &s->page[pid / SIM_PID_PAGE];

	if (*page == NULL)
		*page = calloc(1, sizeof **page);
	if (*page == NULL)
		return -ENOMEM;
	(*page)->at[pid % SIM_PID_PAGE] = strand;
	(*page)->count++;
	if (pid >= s->pid_end)
		s->pid_end = pid + 1;
	return 0;
}

void pid_drop(struct sim *s, pid_t pid)
{
	struct pid_page **page = &s->page[pid / SIM_PID_PAGE];

	(*page)->at[pid % SIM_PID_PAGE] = NULL;
	if (--(*page)->count > 0)
		return;
	free(*page);
	*page = NULL;
}

/* There are more pids than tasks, so one is free. */
pid_t pid_pick(struct sim *s)
{
	do
		if (++s->last_pid == SIM_PIDS)
			s->last_pid = SIM_PID_AGAIN;
	while (strand_find(s, s->last_pid) != NULL);
	return s->last_pid;
}

/* A test may choose the next one, for instance one that was used before. */
pid_t pid_pick_for_process(struct sim *s)
{
	pid_t pid = s->next_pid;

	s->next_pid = 0;
	if (pid == 0)
		return pid_pick(s);
	if (pid < 0 || pid >= SIM_PIDS)
		return -EINVAL;
	return strand_find(s, pid) != NULL ? -EEXIST : pid;
}
