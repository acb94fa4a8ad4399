/* measuring.h -- what the benches share: the machine, samples,
 * a running pqs. */
#ifndef BENCH_MEASURING_H
#define BENCH_MEASURING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

uint64_t clock_ns(void);                        /* monotonic                  */
void     print_machine(const char *bench);

struct samples {
	double *us;
	size_t  count, room;
};

void   samples_add(struct samples *s, double us);
/* share 0..1; 1 is the largest.  Sorts. */
double samples_at(struct samples *s, double share);
void   samples_clear(struct samples *s);

/* Writes a rule file with n constant rules, the last of which gives nice 7 to
 * programs called name. */
void write_rules(const char *path, size_t n, const char *name);

struct daemon {
	pid_t keeper, core, worker;     /* worker 0: it left              */
	int   out;
	char  folder[64];
	long  applied;                  /* as it says at its end          */
	uint64_t core_ns;               /* CPU time until it was ready    */
};

/* "pqs run" with n rules, waiting until all that lives was judged. */
void daemon_start(struct daemon *d, size_t rules, const char *name,
                  bool with_function);
/* The same with these rules, and that added to pqs.yaml. */
void daemon_start_with(struct daemon *d, const char *rules, const char *yaml);
/* Takes what it prints, for that long. */
void daemon_listen(struct daemon *d, double seconds);
void daemon_stop(struct daemon *d);

/* CPU time of all threads of a process. */
uint64_t cpu_ns_of(pid_t pid);
/* How often its threads went to sleep by themselves. */
uint64_t wakeups_of(pid_t pid);
/* Private dirty memory in KiB. */
long     private_kib_of(pid_t pid);

#endif
