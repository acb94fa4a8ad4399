/* only_process.h -- a world of one process, about which everything is known but
 * its control group. */
#ifndef TESTS_ONLY_PROCESS_H
#define TESTS_ONLY_PROCESS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "process/table.h"

static inline int only_facts(void *self, struct task_id whom, uint64_t which,
                             struct facts *f)
{
	(void)self;
	(void)whom;
	f->known |= which;
	f->born = 100;
	f->uid = 1000;
	f->ppid = 1;
	f->threads = 3;
	f->unreadable |= which & FACT_BIT(FACT_cgroup);
	f->known &= ~FACT_BIT(FACT_cgroup);
	if (which & FACT_BIT(FACT_name))
		facts_tell(f, FACT_name, "cc1plus");
	if (which & FACT_BIT(FACT_exe))
		facts_tell(f, FACT_exe, "/usr/lib/cc1plus");
	if (which & FACT_BIT(FACT_args) && f->cmdline == NULL) {
		f->cmdline = malloc(12);
		memcpy(f->cmdline, "cc1\0-O2\0-g\0", 12);
		f->cmdline_bytes = 11;
	}
	return 0;
}

static inline uint64_t only_now(void *self)
{
	(void)self;
	return UINT64_C(1000000000);
}

static const struct sensor only = { .name = "test", .facts = only_facts,
	                            .now_ns = only_now };
static const struct task_id only_id = { 42, 42, 100 };

#endif
