/* budget.c -- how much one evaluation may cost, and how it is stopped.
 *
 * An instruction can copy a long string and one call can walk a long table, so
 * instructions alone do not bound time: bytes drawn are counted too, our own C
 * functions charge for their loops, and a timer on the CPU clock stands behind
 * all of it.  Once spent, every instruction raises.
 */

#include "bind.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/time.h>
#include <lauxlib.h>

#include "rules.h"

#define STEPS_PER_LOOK 1000
#define STEPS_PER_KEY  200      /* that may be near to a name, but is none    */

const struct allowance load_allowance = {
	.steps = 20000000, .bytes = (size_t)128 << 20, .ticks = 50,
};
const struct allowance ask_allowance = {
	.steps = 1000000, .bytes = (size_t)8 << 20, .ticks = 4,
};

/* Whose evaluation the timer counts; the handler has no other way to know. */
static struct side *volatile running;

/* A block has a bound of its own because one rehash of a large table takes long
 * whatever the total is. */
static bool budget_refuses(const struct budget *b, size_t new_size, size_t more)
{
	return new_size > b->block_max || b->live + more > STATE_BYTES_MAX ||
	       b->drawn + more > b->drawn_max;
}

/* The allocator of every state.  What it refuses, Lua first tries to collect
 * garbage for and then raises; giving back never fails. */
void *budget_alloc(void *ud, void *block, size_t old_size, size_t new_size)
{
	struct budget *b = &((struct side *)ud)->budget;
	size_t         old = block != NULL ? old_size : 0;
	void          *moved;

	if (new_size == 0) {
		b->live -= old;
		free(block);
		return NULL;
	}
	if (new_size > old && budget_refuses(b, new_size, new_size - old))
		return NULL;
	moved = realloc(block, new_size);
	if (moved == NULL)
		return new_size <= old ? block : NULL;
	if (new_size > old)
		b->drawn += new_size - old;
	b->live = b->live - old + new_size;
	return moved;
}

const char *budget_why(const struct side *s)
{
	if (!s->budget.spent)
		return NULL;
	return s->budget.late ? "used up its time" : "used up its instructions";
}

/* Called every so many instructions; once spent, before each of them, so that
 * whatever Lua does next raises again. */
RAISES static void budget_hook(lua_State *L, lua_Debug *ar)
{
	struct side   *s = side_of(L);
	struct budget *b = &s->budget;

	(void)ar;
	b->steps += STEPS_PER_LOOK;
	if (!b->late && b->steps < b->steps_max)
		return;
	b->spent = true;
	lua_sethook(L, budget_hook, LUA_MASKCOUNT, 1);
	luaL_error(L, "%s", budget_why(s));
}

/* A loop in C is no instruction; whoever runs one pays for its length here. */
RAISES void budget_charge(lua_State *L, size_t steps)
{
	struct budget *b = &side_of(L)->budget;

	b->steps += steps;
	if (b->late || b->steps >= b->steps_max)
		budget_hook(L, NULL);
}

RAISES int budget_next(lua_State *L, int idx)
{
	budget_charge(L, STEPS_PER_KEY);
	return lua_next(L, idx);
}

/* From here on the evaluation is this side's, and the clock counts for it; in a
 * test, the one that asked goes on when this one has ended. */
void budget_begin(struct side *s, const struct allowance *a)
{
	struct budget *b = &s->budget;

	b->drawn = 0;
	b->drawn_max = a->bytes;
	b->steps = 0;
	b->steps_max = a->steps;
	b->ticks = a->ticks;
	b->late = 0;
	b->spent = false;
	lua_sethook(s->L, budget_hook, LUA_MASKCOUNT, STEPS_PER_LOOK);
	b->outer = running;
	running = s;
}

void budget_end(struct side *s)
{
	running = s->budget.outer;
	lua_sethook(s->L, NULL, 0, 0);
	s->budget.drawn_max = SIZE_MAX;
}

/* lua_sethook() is the one function of Lua that a signal handler may call. */
static void clock_tick(int signal)
{
	struct side *s = running;

	(void)signal;
	if (s == NULL || --s->budget.ticks > 0)
		return;
	s->budget.late = 1;
	lua_sethook(s->L, budget_hook, LUA_MASKCOUNT, 1);
}

/* The timer runs only while this process does: an idle worker is not woken. */
int rule_clock_start(unsigned patience)
{
	const struct timeval   tick = { 0, TICK_US * (suseconds_t)patience };
	const struct itimerval every = { tick, tick };
	struct sigaction act = { .sa_handler = clock_tick,
	                         .sa_flags = SA_RESTART };

	if (sigaction(SIGPROF, &act, NULL) < 0)
		return -errno;
	return setitimer(ITIMER_PROF, &every, NULL) < 0 ? -errno : 0;
}
