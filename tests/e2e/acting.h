/* acting.h -- a program that does what a test tells it, one word at a time. */
#ifndef E2E_ACTING_H
#define E2E_ACTING_H

#include <stdbool.h>
#include <sys/types.h>

struct actor {
	pid_t pid;
	int   tells, says;              /* pipes to it and from it            */
};

/* How it is started; all may be left out. */
struct casting {
	const char *const *args;        /* after its own                      */
	const char *const *env;
	uid_t       uid;
	const char *groups[2];          /* cgroup folders that it goes into   */
	const char *lent[2];            /* a file, and over which it is put   */
};

/* Starts path, a copy of this test from program_make(). */
struct actor actor_start(const char *path, const struct casting *how);
/* What it answers to the line: 0 where there is nothing to say.
 *
 *   busy, calm          computes without end; no more
 *   grow MEBIBYTES, shrink
 *   swell               grows by a MiB 50 times a second, for good
 *   hold FILE           has all of it in its memory
 *   threads COUNT, join
 *   write FOLDER, rest  writes to storage, some MiB each second; no more
 *   thrash FILE         reads it again and again as a memory map; rest ends
 *   title TEXT          over its arguments;  rename TEXT: the kernel's name
 *   fork, orphan        a child, or a child's child whose parent left: its
 *                       pid; with a path it execs that
 *   reap                waits for all children
 *   servant NAME        a thread of that name;
 *   errand DEED         which does one of: fork PATH, exec PATH
 *   uid ID, nice N, exec PATH, exit CODE
 *   retire              the main thread ends, and obeys no more
 *
 * A child obeys SIGUSR1 as a program of program_make() does, and ends by itself
 * some time. */
long actor_does(const struct actor *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void actor_end(struct actor *a);
/* First thing in main(): returns when this is no actor. */
void acting_begin(int argc, char **argv);
/* What an actor does all its life. */
void actor_main(int argc, char **argv);

/* Seconds by a clock that is never set. */
double seconds_now(void);
/* A control group of that name, in the tree with that controller ("" is the
 * unified one); fails where there is none. */
char *group_make(const char *controller, const char *name);
/* One that has no more memory than that. */
char *group_make_small(const char *name, const char *bytes);
/* All that this program made, at its end; they must be empty. */
void groups_clear(void);
void put_text(const char *path, const char *text);

#endif
