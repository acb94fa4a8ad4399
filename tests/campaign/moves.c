/* moves.c -- what happens to a machine: programs come, go, fork, change what
 * others set, and the machine itself changes. */

#include "campaign.h"

#define PIDS_MAX   512
#define LIVING_MAX 40           /* more than that and they leave              */

static pid_t some_pid(void)
{
	pid_t  pids[PIDS_MAX];
	size_t n = truth_pids(pids, PIDS_MAX), i;

	/* Half the time the one that is being judged: that is where it hurts */
	if (play.stage->engine.gripped.pid > 1 && once_in(2))
		return play.stage->engine.gripped.pid;
	i = draw((uint32_t)n);
	return pids[i] == 1 || pids[i] == CORE_PID || pids[i] == KEEPER_PID
	       ? 0 : pids[i];
}

static pid_t some_tid(pid_t pid)
{
	pid_t  tids[64];
	size_t n = truth_tids(pid, tids, 64);

	return n == 0 ? pid : tids[draw((uint32_t)n)];
}

/* Threads of the kernel do not run programs, and what is
 * frozen does nothing. */
static bool can_act(pid_t pid)
{
	struct seen t;
	int64_t     frozen;

	return truth_of(pid, pid, &t) && !t.kernels &&
	       sim_knob(play.stage->sim, pid, SETTING_freeze, &frozen) == 0 &&
	       frozen == 0;
}

static void move_exec(pid_t pid)
{
	char               name[2] = { (char)('a' + draw(NAMES)), '\0' };
	struct sim_program p = { .name = name };
	pid_t              born;

	p.uid = once_in(3) ? 0 : 1000 + draw(4);
	p.parent = can_act(pid) && once_in(2) ? pid : 0;
	p.session = once_in(4) ? 1 + (pid_t)draw(5) : 0;
	p.rss_bytes = (int64_t)draw(4) << 23;
	p.unit = once_in(4) ? "u.service" : NULL;
	/* No kernel is asked about what it starts itself. */
	if (once_in(20) && !plays(PLAYS_GUARD)) {
		p.flags = 0x00200000;           /* a thread of the kernel's   */
		p.parent = 0;
	}
	born = sim_exec(play.stage->sim, &p);
	tell("%d: exec %s, uid %d, of %d", (int)born, name, (int)p.uid,
	     (int)p.parent);
}

static void move_exec_again(pid_t pid)
{
	char                     name[2] = { (char)('a' + draw(NAMES)), '\0' };
	struct sim_program p = { .name = name };

	if (plays(PLAYS_GUARD) && once_in(4))
		p.fails = ENOEXEC;
	tell("%d: exec again, %s%s", (int)pid, name,
	     p.fails != 0 ? ", which fails" : "");
	sim_exec_again(play.stage->sim, pid, &p);
	if (p.fails == 0)       /* what was refused is tried of another program */
		watch_trust(pid);
}

static void move_fork(pid_t pid)
{
	pid_t born = sim_fork(play.stage->sim, pid);

	tell("%d: fork of %d", (int)born, (int)pid);
}

static void move_exit(pid_t pid)
{
	tell("%d: exit", (int)pid);
	sim_exit(play.stage->sim, pid);
}

static void move_thread(pid_t pid)
{
	static const char *const names[] = { "w1", "w2", "x", NULL };
	pid_t tid = sim_thread(play.stage->sim, pid, names[draw(4)]);

	tell("%d/%d: thread", (int)pid, (int)tid);
}

static void move_thread_exit(pid_t pid)
{
	pid_t tid = some_tid(pid);

	if (tid == pid)
		return;
	tell("%d/%d: exit", (int)pid, (int)tid);
	sim_exit(play.stage->sim, tid);
}

static void move_rename(pid_t pid)
{
	pid_t tid = some_tid(pid);

	if (tid == pid)
		return;
	tell("%d/%d: rename", (int)pid, (int)tid);
	sim_rename(play.stage->sim, tid, once_in(2) ? "w9" : "x");
}

static void move_uid(pid_t pid)
{
	uid_t uid = 1000 + draw(4);

	tell("%d: uid %d", (int)pid, (int)uid);
	sim_set_uid(play.stage->sim, pid, uid);
}

/* What may stand still may be so by others as well; but not where it is
 * written, if only still, that it is by us. */
static bool is_taken_for_ours(pid_t tid, pid_t pid, enum setting s,
                              int64_t value)
{
	if (setting_rows[s].type != SETTING_TYPE_BOOL)
		return reference_wants(s, value);
	return sim_is_as_without(play.stage->sim, tid, s) == 1 &&
	       ledger_says(pid, s);
}

static void move_foreign(pid_t pid)
{
	pid_t        tid = some_tid(pid);
	enum setting s = (enum setting)draw(SETTING_COUNT);
	int64_t      value;
	int          r;

	if ((settings_turned() & SETTING_BIT(s)) == 0 || is_of_group(s) ||
	    !value_draw(s, play.stage->sets, true, &value) ||
	    is_taken_for_ours(tid, pid, s, value))
		return;                 /* nobody could tell the two apart    */
	r = sim_set_knob(play.stage->sim, tid, s, value);
	tell("%d/%d: somebody sets %s to %lld, %d", (int)pid, (int)tid,
	     setting_rows[s].name, (long long)value, r);
}

