/* test_process_model.c -- after very many events the table is what a
 * naive model of it is. */

#include "small_table.h"

/* The table against a model that forgets nothing and searches everything. */

#define CROWD      300
#define CAMPAIGN   100000
#define LIVES_MAX  (CAMPAIGN + 1)

struct life {
	pid_t pid;
	int   parent;                   /* -1: at the top                     */
	bool  alive, waiting;
};

static struct life lives[LIVES_MAX];
static int         life_count, line_at;
static uint64_t    seed;

static unsigned draw(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % below;
}

static int life_of(pid_t pid)
{
	for (int i = life_count - 1; i >= 0; i--)
		if (lives[i].pid == pid)
			return lives[i].alive ? i : -1;
	return -1;
}

static void model_die(int i)
{
	if (i >= 0)
		lives[i].alive = lives[i].waiting = false;
}

static void model_fork(pid_t parent, pid_t pid)
{
	int from = life_of(parent);

	model_die(life_of(pid));
	lives[life_count++] = (struct life){ .pid = pid, .alive = true,
	                                     .waiting = true, .parent = from };
}

static void model_exec(pid_t pid)
{
	int i = life_of(pid);
	int from = life_of(world[pid].ppid);

	if (i < 0) {
		i = life_count++;
		lives[i] = (struct life){ .pid = pid, .alive = true,
		                          .parent = from };
	}
	lives[i].waiting = false;
}

static size_t model_count(void)
{
	size_t n = 0;

	for (pid_t pid = 1; pid <= CROWD; pid++)
		n += life_of(pid) >= 0;
	return n;
}

/* Dead ones with a living descendant. */
static size_t model_dead(void)
{
	static bool seen[LIVES_MAX];
	size_t      n = 0;

	memset(seen, 0, sizeof seen);
	for (pid_t pid = 1; pid <= CROWD; pid++) {
		int i = life_of(pid);

		for (i = i < 0 ? -1 : lives[i].parent; i >= 0 && !seen[i];
		     i = lives[i].parent) {
			seen[i] = true;
			n += !lives[i].alive;
		}
	}
	return n;
}

static void compare_lineage(int i, const struct task *task)
{
	while (i >= 0 && task != NULL) {
		ck_assert_int_eq(lives[i].pid, task->id.pid);
		ck_assert_int_eq(lives[i].alive, task->alive);
		i = lives[i].parent;
		task = table_parent(t, task);
	}
	ck_assert_int_eq(i, -1);
	ck_assert_ptr_null(task);
}

static void compare_pid(pid_t pid)
{
	int          i = life_of(pid);
	struct task *task = find(pid);

	ck_assert_int_eq(i >= 0, task != NULL);
	if (task != NULL)
		compare_lineage(i, task);
}

static void compare_all(void)
{
	ck_assert_uint_eq(table_count(t), model_count());
	ck_assert_uint_eq(t->dead, model_dead());
	ck_assert_uint_eq(table_cut(t), 0);
	for (pid_t pid = 1; pid <= CROWD; pid++)
		compare_pid(pid);
}

static void compare_due(void)
{
	uint64_t     next_ns;
	struct task *task = table_fork_due(t, clock_ns, 50, &next_ns);

	if (task == NULL)
		return;
	while (!lives[line_at].waiting)
		line_at++;
	ck_assert_int_eq(lives[line_at].pid, task->id.pid);
	lives[line_at].waiting = false;
}

static void one_event(void)
{
	pid_t    pid = 1 + (pid_t)draw(CROWD), other = 1 + (pid_t)draw(CROWD);
	unsigned dice = draw(100);

	clock_ns++;
	if (pid == other)
		return;
	if (dice < 40 && life_of(other) >= 0 &&
	    (life_of(pid) < 0 || draw(20) == 0)) {
		model_fork(other, pid);
		do_fork(other, pid);
	} else if (dice < 60 && (life_of(pid) >= 0 || draw(4) == 0)) {
		if (life_of(pid) < 0)
			appear(pid, other, "x");
		model_exec(pid);
		ck_assert_ptr_nonnull(do_exec(pid, "y"));
	} else if (dice < 95) {
		model_die(life_of(pid));
		do_exit(pid);
	} else {
		compare_due();
	}
	compare_pid(pid);
}

START_TEST(the_table_agrees_with_a_naive_model)
{
	seed = 0x9e3779b97f4a7c15u * (unsigned)(_i + 1);
	life_count = line_at = 0;
	for (int i = 0; i < CAMPAIGN; i++) {
		one_event();
		if (i % 1000 == 0)
			compare_all();
	}
	ck_assert_int_gt(life_count, CAMPAIGN / 10);
	for (pid_t pid = 1; pid <= CROWD; pid++) {
		model_die(life_of(pid));
		do_exit(pid);
	}
	compare_all();
	ck_assert_uint_eq(t->dead, 0);
	ck_assert_ptr_null(t->forked);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_loop_test(c, the_table_agrees_with_a_naive_model, 0, 3);
	return run_case(c, "process: a model");
}
