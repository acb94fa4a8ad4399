/* truth.c -- what is so on the machine, whatever anybody believes of it. */

#include "campaign.h"

#define KERNEL_THREAD 0x00200000u

static const struct sensor *door(void)
{
	return &play.stage->os.sensor;
}

size_t truth_pids(pid_t *ret_pids, size_t max)
{
	return sim_living(play.stage->sim, ret_pids, max);
}

size_t truth_tids(pid_t pid, pid_t *ret_tids, size_t max)
{
	uint64_t cursor = 0;
	int      n;

	play.hushed = true;
	n = door()->threads(door()->self, pid, &cursor, ret_tids, max);
	play.hushed = false;
	return n < 0 ? 0 : (size_t)n;
}

bool truth_of(pid_t pid, pid_t tid, struct seen *ret_truth)
{
	struct facts f = { .known = 0 };
	uint64_t     which = FACT_BIT(FACT_name) | FACT_BIT(FACT_uid) |
	                     FACT_BIT(FACT_comm) | FACT_BIT(FACT_ppid) |
	                     FACT_BIT(FACT_session);
	const char  *name;
	int          r;

	play.hushed = true;
	r = door()->facts(door()->self, (struct task_id){ pid, tid, 0 }, which,
	                  &f);
	play.hushed = false;
	if (r < 0)
		return false;
	*ret_truth = (struct seen){
		.pid = pid, .tid = tid, .ppid = f.ppid, .name = NONE,
		.uid = f.uid, .session = f.session,
		.kernels = (f.flags & KERNEL_THREAD) != 0,
	};
	name = facts_text(&f, FACT_name);
	if (name[0] >= 'a' && name[0] < 'a' + NAMES && name[1] == '\0')
		ret_truth->name = name[0] - 'a';
	memcpy(ret_truth->comm, f.comm, sizeof f.comm);
	facts_clear(&f);
	return true;
}

static bool is_pqs(pid_t pid)
{
	return pid == CORE_PID || pid == KEEPER_PID;
}

bool truth_is_pqs(const struct seen *t)
{
	return is_pqs(t->pid) || is_pqs(t->ppid);
}

int64_t truth_host(enum host_fact f)
{
	int64_t v = 0;

	play.hushed = true;
	door()->host(door()->self, f, &v);
	play.hushed = false;
	return v;
}