/* Somebody who does not let go of what some rule insists on. */
static void move_fight(pid_t pid)
{
	uint64_t left = pid == 0 ? 0 : settings_turned();
	int64_t  value;

	while (left != 0) {
		enum setting s = setting_take(&left);

		if (!reference_insists(pid, pid, s) ||
		    setting_rows[s].type == SETTING_TYPE_SCHED ||
		    !value_draw(s, play.stage->sets, true, &value) ||
		    is_taken_for_ours(pid, pid, s, value))
			continue;
		tell("%d: somebody fights for %s, %lld", (int)pid,
		     setting_rows[s].name, (long long)value);
		sim_set_knob(play.stage->sim, pid, s, value);
	}
}

static void move_rss(pid_t pid)
{
	sim_fact(play.stage->sim, pid, FACT_rss, (int64_t)draw(4) << 23);
}

static void move_focus(pid_t pid)
{
	tell("%d: focus", (int)pid);
	sim_focus(play.stage->sim, pid);
}

static void move_host(pid_t pid)
{
	(void)pid;
	if (once_in(2))
		sim_host(play.stage->sim, HOST_on_battery, draw(2));
	else
		sim_host(play.stage->sim, HOST_memory_pressure, draw(3));
	tell("battery %lld, pressure %lld",
	     (long long)truth_host(HOST_on_battery),
	     (long long)truth_host(HOST_memory_pressure));
}

static void move_lose(pid_t pid)
{
	unsigned n = 1 + draw(5);

	(void)pid;
	if (!play.losing)
		return;
	tell("the next %u events are lost", n);
	sim_lose(play.stage->sim, n);
}

static void move_clock(pid_t pid)
{
	uint64_t ns = draw(2000) * MS;

	(void)pid;
	tell("the clock jumps %llu ms", (unsigned long long)(ns / MS));
	play.jumped = true;
	sim_jump(play.stage->sim, ns);
	sim_wall(play.stage->sim, draw(7 * 1440));
}

static void move_worker(pid_t pid)
{
	(void)pid;
	if (play.mischief == 0)
		return;
	tell("the worker dies");
	play.worker_failed = true;
	sim_worker_dies(play.stage->sim);
}

static void move_disk(pid_t pid)
{
	size_t used;

	(void)pid;
	if (play.mischief == 0 || !play.wild)
		return;
	play.disk_full = !play.disk_full;
	sim_store(play.stage->sim, &used);
	sim_disk(play.stage->sim, play.disk_full ? used + draw(400)
	                                         : SIZE_MAX);
	tell("the disk is %s", play.disk_full ? "full" : "empty again");
}

/* How often, of all; whether it needs a process; whether it can happen between
 * two calls. */
static const struct move {
	unsigned weight;
	bool     of_process, between;
	void   (*make)(pid_t pid);
} moves[] = {
	{ 22, false, true,  move_exec },
	{ 8,  true,  true,  move_exec_again },
	{ 12, true,  true,  move_fork },
	{ 14, true,  true,  move_exit },
	{ 10, true,  true,  move_thread },
	{ 5,  true,  true,  move_thread_exit },
	{ 5,  true,  true,  move_rename },
	{ 5,  true,  true,  move_uid },
	{ 7,  true,  true,  move_foreign },
	{ 4,  true,  true,  move_rss },
	{ 2,  true,  false, move_focus },
	{ 8,  false, true,  move_host },
	{ 3,  false, true,  move_lose },
	{ 1,  false, false, move_clock },
	{ 1,  false, false, move_worker },
	{ 2,  false, true,  move_disk },
};

static const struct move *move_draw(void)
{
	const size_t n = sizeof moves / sizeof moves[0];
	unsigned     all = 0, at;

	for (size_t i = 0; i < n; i++)
		all += moves[i].weight;
	at = draw(all);
	for (size_t i = 0; i < n; i++) {
		if (at < moves[i].weight)
			return &moves[i];
		at -= moves[i].weight;
	}
	return &moves[0];
}

static void make(const struct move *m)
{
	pid_t pids[PIDS_MAX], pid = some_pid();

	if (m->make == move_exec && truth_pids(pids, PIDS_MAX) > LIVING_MAX)
		m = &moves[3];
	if (m->of_process && pid == 0)
		return;
	if (m->of_process && !can_act(pid) && m->make != move_foreign)
		m = once_in(2) ? &moves[0] : &moves[3];
	m->make(pid);
}

static pid_t some_actor(void)
{
	pid_t pid = some_pid();

	return pid != 0 && can_act(pid) ? pid : 0;
}

void move_machine(void)
{
	if (plays(PLAYS_RELOAD) && once_in(12))
		move_rules();
	if (plays(PLAYS_POOLS) && once_in(12))
		move_groups(some_actor());
	if (plays(PLAYS_FIGHT) && once_in(3))
		move_fight(some_actor());
	make(move_draw());
}

void move_between(void)
{
	const struct move *m;

	if (plays(PLAYS_RELOAD) && once_in(20))
		move_rules_between();
	m = move_draw();

	if (m->between)
		make(m);
}

void move_calm(void)
{
	play.mischief = 0;
	play.disk_full = false;
	sim_disk(play.stage->sim, SIZE_MAX);
	sim_slow_moves(play.stage->sim, 0);
	tell("calm");
}

void move_all_exit(void)
{
	pid_t  pids[PIDS_MAX];
	size_t n = truth_pids(pids, PIDS_MAX);

	for (size_t i = 0; i < n; i++)
		if (pids[i] != 1)
			sim_exit(play.stage->sim, pids[i]);
	tell("all exit");
}
