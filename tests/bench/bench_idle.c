/* bench_idle.c -- memory and wakeups of a pqs that has nothing to do. */

#include <stdio.h>
#include <unistd.h>

#include "measuring.h"

#define IDLE_SECONDS 30

static void idle(size_t rules, bool with_function)
{
	struct daemon d;
	uint64_t      core, keeper, worker = 0;

	daemon_start(&d, rules, "pqsbenchtarget", with_function);
	sleep(1);
	core = wakeups_of(d.core);
	keeper = wakeups_of(d.keeper);
	if (d.worker != 0)
		worker = wakeups_of(d.worker);
	sleep(IDLE_SECONDS);
	printf("  %5zu rules%s: wakeups in %d s: core %llu, keeper %llu, worker "
	       "%llu; private dirty: core %ld KiB, worker ",
	       rules, with_function ? " and a function" : "", IDLE_SECONDS,
	       (unsigned long long)(wakeups_of(d.core) - core),
	       (unsigned long long)(wakeups_of(d.keeper) - keeper),
	       (unsigned long long)(d.worker != 0 ?
	                            wakeups_of(d.worker) - worker : 0),
	       private_kib_of(d.core));
	if (d.worker != 0)
		printf("%ld KiB\n", private_kib_of(d.worker));
	else
		puts("(none runs)");
	fflush(stdout);
	daemon_stop(&d);
}

int main(void)
{
	print_machine("idle");
	idle(15000, false);
	idle(15, true);
	return 0;
}
