/* doubts.h -- what is not wrong with rules, and yet hardly meant.
 *
 * All of it is told from an image alone, and only where it is sure: a rule that
 * cannot match, one that another decides whenever it does, one that is there
 * twice, a tag for nobody, a privilege that anyone can take.  What one machine
 * cannot do is told where that machine is described.
 */
#ifndef POLICY_DOUBTS_H
#define POLICY_DOUBTS_H

#include <sys/types.h>

#include "model/setting.h"
#include "policy/image.h"

/* A value that was tried on the machine, and what came of it. */
struct inability {
	enum setting setting;
	const char  *text;              /* as it is written                   */
	int64_t      value;             /* 0: only its text says it           */
	const char  *why;               /* "denied: needs CAP_SYS_NICE"       */
};

struct machine {
	bool   sees_all;                /* of everybody's processes           */
	uid_t  uid;                     /* else: of whose                     */
	const char *user;
	const struct inability *inability;
	size_t inabilities;
	const char *cpus;               /* that are here, "0-7"; NULL: unknown,
	                                   and so is:                         */
	unsigned    llcs;               /* last-level caches                  */
	/* What a program of that name is here only a link to; else NULL. */
	const char *(*program)(void *ctx, const char *name);
	void  *ctx;
};

struct doubt {
	uint32_t    rule;               /* IMAGE_NONE: all of them            */
	const char *word;               /* what it is about, or NULL          */
	bool        may_be_meant;       /* only worth knowing                 */
	const char *sentence;
};

/* Of a checked image; in no order.  machine: NULL for any.  0 or -ENOMEM. */
int doubts_find(const void *image, const struct machine *machine,
                void (*tell)(void *ctx, const struct doubt *d), void *ctx);

#endif
