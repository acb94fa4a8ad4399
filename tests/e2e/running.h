/* running.h -- a real pqs on the real kernel, and processes for it to judge. */
#ifndef E2E_RUNNING_H
#define E2E_RUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct running {
	pid_t keeper, core;
	int   out;                      /* what it prints, stdout and stderr  */
	char  folder[64];               /* rules, pqs.yaml, journal, programs */
	char  text[1 << 20];            /* what it has printed so far         */
	size_t used;
};

/* Makes a folder with these rules and a pqs.yaml whose journal is in it too;
 * yaml (may be "") is added.  Starts nothing.  rules NULL: those that
 * pqs.yaml names. */
void running_prepare(struct running *r, const char *rules, const char *yaml);
/* "pqs run" on them; waits until everything that lives was judged.  uid 0: as
 * root. */
void running_start(struct running *r, uid_t uid);
/* The same without waiting: for starts that fail. */
void running_launch(struct running *r, uid_t uid);
/* Runs "pqs <word> ..." to its end, output into text: its exit status. */
int  running_command(struct running *r, char *const *words);
/* Waits until it has printed that; false after 20 s. */
bool running_says(struct running *r, const char *text);
/* Sends the signal to the keeper and waits for its end: the exit status. */
int  running_stop(struct running *r, int signal);
/* Kills the keeper, the core and the worker.  The core is stopped first, so
 * that it cannot undo at its keeper's end. */
void running_kill(struct running *r);
/* "pqs undo": the exit status. */
int  running_undo(struct running *r);
/* The core process of this keeper, as it is now. */
pid_t running_find_core(struct running *r);
pid_t running_find_worker(struct running *r);
/* Removes the folder; kills what is left of it. */
void running_clear(struct running *r);

/* A program of that name in the folder, made if it is not there: a copy of this
 * test, which when started under another name sleeps (or does as
 * argv[1] says). */
const char *program_make(struct running *r, const char *name);
/* Starts it; the caller ends it with program_end(). */
pid_t program_start(const char *path, const char *const *args, uid_t uid);
void  program_end(pid_t pid);
/* It has got as far as listening to SIGUSR1, which makes it fork. */
bool  program_ready(pid_t pid);
/* What the copy does; never returns when argv[0] is not a test's name. */
void  program_main(int argc, char **argv);

/* 0 when it has none. */
pid_t only_child_of(pid_t pid);

/* Read back from the kernel, not from pqs. */
char state_of(pid_t tid);               /* the kernel's letter: R, S, T, ...  */
int  nice_of(pid_t tid);
int  sched_of(pid_t tid);
int  rt_priority_of(pid_t tid);
int  ionice_of(pid_t tid);              /* class << 13 | level                */
long slack_of(pid_t tid);
int  oom_of(pid_t pid);
bool alone_on_cpu(pid_t tid, int cpu);

/* Waits until the condition holds; false after 20 s.  Not a timing test: 20 s
 * is "never" here. */
#define EVENTUALLY(condition) \
	__extension__({ \
		bool held_ = false; \
		for (int i_ = 0; i_ < 20000 && !(held_ = (condition)); i_++) \
			usleep(1000); \
		held_; \
	})

#endif
