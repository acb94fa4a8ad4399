/* test_os_sim_campaign.c -- simulated machines on which anything
 * happens, from a seed. */

#include "sim_doors.h"

/* Both hands of a campaign draw from here, the machine from its own seed. */
static uint64_t dice;

static unsigned draw(unsigned below)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)(dice >> 33) % below;
}

static pid_t any_pid(struct sim *s)
{
	struct strand *strand = strand_from(s, SIM_PID_FIRST +
	                                       (pid_t)draw(200));

	return strand == NULL ? 1 : strand->tid;
}

static void something_happens(struct sim *s)
{
	static const char *const names[] = { "cc", "ld", "sh" };
	struct sim_program p = { .name = names[draw(3)],
	                         .session = (pid_t)draw(3) };
	pid_t              pid = any_pid(s);

	switch (draw(9)) {
	case 0:  sim_exec(s, &p); break;
	case 1:  sim_next_pid(s, SIM_PID_FIRST + (pid_t)draw(200)); break;
	case 2:  sim_exec_again(s, pid, &p); break;
	case 3:  sim_thread(s, pid, "thread"); break;
	case 4:  sim_set_knob(s, pid, SETTING_nice, draw(20)); break;
	case 5:  sim_host(s, HOST_memory_pressure, draw(3)); break;
	case 6:
	case 7:  sim_exit(s, pid); break;
	default: sim_fork(s, pid); break;
	}
}

static void write_event(FILE *out, const struct event *e)
{
	fprintf(out, "%d %llu", (int)e->kind, (unsigned long long)e->at_ns);
	if (e->kind == EVENT_HOST)
		fprintf(out, " %lld", (long long)e->u.host.value);
	if (e->kind <= EVENT_FACTS)
		fprintf(out, " %d/%d of %d", e->u.task.who.pid,
		        e->u.task.who.tid, e->u.task.parent.pid);
	fputc('\n', out);
}

static void ask_slowly(struct os *door, pid_t pid)
{
	struct facts f = { 0 };

	door->sensor.facts(door->sensor.self, id_of(pid, pid),
	                   FACT_BIT(FACT_args), &f);
	facts_clear(&f);
}

/* Everything that came out of a machine, as text; owned by the caller. */
static char *campaign(uint64_t seed)
{
	struct sim *s = sim_new(seed, sets);
	struct os   door;
	char       *text;
	size_t      bytes;
	FILE       *out = open_memstream(&text, &bytes);

	dice = 42;
	sim_os(s, &door);
	sim_delay(s, MS);
	for (int i = 0; i < 20000; i++) {
		int n;

		something_happens(s);
		if (i % 10 == 0)
			ask_slowly(&door, any_pid(s));
		if (i % 3000 == 0)
			sim_lose(s, 20);
		n = door.sensor.next(door.sensor.self,
		                     sim_now_ns(s) + MS / 20, events, 64);
		for (int k = 0; k < n; k++)
			write_event(out, &events[k]);
	}
	fclose(out);
	sim_free(s);
	return text;
}

START_TEST(two_runs_from_one_seed_are_equal_to_the_byte)
{
	char *one = campaign(1), *same = campaign(1), *other = campaign(2);

	ck_assert_uint_gt(strlen(one), 100000);
	ck_assert(strcmp(one, same) == 0);
	ck_assert(strcmp(one, other) != 0);
	free(one);
	free(same);
	free(other);
}
END_TEST

static void nobody_minds(void *ctx, struct task_id id)
{
	(void)ctx, (void)id;
}

static void list_anew(struct table *t)
{
	struct task_id found[8];
	struct task   *task;
	uint64_t       cursor = 0;
	int            n;

	table_listing_begin(t);
	while ((n = os.sensor.list(os.sensor.self, &cursor, found, 8)) > 0)
		for (int i = 0; i < n; i++)
			ck_assert_int_ge(table_meet(t, found[i], &task), 0);
	table_listing_end(t, nobody_minds, NULL);
}

static void expect_same_tasks(struct table *t)
{
	struct strand *strand = strand_from(sim, 1);
	size_t         n = 0;

	for (; strand != NULL; strand = strand_from(sim, strand->tid + 1)) {
		struct task_id id = strand->being->id;
		struct task   *task = table_find(t, id);
		struct value   v;

		if (strand->tid != id.pid)
			continue;
		n++;
		ck_assert_ptr_nonnull(task);
		ck_assert_int_eq(table_fact(t, task, FACT_start_time, &v), 1);
		ck_assert_uint_eq(task->id.born, id.born);
		ck_assert_int_eq(table_fact(t, task, FACT_name, &v), 1);
		ck_assert_str_eq(v.text, strand->being->program->name);
	}
	ck_assert_uint_eq(table_count(t), n);
}

START_TEST(a_table_agrees_with_the_machine_whatever_is_lost)
{
	struct table *t = table_new(&os.sensor);
	struct task  *task;

	dice = 99 + (uint64_t)_i;
	list_anew(t);
	for (int i = 0; i < 20000; i++) {
		bool lost = false;
		int  n;

		if (draw(500) == 0)
			sim_lose(sim, 1 + draw(30));
		for (unsigned k = draw(4); k > 0; k--)
			something_happens(sim);
		n = next(sim_now_ns(sim) + draw(100));
		for (int k = 0; k < n; k++) {
			lost |= events[k].kind == EVENT_LOST;
			ck_assert_int_ge(table_update(t, &events[k], &task),
			                 0);
		}
		if (lost)
			list_anew(t);
		if (lost || (i % 1000 == 0 && sim->lose == 0))
			expect_same_tasks(t);
	}
	table_free(t);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, two_runs_from_one_seed_are_equal_to_the_byte);
	tcase_add_loop_test(c, a_table_agrees_with_the_machine_whatever_is_lost,
	                    0, 3);
	return run_case(c, "sim: a campaign");
}
