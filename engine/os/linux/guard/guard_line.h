/* guard_line.h -- what the holder of starting programs and the core say to each
 * other, and the kernel's group that both know of.
 *
 * The holder alone reads the group and answers it; the core opens files and
 * judges.  The line is a SEQPACKET socket: a word is one piece with its
 * descriptors.
 */
#ifndef OS_LINUX_GUARD_GUARD_LINE_H
#define OS_LINUX_GUARD_GUARD_LINE_H

#include <stddef.h>
#include <stdint.h>

enum guard_word {
	/* of the holder */
	GUARD_OPEN = 'o',       /* it holds, or error says why it cannot      */
	GUARD_MARKED = 'k',     /* of MARK: error says how it went            */
	GUARD_HELD = 'h',       /* pid waits; with the file that it starts and,
	                           from Linux 5.15 on, a pidfd                */
	/* of the core */
	GUARD_MARK = 'm',       /* with a file: from now on its start is held */
	GUARD_CLEAR = 'c',      /* no file's is                               */
	GUARD_ALLOW = 'a',      /* the one with that ticket goes on           */
};

struct guard_message {
	uint32_t word;
	uint32_t ticket;
	int32_t  pid;
	int32_t  error;                 /* a positive errno, or 0             */
	uint64_t until_ns;              /* HELD: when it goes on at the latest,
	                                   monotonic                          */
};

#define GUARD_FDS 2

struct guard_says {
	struct guard_message word;
	int fd[GUARD_FDS];              /* -1: none; the taker closes them    */
};

/* Neither waits.  0, or -errno; count may be 0. */
int  guard_say(int line, const struct guard_message *word, const int *fd,
               size_t count);
/* 1, 0 when nothing was said, -EPIPE when nobody will say anything any more, or
 * -errno. */
int  guard_hear(int line, struct guard_says *ret);
void guard_says_close(const struct guard_says *says);

/* A group for permission to start programs, of which one event at a time fits
 * GUARD_EVENT_BYTES.  A descriptor or -errno: -EPERM without CAP_SYS_ADMIN. */
#define GUARD_EVENT_BYTES 32
/* A fanotify group that is asked before a file is opened for exec
 * (FAN_CLASS_CONTENT), with pidfds from Linux 5.15 on; -errno. */
int  guard_group_open(void);
/* The start of that file, open for reading, is held from now on.  0 or -errno;
 * -EINVAL: this kernel cannot. */
int  guard_group_mark(int group, int fd);

#endif
